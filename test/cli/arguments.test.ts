// The command line: what is understood, and how everything else is refused. Each refusal is one sentence that says what would be right.
import { describe, expect, test } from 'vitest';
import { readSimCommand } from '../../src/cli/sim/read-command.ts';
import { faultKinds } from '../../src/scenario/fault-kinds.ts';
import { simContradictions, simHelp, simOptions } from '../../src/cli/sim/options.ts';
import type { RunSettings } from '../../src/cli/sim/read-command.ts';
import { judgeSettings } from '../../src/cli/sim/settings.ts';
import { jobOptionTable } from '../../src/sim/cluster/job-guest.ts';

const job = { faultKinds, options: jobOptionTable, whyIdle: () => null };

const read = (line: string) => readSimCommand(line.split(' ').filter((word) => word !== ''));
const settings = { scenario: 'flight-delays', set: [], faults: 'scenario' };

test.each([
  ['', { kind: 'run', ...settings, seed: null, trace: null, report: false, json: false }],
  ['--seed 42', { kind: 'run', ...settings, seed: 42, trace: null, report: false, json: false }],
  ['--seed=42 --json', { kind: 'run', ...settings, seed: 42, trace: null, report: false, json: true }],
  ['--seed 0 --trace a.jsonl', { kind: 'run', ...settings, seed: 0, trace: 'a.jsonl', report: false, json: false }],
  [
    '--scenario word-count --seeds 1..9',
    { kind: 'sweep', ...settings, scenario: 'word-count', seeds: { first: 1, last: 9 }, threads: null, json: false },
  ],
  ['--no-faults', { kind: 'run', ...settings, faults: [], seed: null, trace: null, report: false, json: false }],
  [
    '--faults tm-crash,pause',
    { kind: 'run', ...settings, faults: ['tm-crash', 'pause'], seed: null, trace: null, report: false, json: false },
  ],
  [
    '--set heartbeatIntervalMs=100 --set stepCostUs=0',
    {
      kind: 'run',
      ...settings,
      set: ['heartbeatIntervalMs=100', 'stepCostUs=0'],
      seed: null,
      trace: null,
      report: false,
      json: false,
    },
  ],
  ['--check-determinism --seed 3', { kind: 'check-determinism', ...settings, seed: 3, json: false }],
  ['--seed 1 --report', { kind: 'run', ...settings, seed: 1, trace: null, report: true, json: false }],
  ['--replay a.tape', { kind: 'replay', file: 'a.tape', scenario: null, trace: null, report: false, json: false }],
  [
    '--replay a.tape --scenario b.ts',
    { kind: 'replay', file: 'a.tape', scenario: 'b.ts', trace: null, report: false, json: false },
  ],
  ['--list --json', { kind: 'list', json: true }],
  ['--help --seed x', { kind: 'help', scenario: null }],
  ['-h', { kind: 'help', scenario: null }],
  ['--help --scenario a.ts', { kind: 'help', scenario: 'a.ts' }],
])('%s is understood', (line, command) => {
  expect(read(line)).toEqual({ ok: true, value: command });
});

test.each([
  // options
  ['--sed 42', 'unknown option "--sed", did you mean "--seed"?'],
  ['--check', 'unknown option "--check", did you mean "--check-determinism"?'],
  ['--no-fault', 'unknown option "--no-fault", did you mean "--no-faults"?'],
  ['--zzzzzzzzzz', /^unknown option "--zzzzzzzzzz": there are --seed, --seeds, .*--help$/],
  ['--heartbaet 500', 'unknown option "--heartbaet", did you mean "--set heartbeatIntervalMs=NUMBER"?'],
  ['--leaseMs=900', 'unknown option "--leaseMs", did you mean "--set leaseMs=NUMBER"?'],
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
  ['--seed 42 43', '"43" belongs to no option: --seed has its value already'],
  ['--json 7', '"7" belongs to no option, did you mean: npm run sim -- --json --seed 7'],
  // values
  ['--seed many', '--seed "many" is not a seed: expected a whole number from 0 to 4294967295'],
  ['--seed -1', '--seed "-1" is not a seed: expected a whole number from 0 to 4294967295'],
  ['--seeds 5', '--seeds "5" is not a range like 1..1000: for one seed say --seed 5'],
])('%s is refused', (line, reason) => {
  const matching = typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string);
  expect(read(line)).toEqual({ ok: false, reason: matching });
});

