// Faults of services and of user code: a tape repeats each.
import { expect, test } from 'vitest';
import type { FaultKind } from '../../../../src/scenario/fault-kinds.ts';
import type { Scenario } from '../../../../src/scenario/scenario.ts';
import type { JobRunResult } from '../../../../src/sim/cluster/run-types.ts';
import { seededDecisions } from '../../../../src/sim/seeded-decisions.ts';
import { tapeDecisions } from '../../../../src/sim/tape-decisions.ts';
import { scenario as hostile } from '../../../../scenarios/hostile-storage.ts';
import { scenario as isolated } from '../../../../scenarios/isolated-leader.ts';
import { scenario as parts } from '../../../../scenarios/two-parts.ts';
import { runSeed } from '../lab.ts';

const kinds: readonly FaultKind[] = [
  'storage-full',
  'storage-slow',
  'storage-torn',
  'storage-damage',
  'storage-stale',
  'sink-fail',
  'sink-stall',
  'sink-fence',
  'source-fail',
  'source-stall',
  'ha-cut',
  'ha-outage',
  'rare-moment',
  'user-throw',
  'user-chance',
];

const struck = ({ faultLog }: JobRunResult): readonly string[] => faultLog.map(({ text }) => text);

test.each(kinds)('%s is repeated by the tape of its run', (kind) => {
  const scenario: Scenario = { ...hostile, faults: { [kind]: 4 }, swarm: false };
  const decisions = seededDecisions(3);
  const first = runSeed(scenario, 3, { decisions });
  expect(struck(first).length).toBeGreaterThan(0);
  const tape = tapeDecisions(decisions.tape());
  const second = runSeed(scenario, 3, { decisions: tape });
  expect([second.traceHash, struck(second), tape.divergences()]).toEqual([first.traceHash, struck(first), []]);
});

test('rare moments are struck in all their forms', () => {
  const rare = { 'rare-moment': 6 };
  const scenarios: readonly Scenario[] = [
    { ...hostile, faults: rare, swarm: false },
    { ...parts, faults: rare },
    { ...isolated, faults: { ...rare, 'isolated-leader': 3 } },
  ];
  const streams = scenarios.flatMap((scenario) =>
    [1, 2, 3, 4].flatMap((seed) =>
      runSeed(scenario, seed).faultLog.map(({ decision }) => decision?.stream.split('/', 1)[0] ?? ''),
    ),
  );
  expect(new Set(streams.filter((stream) => stream.startsWith('rare-')))).toEqual(
    new Set(['rare-pointer', 'rare-write', 'rare-deletion', 'rare-restore', 'rare-final', 'rare-record']),
  );
});
