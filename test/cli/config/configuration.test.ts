// Where values come from, who wins, and how a mistake is told: what is wrong, where, and what would be right.
import { describe, expect, test } from 'vitest';
import { inForce, type InForce } from '../../../src/cli/config/command.ts';
import { parseConfig, readConfiguration, type Environment } from '../../../src/cli/config/configuration.ts';
import { unconfigured } from '../../../src/cli/config/load.ts';
import { configurable, variableOf } from '../../../src/cli/config/settings.ts';
import { readProcessCommand } from '../../../src/cli/process/read-process.ts';

const FILE = '/etc/millrace/millrace.yaml';

/** What file and environment say. */
function configured(text: string | null, environment: Environment = {}) {
  return readConfiguration({
    flag: text === null ? null : FILE,
    environment,
    read: (path) => (path === FILE ? text : null),
  });
}

function valuesOf(
  text: string | null,
  environment: Environment = {},
  flags: Readonly<Record<string, readonly string[]>> = {},
) {
  const found = inForce(new Map(Object.entries(flags)), () => configured(text, environment));
  if (!found.ok) throw new Error(found.reason);
  const byKey = new Map(found.value.map((one) => [one.key, one]));
  return (key: string): InForce => byKey.get(key) as InForce;
}

const reasonOf = (text: string, environment: Environment = {}): string | null => {
  const read = configured(text, environment);
  return read.ok ? null : read.reason;
};

describe('precedence', () => {
  test('a file, then the environment, then flags', () => {
    const text = 'slots: 2\ncheckpointIntervalMs: 500\nlog-level: warn\n';
    const environment = { MILLRACE_SLOTS: '3', MILLRACE_CHECKPOINT_INTERVAL_MS: '600', PATH: '/bin' };
    const value = valuesOf(text, environment, { slots: ['4'] });
    expect(value('slots')).toMatchObject({ value: '4', origin: { kind: 'flag' } });
    expect(value('checkpointIntervalMs')).toMatchObject({
      value: '600',
      origin: { kind: 'environment', variable: 'MILLRACE_CHECKPOINT_INTERVAL_MS' },
    });
    expect(value('log-level')).toMatchObject({ value: 'warn', origin: { kind: 'file', path: FILE, line: 3 } });
    expect(value('leaseMs')).toMatchObject({ value: '1500', origin: { kind: 'default' } });
  });

  test('each has a value or says on what it depends, and each is there once', () => {
    const found = inForce(new Map(), () => configured(null));
    expect(found.ok && found.value.map(({ key }) => key)).toEqual(configurable);
    for (const { value, about } of found.ok ? found.value : [])
      if (value === null) expect(about).toContain('default: ');
  });

  test('a process takes what it has use for', () => {
    const command = readProcessCommand('taskmanager', ['--set', 'leaseMs=2000'], () =>
      configured('cluster: data\nslots: 3\nleaseMs: 3000\ncheckpointIntervalMs: 500\ntask-managers: 7\n'),
    );
    if (!command.ok || command.value.kind !== 'taskmanager') throw new Error('no TaskManager');
    const { config, place } = command.value;
    expect([config.slots, config.options.leaseMs, config.options.checkpointIntervalMs]).toEqual([3, 2_000, 500]);
    expect(place.cluster?.root).toBe('/etc/millrace/data'); // from the folder of the file
    expect(config.ha).toBe('/etc/millrace/data/ha');
  });
});

describe('a mistake has its place, and what would be right', () => {
  test.each([
    ['slots: 2\nslot: 3\n', `${FILE}, line 2: unknown key "slot", did you mean "slots"?`],
    [
      'checkpointInterval: 1',
      `${FILE}, line 1: unknown key "checkpointInterval", did you mean "checkpointIntervalMs"?`,
    ],
    ['\n\nslots: many', `${FILE}, line 3: slots: many: expected a whole number from 1 to 1024`],
    ['leaseMs: 0x10', `${FILE}, line 1: leaseMs: 0x10: expected a whole number of ms from 50 to 600000`],
    [
      'listen: nowhere',
      `${FILE}, line 1: listen: nowhere: "nowhere" is not an address: expected HOST:PORT, as in 127.0.0.1:6123`,
    ],
    ['log-level: inf', `${FILE}, line 1: log-level: inf: unknown word "inf", did you mean "info"?`],
    ['slots:\n  - 1', `${FILE}, line 1: slots: expected one value`],
    ['slots:', `${FILE}, line 1: slots: expected one value`],
    ['- slots', `${FILE}, line 1: expected lines such as "slots: 2"`],
    ['slots: 1\nslots: 2', `${FILE}, line 2: Map keys must be unique`],
    ['slots: "1', `${FILE}, line 1: Missing closing "quote`],
  ])('%j', (text, sentence) => {
    expect(reasonOf(text)).toBe(sentence);
  });

  test('in the environment too', () => {
    expect(reasonOf('', { MILLRACE_SLOT: '1' })).toBe(
      'in the environment: unknown variable "MILLRACE_SLOT", did you mean "MILLRACE_SLOTS"?',
    );
    expect(reasonOf('', { MILLRACE_SLOTS: '0' })).toBe(
      'MILLRACE_SLOTS=0 in the environment: expected a whole number from 1 to 1024',
    );
  });

  test('two values that contradict each other, wherever they come from', () => {
    const found = inForce(new Map(), () => configured('leaseMs: 400', { MILLRACE_LEASE_RENEW_INTERVAL_MS: '400' }));
    expect(found.ok ? null : found.reason).toMatch(/^leaseMs=400 must be more than leaseRenewIntervalMs=400/);
  });

  test('a file that is named must be there; none is a file that is not', () => {
    const place = { environment: {}, read: () => null };
    const missing = readConfiguration({ ...place, flag: '/etc/other.yaml' });
    expect(missing.ok ? null : missing.reason).toBe('there is no configuration /etc/other.yaml');
    const read = () => 'slots: 0';
    expect(readConfiguration({ environment: { MILLRACE_CONFIG: 'none' }, read, flag: null }).ok).toBe(true);
    expect(readConfiguration({ environment: {}, read, flag: null }).ok).toBe(false);
  });
});

test('an empty file, and one of comments, says nothing', () => {
  for (const text of ['', '# slots: 2\n', '---\n'])
    expect(parseConfig(text, FILE)).toEqual({ ok: true, value: new Map() });
});

test('a value may be quoted', () => {
  const read = parseConfig('listen: "127.0.0.1:7"\nslots: "2"\n', FILE);
  expect(read.ok && [...read.value].map(([name, { text }]) => `${name}=${text}`)).toEqual([
    'listen=127.0.0.1:7',
    'slots=2',
  ]);
});

test('each has a variable of its own', () => {
  expect(new Set(configurable.map(variableOf)).size).toBe(configurable.length);
  expect(variableOf('task-managers')).toBe('MILLRACE_TASK_MANAGERS');
});

test('processes that are told everything see nothing of it', () => {
  expect(unconfigured({ MILLRACE_SLOTS: '3', PATH: '/bin' })).toEqual({ PATH: '/bin', MILLRACE_CONFIG: 'none' });
});
