// The command line of `npm run real`: what is understood, and what is refused in which sentence.
import { expect, test } from 'vitest';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { realHelp, realOptions } from '../../../src/cli/real/options.ts';
import { readRealCommand } from '../../../src/cli/real/read-command.ts';

const read = (line: string) => readRealCommand(line.split(' ').filter((word) => word !== ''));

test('nothing said: the main job, a fresh seed, the strike of the scenario', () => {
  expect(read('')).toEqual({
    ok: true,
    value: {
      kind: 'run',
      scenario: 'flight-delays',
      seed: null,
      ha: null,
      set: {},
      json: false,
      strike: 'scenario',
      trace: null,
      report: false,
      keep: false,
    },
  });
});

test.each([
  ['--strike jm-pause --seed 7', { strike: 'jm-pause', seed: 7 }],
  ['--no-faults', { strike: 'none' }],
  ['--ha etcd://a:1,b:2/runs/ --rounds 2', { ha: 'etcd://a:1,b:2/runs', rounds: 2 }],
  ['--set leaseMs=900 --set restartDelayMs=0', { set: { leaseMs: 900, restartDelayMs: 0 } }],
  ['--trace a.jsonl --keep --json', { trace: 'a.jsonl', keep: true, json: true }],
  ['--report', { report: true }],
  ['--scenario ./mine.ts', { scenario: './mine.ts' }],
  ['--rounds 50 --scenario word-count', { kind: 'rounds', rounds: 50, scenario: 'word-count' }],
  ['--rounds 5 --help', { kind: 'help' }],
  ['--life 150s', { kind: 'life', lifeMs: 150_000, scenario: 'two-jobs', keep: false }],
  ['--life 60m --scenario word-count --keep', { kind: 'life', lifeMs: 3_600_000, scenario: 'word-count', keep: true }],
])('%s', (line, expected) => {
  expect(read(line)).toMatchObject({ ok: true, value: expected });
});

test('what npm kept for itself is named', () => {
  const command = readRealCommand(['7'], { npm_lifecycle_event: 'real', npm_config_seed: 'true' });
  expect(command.ok ? null : command.reason).toContain('did you mean: npm run real -- --seed 7');
});

test.each([
  ['--strike tm-crsh', '--strike: unknown strike "tm-crsh", did you mean "tm-crash"?'],
  ['--ha etcd://a:1', '--ha etcd://a:1: it names no prefix'],
  ['--ha folder', '--ha folder: a run has its HA service in its scratch folder, or elsewhere: etcd://…'],
  ['--rounds 0', '--rounds 0: expected a whole number from 1 to 10000'],
  ['--life 60', '--life 60: expected a time from 30s to 24h, as 150s or 60m'],
  ['--life 29s', '--life 29s: expected a time from 30s to 24h, as 150s or 60m'],
  ['--life 25h', '--life 25h: expected a time from 30s to 24h, as 150s or 60m'],
  ['--life 60m --rounds 2', '--life and --rounds contradict each other: a life is one run'],
  ['--rounds many', '--rounds many: expected a whole number from 1 to 10000'],
  ['--seed -1', '--seed "-1" is not a seed: expected a whole number from 0 to 4294967295'],
  ['--seeds 1..5', 'unknown option "--seeds", did you mean "--seed"?'],
  ['--set leaseMs', '--set leaseMs needs a value: --set leaseMs=NUMBER'],
  [
    '--set stepCostUs=1',
    '--set stepCostUs=1: unknown option "stepCostUs", expected --set KEY=NUMBER with a KEY of those that --help lists',
  ],
  ['--strike tm-crash --no-faults', '--strike and --no-faults contradict each other: either there is a strike or none'],
  [
    '--rounds 5 --trace a',
    '--rounds and --trace contradict each other: a trace is of one run; a round that fails leaves its own',
  ],
  ['jm-failover', '"jm-failover" belongs to no option, did you mean: npm run real -- --scenario jm-failover'],
])('%s is refused', (line, sentence) => {
  const command = read(line);
  expect(command.ok ? null : command.reason).toContain(sentence);
});

test('the help names every option and key of --set, and fits a terminal of 100 columns', () => {
  for (const { name } of realOptions) expect(realHelp()).toContain(`  --${name}`);
  for (const name of Object.keys(clusterOptionTable)) expect(realHelp()).toContain(`  ${name}=`);
  for (const line of realHelp().split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
