// Evidence leads to the place in the trace that it names; a large run is thinned where nothing went wrong.
import { expect, test } from 'vitest';
import { plainViolation } from '../../../src/run/trace.ts';
import { buildModel } from '../../../reports/model/build-model.ts';
import { findEvidence } from '../../../reports/model/evidence.ts';
import { itemsIn, thinModel } from '../../../reports/model/thin.ts';
import type { TraceLine } from '../../../src/run/trace.ts';
import { asked, attempt, ending, lost, noted, step, stopped, taken, told, traceOf, wake, work } from '../traces.ts';
import { triggered } from '../notes.ts';

const commit = (attempt: number) => ({
  kind: 'sink-commit',
  sink: 'ledger',
  writer: 'job-1/ledger/0',
  token: { epoch: 1, attempt },
  transaction: `job-1/ledger/0/chk-0/e1-a${attempt}`,
});

const steps = [
  step('tm-1', 10, wake, asked(1, commit(1))),
  step('tm-1', 20, wake, noted(triggered(3))),
  step('tm-2', 30, wake, asked(2, commit(2))),
];
const [first, second] = [1, 2].map((attempt) => ({ transaction: `job-1/ledger/0/chk-0/e1-a${attempt}` }));

test.each([
  ['both of two transactions', [first!, second!], 50, first!.transaction, 10, [0]],
  ['one that is rare, and one that is not', [{ node: 'tm-1' }, second!], 50, second!.transaction, 30, [2]],
  ['a checkpoint', [{ checkpointId: 3 }], 50, 'checkpoint 3', 20, [1]],
  ['all steps of a node, the last of which counts', [{ node: 'tm-1' }], 50, 'tm-1', 20, [0, 1]],
  ['fields of one object', [{ kind: 'sink-commit', sink: 'ledger' }], 50, 'sink-commit ledger', 30, [0, 2]],
  ['fields that no object has together', [{ kind: 'sink-commit', id: 1 }], 50, '', 50, []],
  ['a number that is a text there', [{ id: '1' }], 50, '', 50, []],
  ['what had not happened yet', [second!], 15, '', 15, []],
  ['nothing', [], 50, '', 50, []],
] as const)('evidence about %s', (text, about, violatedAt, name, at, found) => {
  expect(findEvidence({ text, about }, violatedAt, steps)).toEqual({ text, name, at, steps: found });
});

test('an attempt is named as it reads, and found wherever it is', () => {
  const report = told('tm-1', 'jm-1', 'task-state-changed', { attempt, state: 'FAILED' });
  const about = [{ ...attempt }];
  const found = findEvidence({ text: 'x', about }, 50, [...steps, step('tm-1', 40, wake, report)]);
  expect(found).toMatchObject({ name: '0/0#1', at: 40, steps: [3] });
});

const channel = { jobId: 'job-1', epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 0, consumerAttempt: 1 };
const frame = (sequence: number) =>
  told('tm-1', 'tm-2', 'channel-elements', {
    channel,
    sequence,
    elements: [{ kind: 'batch', batch: { values: [1], timestamps: [0] } }],
  });
const chatter = (at: number): TraceLine[] => [
  step('tm-1', at, work, frame(at)),
  step('tm-2', at + 100, taken(frame(at))),
];
const deploy = told('jm-1', 'tm-1', 'deploy-task', { slotIndex: 0, task: { attempt, inputs: [], restore: null } });
const trigger = told('jm-1', 'tm-1', 'trigger-checkpoint', { checkpointId: 1, attempt });
const violation = { ...plainViolation('O', 'it is wrong', [], 20_000_500), about: [{ sequence: 100_000 }] };
const busy = buildModel(
  traceOf(
    [
      ...Array.from({ length: 400 }, (_, index) => chatter(index * 100_000)).flat(),
      step('jm-1', 20_000_000, wake, deploy, trigger),
      lost(20_000_500, deploy, 'nobody-there'),
      stopped('tm-1', 20_000_500),
    ],
    { ...ending, violations: [violation] },
  ),
);

test('a small run stays whole', () => {
  expect(thinModel(busy, 10_000)).toBe(busy);
});

test('of a large run the data plane stays only around what went wrong, and the page says so', () => {
  const thin = thinModel(busy, 300);
  expect(itemsIn(thin)).toBeLessThanOrEqual(300);
  expect(thin.omission).toMatchObject({ kept: [{ from: 19_000_500, to: 22_000_500 }], calls: 0 });
  expect(thin.messages.map(({ text }) => text)).toContain('deploy-task 0/0#1 slot=0 restore=none');
  expect(thin.messages.filter(({ category }) => category === 'data').length).toBe(30);
  for (const message of thin.messages) {
    expect(thin.steps[message.sender]?.effects).toContain(`send ${message.text} to ${thin.lanes[message.to]!.name}`);
    if (message.receiver >= 0) expect(thin.messages[thin.steps[message.receiver]!.message]).toBe(message);
  }
});

test('a step that evidence leads to stays, and is led to', () => {
  const [whole, thin] = [busy, thinModel(busy, 300)].map(({ violations, steps: kept }) => {
    const { steps: found } = violations[0]!.evidence[0]!;
    return { found, at: found.map((index) => kept[index]?.at) };
  });
  expect(whole).toEqual({ found: [2, 3], at: [100_000, 100_100] });
  expect(thin!.at).toEqual([100_100]);
});
