// The command line: what is understood, and how everything else is refused. Each refusal is one sentence that says what would be right.
import { describe, expect, test } from 'vitest';
import { readSimCommand } from '../../src/cli/sim/read-command.ts';
import { simContradictions, simHelp, simOptions } from '../../src/cli/sim/options.ts';

const read = (line: string) => readSimCommand(line.split(' ').filter((word) => word !== ''));
const settings = { scenario: 'flight-delays', set: {}, faults: 'scenario' };

test.each([
  ['', { kind: 'run', ...settings, seed: null, trace: null, json: false }],
  ['--seed 42', { kind: 'run', ...settings, seed: 42, trace: null, json: false }],
  ['--seed=42 --json', { kind: 'run', ...settings, seed: 42, trace: null, json: true }],
  ['--seed 0 --trace a.jsonl', { kind: 'run', ...settings, seed: 0, trace: 'a.jsonl', json: false }],
  [
    '--scenario word-count --seeds 1..9',
    { kind: 'sweep', ...settings, scenario: 'word-count', seeds: { first: 1, last: 9 }, json: false },
  ],
  ['--no-faults', { kind: 'run', ...settings, faults: [], seed: null, trace: null, json: false }],
  [
    '--faults tm-crash,pause',
    { kind: 'run', ...settings, faults: ['tm-crash', 'pause'], seed: null, trace: null, json: false },
  ],
  [
    '--set heartbeatIntervalMs=100 --set stepCostUs=0',
    {
      kind: 'run',
      ...settings,
      set: { heartbeatIntervalMs: 100, stepCostUs: 0 },
      seed: null,
      trace: null,
      json: false,
    },
  ],
  ['--check-determinism --seed 3', { kind: 'check-determinism', ...settings, seed: 3, json: false }],
  ['--replay a.tape', { kind: 'replay', file: 'a.tape', trace: null, json: false }],
  ['--list --json', { kind: 'list', json: true }],
  ['--help --seed x', { kind: 'help' }],
])('%s is understood', (line, command) => {
  expect(read(line)).toEqual({ ok: true, value: command });
});

test.each([
  // options
  ['--sed 42', 'unknown option "--sed", did you mean "--seed"?'],
  ['--check', 'unknown option "--check", did you mean "--check-determinism"?'],
  ['--no-fault', 'unknown option "--no-fault", did you mean "--no-faults"?'],
  ['--zzzzzzzzzz', 'unknown option "--zzzzzzzzzz"'],
  ['--seed', '--seed needs a value: --seed NUMBER'],
  ['--seed --json', '--seed needs a value: --seed NUMBER'],
  ['--seed=', '--seed needs a value: --seed NUMBER'],
  ['--json=yes', '--json takes no value, and was given "yes"'],
  ['--seed 1 --seed 2', '--seed is given twice'],
  // bare arguments
  ['42', '"42" belongs to no option, did you mean: npm run sim -- --seed 42'],
  [
    '1..50 word-count',
    '"1..50" belongs to no option, did you mean: npm run sim -- --seeds 1..50 --scenario word-count',
  ],
  [
    'reports/out/a.tape',
    '"reports/out/a.tape" belongs to no option, did you mean: npm run sim -- --replay reports/out/a.tape',
  ],
  ['--json 7', '"7" belongs to no option, did you mean: npm run sim -- --json --seed 7'],
  // values
  ['--seed many', '--seed "many" is not a seed: expected a whole number from 0 to 4294967295'],
  ['--seed -1', '--seed "-1" is not a seed: expected a whole number from 0 to 4294967295'],
  ['--seeds 5', '--seeds "5" is not a range like 1..1000: for one seed say --seed 5'],
  ['--faults tm-crush', '--faults: unknown fault "tm-crush", did you mean "tm-crash"?'],
  ['--faults tm-crash,', '--faults: unknown fault ""'],
  ['--faults pause,pause', '--faults: pause is given twice'],
  ['--set heartbaet=1', '--set unknown option "heartbaet", did you mean "heartbeatIntervalMs"?'],
  ['--set leaseMs', '--set leaseMs needs a value: --set leaseMs=NUMBER'],
  ['--set leaseMs=', '--set leaseMs=: expected a whole number of ms from 50 to 600000'],
  ['--set leaseMs=1.5', '--set leaseMs=1.5: expected a whole number of ms from 50 to 600000'],
  ['--set leaseMs=1', '--set leaseMs=1: expected a whole number of ms from 50 to 600000'],
  ['--set leaseMs=60 --set leaseMs=70', '--set leaseMs is given twice'],
])('%s is refused', (line, reason) => {
  expect(read(line)).toEqual({ ok: false, reason });
});

describe('contradictions', () => {
  const values: Record<string, string> = {
    seed: '1',
    seeds: '1..2',
    scenario: 'a',
    faults: 'pause',
    set: 'leaseMs=60',
    trace: 'a',
    replay: 'a',
  };
  const given = (name: string) => (name in values ? `--${name} ${values[name]}` : `--${name}`);

  test.each(simContradictions.map(({ these, because }) => [...these, because]))(
    '--%s and --%s',
    (one, other, because) => {
      for (const line of [`${given(one)} ${given(other)}`, `${given(other)} ${given(one)}`]) {
        expect(read(line)).toEqual({ ok: false, reason: `--${one} and --${other} contradict each other: ${because}` });
      }
    },
  );
});

test('the help names every option, and fits a terminal of 120 columns', () => {
  for (const { name } of simOptions) expect(simHelp()).toContain(`  --${name}`);
  for (const line of simHelp().split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});
