// Facts of checkpoints of which several are open at once: each ends by itself, and a completed one ends those before it.
import { expect, test } from 'vitest';
import { createFacts } from '../../src/run/facts/facts.ts';
import { noteObservation } from '../../src/run/facts/reduce.ts';
import { aborts, atWork, completes, deploys, lineOf, triggers, type Told } from '../cli/real/run-facts.ts';

/** What became of checkpoints, in order: `2 triggered`, `2 completed`, `1 given up: subsumed`. */
function endsOf(...told: readonly Told[]): readonly string[] {
  const facts = createFacts();
  const reading = { world: 'real', checkpointTimeoutMs: 5_000 } as const;
  for (const one of [...atWork, ...told]) {
    const seen = lineOf(one);
    noteObservation(facts, seen, seen.at, reading);
  }
  return facts.history.flatMap((fact) => {
    if (fact.kind === 'checkpoint-triggered') return [`${fact.checkpointId} triggered`];
    if (fact.kind === 'checkpoint-completed') return [`${fact.checkpointId} completed`];
    return fact.kind === 'checkpoint-given-up' ? [`${fact.checkpointId} given up: ${fact.why}`] : [];
  });
}

const begun = ['1 completed', '2 triggered', '3 triggered', '4 triggered'];
const open: readonly Told[] = [
  [1_100, 'jm-1', triggers('jm-1', 2)],
  [1_200, 'jm-1', triggers('jm-1', 3)],
  [1_300, 'jm-1', triggers('jm-1', 4)],
];

test('a trigger ends none of those before it', () => {
  expect(endsOf(...open)).toEqual(begun);
});

test('they complete in their order', () => {
  const told: readonly Told[] = [2, 3, 4].map((id) => [1_400 + id, 'jm-1', completes(1, id)]);
  expect(endsOf(...open, ...told)).toEqual([...begun, '2 completed', '3 completed', '4 completed']);
});

test('one that completes subsumes those before it, whatever is said of them then', () => {
  expect(endsOf(...open, [1_400, 'jm-1', completes(1, 3)], [1_410, 'jm-1', aborts('jm-1', 2)])).toEqual([
    ...begun,
    '3 completed',
    '2 given up: subsumed',
  ]);
});

test('one that is aborted ends alone', () => {
  expect(endsOf(...open, [6_150, 'jm-1', aborts('jm-1', 2)], [6_160, 'jm-1', completes(1, 4)])).toEqual([
    ...begun,
    '2 given up: expired',
    '4 completed',
    '3 given up: subsumed',
  ]);
});

test('a new attempt ends all', () => {
  expect(endsOf(...open, [1_500, 'jm-1', deploys('jm-1', 1, 2, 1)])).toEqual([
    ...begun,
    '2 given up: the job restarted',
    '3 given up: the job restarted',
    '4 given up: the job restarted',
  ]);
});
