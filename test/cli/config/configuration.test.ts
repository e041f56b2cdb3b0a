// Where values come from, who wins, and how a mistake is told: what is wrong, where, and what would be right.
import { describe, expect, test } from 'vitest';
import { processesOf } from '../../../src/cli/cluster/plan.ts';
import { clusterRows, readConfigured, readLocalCluster } from '../../../src/cli/cluster/read-cluster.ts';
import { inForce, type InForce } from '../../../src/cli/config/command.ts';
import { parseConfig, readConfiguration, type Environment } from '../../../src/cli/config/configuration.ts';
import { unconfigured } from '../../../src/cli/config/load.ts';
import { configurable, variableOf } from '../../../src/cli/config/settings.ts';
import { processOptions } from '../../../src/cli/process/options.ts';
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
    expect([value('rest').value, value('ha').value]).toEqual([null, expect.stringMatching(/\/ha$/)]);
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

describe('the HA service', () => {
  const haOf = (text: string): string => {
    const words = ['--storage', 'a', '--sinks', 'a', '--sources', 'a', '--work', 'a'];
    const command = readProcessCommand('taskmanager', words, () => configured(text));
    if (!command.ok) return command.reason;
    return command.value.kind === 'help' ? '' : command.value.config.ha;
  };

  test.each([
    ['ha: x', '/etc/millrace/x'],
    ['ha: file:x', '/etc/millrace/x'],
    ['ha: etcd://a:2379,b:2379/prod/', 'etcd://a:2379,b:2379/prod'],
  ])('%s', (text, place) => {
    expect(haOf(text)).toBe(place);
  });

  test('one that is no folder leaves the folder of the cluster where it is', () => {
    const command = readProcessCommand('jobmanager', ['--ha', 'etcd://a:1/b'], () => configured(null));
    if (!command.ok || command.value.kind !== 'jobmanager') throw new Error('no JobManager');
    expect(command.value.place.cluster?.root).toMatch(/\/\.millrace$/);
    expect(command.value.config).toMatchObject({
      ha: 'etcd://a:1/b',
      storage: expect.stringMatching(/\.millrace\/storage$/),
    });
  });

  test('what is none is refused where it stands', () => {
    expect(reasonOf('slots: 1\nha: etcd://a:1')).toMatch(
      /millrace\.yaml, line 2: ha: etcd:\/\/a:1: it names no prefix/,
    );
  });
});

/** Flags that are no settings. */
const FLAGS_ALONE: ReadonlyMap<string, string> = new Map([
  ['set', 'an option of the cluster, which is configured by its own name'],
  ['config', 'says where the configuration is'],
  ['help', 'is a question'],
  ['trace', 'of one run of one process, to find a bug'],
  ['run-started-at', 'of one run of one process, to find a bug'],
]);

