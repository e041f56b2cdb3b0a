// The machines of examples/: the right ones pass, each planted bug is found at a known seed, and shrinks to a story that a person reads.
import { expect, test } from 'vitest';
import { scenario as noFencing } from '../../examples/lock-service/no-fencing.ts';
import { scenario as lockService } from '../../examples/lock-service/scenario.ts';
import { scenario as forgottenVote } from '../../examples/raft/forgotten-vote.ts';
import { scenario as oldTermCommit } from '../../examples/raft/old-term-commit.ts';
import { scenario as raft } from '../../examples/raft/scenario.ts';
import { scenario as forgottenDecision } from '../../examples/two-phase-commit/forgotten-decision.ts';
import { scenario as twoPhaseCommit } from '../../examples/two-phase-commit/scenario.ts';
import { simulate } from '../../src/testing/millrace-testing.ts';

test.each([
  ['lock-service', lockService, 40],
  ['raft', raft, 15],
  ['two-phase-commit', twoPhaseCommit, 40],
] as const)('%s holds', (_, scenario, seeds) => {
  for (let seed = 1; seed <= seeds; seed++)
    expect(simulate(scenario, { seed }).sentence).toContain('no oracle objects');
});

test.each([
  ['no-fencing', noFencing, 5, 'linearizable'],
  ['forgotten-vote', forgottenVote, 327, 'one-leader-per-term'],
  ['old-term-commit', oldTermCommit, 270, 'committed-agree'],
  ['forgotten-decision', forgottenDecision, 24, 'all-the-same'],
] as const)('%s is found', (_, scenario, seed, oracle) => {
  const run = simulate(scenario, { seed });
  expect([run.verdict, run.violations[0]?.oracle]).toEqual(['correctness', oracle]);
});
