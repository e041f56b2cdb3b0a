// Evidence leads to the place in the trace that it names; a large run is thinned where nothing went wrong.
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import { findEvidence } from '../../../reports/model/evidence.ts';
import { itemsIn, thinModel } from '../../../reports/model/thin.ts';
import type { TraceLine } from '../../../reports/trace/lines.ts';
import { lost, step, stopped, traceOf } from '../traces.ts';

const { steps } = buildModel(
  traceOf([
    step('tm-1', 10, 'wake', 'request 1: sink-commit ledger by job-1/ledger/0 e1-a1 job-1/ledger/0/chk-0/e1-a1'),
    step('tm-1', 20, 'wake', 'checkpoint 3 of job-1 triggered'),
    step('tm-2', 30, 'wake', 'request 2: sink-commit ledger by job-1/ledger/0 e1-a2 job-1/ledger/0/chk-0/e1-a2'),
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

const chatter = (at: number): TraceLine[] => [
  step('tm-1', at, 'work', `send channel-elements edge 0 0#1>0#1 from ${at}: batch of 1 to tm-2`),
  step('tm-2', at + 100, `channel-elements edge 0 0#1>0#1 from ${at}: batch of 1 from tm-1`),
];
const busy = buildModel(
  traceOf([
    ...Array.from({ length: 400 }, (_, index) => chatter(index * 100_000)).flat(),
    step('jm-1', 20_000_000, 'wake', 'send deploy-task 0/0#1 to tm-1', 'send trigger-checkpoint 1 0/0#1 to tm-1'),
    lost('jm-1', 20_000_500, 'send deploy-task 0/0#1 to tm-1', 'nobody there'),
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
  expect(thin.messages.map(({ text }) => text)).toContain('deploy-task 0/0#1');
  expect(thin.messages.filter(({ category }) => category === 'data').length).toBe(30);
  for (const message of thin.messages) {
    expect(thin.steps[message.sender]?.effects).toContain(`send ${message.text} to ${thin.lanes[message.to]!.name}`);
    if (message.receiver >= 0) expect(thin.messages[thin.steps[message.receiver]!.message]).toBe(message);
  }
});