test.each([
  ['jobmanager', processOptions.jobmanager],
  ['taskmanager', processOptions.taskmanager],
  ['cluster', clusterRows],
])('each flag of %s can be configured, or is none that anybody would', (_, rows) => {
  const missing = rows.filter(({ name }) => !configurable.includes(name) && !FLAGS_ALONE.has(name));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

describe('who may change something over REST', () => {
  const restOf = (text: string, environment: Environment, ...flags: readonly string[]) => {
    const command = readProcessCommand('jobmanager', flags, () => configured(text, environment));
    if (!command.ok) return command.reason;
    if (command.value.kind !== 'jobmanager' || command.value.rest === null) return null;
    const { isOpen, tokenFile } = command.value.rest;
    return { isOpen, tokenFile };
  };
  const OPEN = { isOpen: true, tokenFile: null };
  const BY_FILE = { isOpen: false, tokenFile: '/etc/millrace/token' };
  const REST = 'rest: 127.0.0.1:0\n';

  test('is configured in a file and in the environment', () => {
    expect(restOf(`${REST}rest-open: true\n`, {})).toEqual(OPEN);
    expect(restOf(`${REST}rest-open: false\n`, {})).toEqual({ isOpen: false, tokenFile: null });
    expect(restOf(REST, { MILLRACE_REST_OPEN: 'true' })).toEqual(OPEN);
    expect(restOf(`${REST}rest-open: true\n`, { MILLRACE_REST_OPEN: 'false' })).toMatchObject({ isOpen: false });
    expect(restOf(`${REST}rest-token-file: token\n`, {})).toEqual(BY_FILE);
    expect(restOf(REST, { MILLRACE_REST_TOKEN_FILE: '/etc/millrace/token' })).toEqual(BY_FILE);
    expect(restOf('rest-open: true\n', {})).toBeNull(); // it may be meant for others
    expect(restOf(`${REST}rest-open: yes\n`, {})).toContain('line 2: rest-open: yes: expected true or false');
  });

  test('of two that exclude each other the one that comes later stands; from one place they contradict each other', () => {
    expect(restOf(`${REST}rest-open: true\n`, { MILLRACE_REST_TOKEN_FILE: '/etc/millrace/token' })).toEqual(BY_FILE);
    expect(restOf(`${REST}rest-open: true\n`, {}, '--rest-token-file', '/etc/millrace/token')).toEqual(BY_FILE);
    expect(restOf(`${REST}rest-token-file: token\n`, {}, '--rest-open')).toEqual(OPEN);
    expect(restOf(`${REST}rest-open: true\nrest-token-file: token\n`, {})).toContain('contradict each other');
    expect(restOf('', {}, '--rest-open')).toContain('--rest HOST:PORT does not say where');
    expect(restOf(`${REST}rest-token-file: token\n`, { MILLRACE_REST_OPEN: 'false' })).toEqual(BY_FILE); // which takes no place
  });

  test('from one place is refused by whoever reads it, with that place', () => {
    const why = 'rest-open and rest-token-file contradict each other: an open REST asks for no token';
    const ofFile = inForce(new Map(), () => configured('rest-token-file: token\nrest-open: true\n'));
    expect(ofFile).toEqual({ ok: false, reason: expect.stringMatching(new RegExp(`, line 2: ${why}$`)) });
    const both = { MILLRACE_REST_OPEN: 'true', MILLRACE_REST_TOKEN_FILE: '/t' };
    expect(inForce(new Map(), () => configured('', both))).toEqual({ ok: false, reason: `in the environment: ${why}` });
    const flags = new Map(Object.entries({ 'rest-open': [''], 'rest-token-file': ['/t'] }));
    expect(inForce(flags, () => configured(''))).toEqual({ ok: false, reason: `of the flags, ${why}` });
    const words = ['--rest-open', '--rest-token-file', '/t'];
    const read = readConfigured(clusterRows, words, () => configured(''));
    if (!read.ok || read.value === null) throw new Error('no line');
    expect(readLocalCluster(read.value, '/c')).toMatchObject({
      ok: false,
      reason: expect.stringContaining('contradict'),
    });
  });

  test('stands in what is in force', () => {
    const value = valuesOf(`${REST}rest-token-file: token\n`, { MILLRACE_REST_OPEN: 'true' });
    expect(value('rest-open')).toMatchObject({ value: 'true', origin: { variable: 'MILLRACE_REST_OPEN' } });
    expect(value('rest-token-file')).toMatchObject({ value: null, origin: { kind: 'default' } });
    const flagged = valuesOf(`rest-token-file: token\n`, {}, { 'rest-open': [''] });
    expect(flagged('rest-open')).toMatchObject({ value: 'true', origin: { kind: 'flag' } });
    expect(flagged('rest-token-file')).toMatchObject({ value: null });
  });

  test('is told to the JobManagers of a local cluster', () => {
    const read = readConfigured(clusterRows, [], () => configured('rest-open: true\nrest-port: 0\n'));
    if (!read.ok || read.value === null) throw new Error('no line');
    const cluster = readLocalCluster(read.value, '/c');
    if (!cluster.ok) throw new Error(cluster.reason);
    expect(processesOf(cluster.value).map(({ words }) => words.includes('--rest-open'))).toEqual([true, false, false]);
  });
});

describe('who belongs to a cluster, and how its processes speak', () => {
  const file = 'secret-file: s\ntls-cert: c.pem\ntls-key: k.pem\ntls-ca: /a.pem\n';
  const tls = { cert: '/etc/millrace/c.pem', key: '/etc/millrace/k.pem', ca: '/a.pem' };

  test('is configured in a file, whose folder relative paths are meant from, and in the environment', () => {
    const read = readProcessCommand('taskmanager', [], () => configured(file));
    expect(read).toMatchObject({
      ok: true,
      value: { config: { tls, secret: { path: '/etc/millrace/s', isDrawn: false } } },
    });
    const insecure = readProcessCommand('taskmanager', [], () =>
      configured(null, { MILLRACE_INSECURE_NETWORK: 'true', MILLRACE_SECRET_FILE: '/s' }),
    );
    expect(insecure).toMatchObject({
      ok: true,
      value: { config: { isInsecure: true, secret: { path: '/s', isDrawn: false } } },
    });
  });

  test('is told to all processes of a local cluster', () => {
    const read = readConfigured(clusterRows, [], () => configured(file));
    if (!read.ok || read.value === null) throw new Error('no line');
    const cluster = readLocalCluster(read.value, '/c');
    if (!cluster.ok) throw new Error(cluster.reason);
    const told = ['--secret-file', '/etc/millrace/s', '--tls-cert', tls.cert, '--tls-key', tls.key, '--tls-ca', tls.ca];
    for (const { words } of processesOf(cluster.value)) expect(words.join(' ')).toContain(told.join(' '));
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
