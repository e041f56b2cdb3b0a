// Evidence leads to the place in the trace that it names; a large run is thinned where nothing went wrong.
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import { findEvidence } from '../../../reports/model/evidence.ts';
import { itemsIn, thinModel } from '../../../reports/model/thin.ts';
import type { TraceLine } from '../../../src/run/trace.ts';
import { asked, attempt, lost, noted, step, stopped, taken, told, traceOf, wake, work } from '../traces.ts';
import { triggered } from '../notes.ts';

const commit = (attempt: number) => ({
  kind: 'sink-commit',
  sink: 'ledger',
  writer: 'job-1/ledger/0',
  token: { epoch: 1, attempt },
  transaction: `job-1/ledger/0/chk-0/e1-a${attempt}`,
});

const { steps } = buildModel(
  traceOf([
    step('tm-1', 10, wake, asked(1, commit(1))),
    step('tm-1', 20, wake, noted(triggered(3))),
    step('tm-2', 30, wake, asked(2, commit(2))),
  ]),
);

test.each([
  ['committed by job-1/ledger/0/chk-0/e1-a1, then by others', 50, 'job-1/ledger/0/chk-0/e1-a1', 10],
  ['committed by job-1/ledger/0/chk-0/e1-a2', 50, 'job-1/ledger/0/chk-0/e1-a2', 30],
  ['the state of checkpoint 3 is wrong', 50, 'checkpoint 3', 20],
  ['tm-1 or tm-2 is wrong', 50, '', 50], // nobody speaks of them
  ['committed by job-1/ledger/0/chk-0/e1-a2', 15, '', 15], // it had not happened yet
  ['nothing with a name', 50, '', 50],
])('%s', (text, violatedAt, search, at) => {
  expect(findEvidence(text, violatedAt, steps)).toEqual({ text, search, at });
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
const deploy = told('jm-1', 'tm-1', 'deploy-task', { slotIndex: 0, task: { attempt, restore: null } });
const trigger = told('jm-1', 'tm-1', 'trigger-checkpoint', { checkpointId: 1, attempt });
const busy = buildModel(
  traceOf([
    ...Array.from({ length: 400 }, (_, index) => chatter(index * 100_000)).flat(),
    step('jm-1', 20_000_000, wake, deploy, trigger),
    lost(20_000_500, deploy, 'nobody-there'),
    stopped('tm-1', 20_000_500),
  ]),
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