test.each([
  ['--faults tm-crush', '--faults: unknown fault "tm-crush", did you mean "tm-crash"?'],
  ['--faults crash', '--faults: unknown fault "crash", did you mean "tm-crash"?'],
  ['--faults tm-crash,', '--faults: unknown fault ""'], // they are too many to be listed in a sentence
  ['--faults pause,pause', '--faults: pause is given twice'],
  ['--faults tm-crush@stored', '--faults: unknown fault "tm-crush", did you mean "tm-crash"?'],
  [
    '--faults tm-crash@',
    '--faults: "tm-crash@" must be a fault, "@", the point at which it strikes and perhaps "#" and which of them from 1 on: tm-crash@deploy-task#2',
  ],
  ['--faults tm-crash@stored#0', /^--faults: "tm-crash@stored#0" must be a fault, /],
  [
    '--faults pause@stored,pause',
    '--faults: pause@stored says where it strikes, and pause leaves that open: give one of them',
  ],
  ['--set heartbaet=1', '--set heartbaet=1: unknown option "heartbaet", did you mean "--set heartbeatIntervalMs=1"?'],
  ['--set timeout=1', '--set timeout=1: unknown option "timeout", did you mean "--set heartbeatTimeoutMs=1"?'],
  ['--set leaseMs', '--set leaseMs needs a value: --set leaseMs=NUMBER'],
  ['--set leaseMs=', '--set leaseMs=: expected a whole number of ms from 50 to 600000'],
  ['--set leaseMs=1.5', '--set leaseMs=1.5: expected a whole number of ms from 50 to 600000'],
  ['--set leaseMs=1e3', '--set leaseMs=1e3: expected a whole number of ms from 50 to 600000'],
  ['--set leaseMs=1', '--set leaseMs=1: expected a whole number of ms from 50 to 600000'],
  ['--set leaseMs=60 --set leaseMs=70', '--set leaseMs is given twice'],
])('%s is refused by a job', (line, reason) => {
  const matching = typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string);
  const command = read(line);
  expect(judgeSettings(job, command.ok ? (command.value as RunSettings) : { set: [], faults: 'scenario' })).toEqual({
    ok: false,
    reason: matching,
  });
});

test.each([
  ['42', { seed: 'true' }, '"42" belongs to no option, did you mean: npm run sim -- --seed 42'],
  [
    'word-count',
    { scenario: 'true', seeds: '1..3', check_determinism: 'true', json: 'true' },
    '"word-count" belongs to no option, did you mean: npm run sim -- --scenario word-count --seeds 1..3 --check-determinism',
  ],
  ['', { list: 'true' }, 'npm kept --list for itself, did you mean: npm run sim -- --list'],
  ['', { faults: '' }, 'npm kept --no-faults for itself, did you mean: npm run sim -- --no-faults'],
  ['', { seed: '42' }, 'npm kept --seed 42 for itself, did you mean: npm run sim -- --seed 42'],
])('"%s" is refused when npm kept %j', (line, kept, reason) => {
  const ofNpm = Object.fromEntries(Object.entries(kept).map(([name, value]) => [`npm_config_${name}`, value]));
  const words = line === '' ? [] : line.split(' ');
  expect(readSimCommand(words, { npm_lifecycle_event: 'sim', ...ofNpm })).toEqual({ ok: false, reason });
  expect(readSimCommand([], { npm_lifecycle_event: 'test', ...ofNpm }).ok).toBe(true);
});

test('what may be a setting of npm is none of ours', () => {
  expect(readSimCommand([], { npm_lifecycle_event: 'sim', npm_config_json: 'true' }).ok).toBe(true);
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
    orders: 'all',
    'reorders-max': '1',
    'until-ms': '5',
    entries: 'any',
    keep: 'a',
    'go-on': 'a',
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

test('the help names every option, fault and key of --set, and fits a terminal of 100 columns', () => {
  for (const { name } of simOptions) expect(simHelp(job, 'a job')).toContain(`  --${name}`);
  for (const name of [...faultKinds, ...Object.keys(jobOptionTable)]) expect(simHelp(job, 'a job')).toContain(name);
  for (const line of simHelp(job, 'a job').split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
