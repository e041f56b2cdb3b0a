// A JobManager or TaskManager as a process of its own: how it greets, how it ends, and what it refuses.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { readProcessCommand } from '../../../src/cli/process/read-process.ts';
import { parseLogLine } from '../../../src/net-real/log/record.ts';
import { repository } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
const children: ChildProcessWithoutNullStreams[] = [];
const PATIENCE = { timeout: 30_000, interval: 50 }; // the machine may be busy with something else

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, maxRetries: 10 });
});

/** Before the words of a process: its wall clock is an hour back. */
const HOUR_BACK = 'data:text/javascript,const now = Date.now; Date.now = () => now() - 3_600_000;';

/** Its own words come last. */
function start(role: string, work: string, ...own: readonly string[]): ChildProcessWithoutNullStreams {
  return startOn([], role, work, ...own);
}

function startOn(
  flags: readonly string[],
  role: string,
  work: string,
  ...own: readonly string[]
): ChildProcessWithoutNullStreams {
  return startWith({}, flags, role, work, ...own);
}

function startWith(
  env: Readonly<Record<string, string>>,
  flags: readonly string[],
  role: string,
  work: string,
  ...own: readonly string[]
): ChildProcessWithoutNullStreams {
  const main = join(repository, 'src', 'cli', 'millrace.ts');
  const ha = own.includes('--ha') ? [] : ['--ha', join(folder, 'ha')];
  const stores = [...ha, '--storage', join(folder, 'storage'), '--sinks', join(folder, 'sinks')];
  const trace = own.includes('--trace') ? [] : ['--trace', join(folder, `${work}.jsonl`)];
  const ofTaskManager = ['--sources', join(folder, 'sources')];
  const words = [
    role,
    ...stores,
    '--work',
    join(folder, work),
    '--run-started-at',
    String(Date.now()),
    ...trace,
    ...own,
  ];
  const child = spawn(process.execPath, [...flags, main, ...words, ...(role === 'taskmanager' ? ofTaskManager : [])], {
    env: { ...process.env, ...env },
  });
  children.push(child);
  return child;
}

async function greetingOf(child: ChildProcessWithoutNullStreams): Promise<Record<string, unknown>> {
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as Record<string, unknown>;
}

describe.concurrent('a process', () => {
  test('greets with a line, and ends in good order when it is told to', async () => {
    const child = start('jobmanager', 'jm');
    expect(await greetingOf(child)).toEqual({
      role: 'jobmanager',
      name: 'jm',
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      listening: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      incarnation: expect.any(Number),
      pid: child.pid,
    });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    const lines = readFileSync(join(folder, 'jm.jsonl'), 'utf8').trimEnd().split('\n');
    const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(['started', 'stopped']);
  });

  test('keeps its compiled code as soon as it is up: one that is killed then does not compile it again', async () => {
    const cache = join(folder, 'compiled');
    const entries = (): number => readdirSync(cache, { recursive: true }).length;
    const startWithCache = (work: string) => startWith({ NODE_COMPILE_CACHE: cache }, [], 'jobmanager', work);
    const first = startWithCache('compiles');
    await greetingOf(first);
    let kept = -1;
    const grew = (): number => {
      const before = kept;
      kept = entries();
      return kept - before;
    };
    await vi.waitFor(() => expect([grew(), kept > 100]).toEqual([0, true]), { ...PATIENCE, interval: 500 });
    first.kill('SIGKILL');
    await once(first, 'exit');
    const second = startWithCache('finds');
    await greetingOf(second);
    second.kill('SIGTERM');
    await once(second, 'exit');
    expect(entries()).toBeLessThan(kept + 20); // what ends a process in good order
  });

  test('ends when its parent is gone, and has a higher incarnation the next time', async () => {
    const first = start('taskmanager', 'tm');
    const { incarnation } = await greetingOf(first);
    first.stdin.end();
    expect(await once(first, 'exit')).toEqual([0, null]);
    const second = start('taskmanager', 'tm');
    expect((await greetingOf(second))['incarnation']).toBeGreaterThan(incarnation as number);
    second.kill('SIGINT');
    expect(await once(second, 'exit')).toEqual([0, null]);
  });
});

test('in the folder of a cluster processes find each other, and each name is that of one at a time', async () => {
  const root = join(folder, 'cluster');
  const startHere = (...words: readonly string[]) => {
    const main = join(repository, 'src', 'cli', 'millrace.ts');
    const child = spawn(process.execPath, [main, ...words, '--cluster', root]);
    children.push(child);
    return child;
  };
  const [jobManager, taskManager] = [startHere('jobmanager'), startHere('taskmanager', '--name', 'left')];
  expect(await greetingOf(jobManager)).toMatchObject({ name: 'jm-1' });
  expect(await greetingOf(taskManager)).toMatchObject({ name: 'left' });
  expect(existsSync(join(root, 'ha', 'cluster'))).toBe(true);
  expect(existsSync(join(root, 'work', 'left', 'incarnation'))).toBe(true);

  const second = startHere('taskmanager', '--name', 'left');
  let complaints = '';
  second.stderr.on('data', (chunk) => (complaints += String(chunk)));
  expect(await once(second, 'close')).toEqual([2, null]);
  expect(complaints).toMatch(
    new RegExp(`^millrace: "left" is the name of process ${taskManager.pid} on this host, since .*another --name\n$`),
  );
  taskManager.kill('SIGTERM');
  await once(taskManager, 'exit');
  expect(await greetingOf(startHere('taskmanager', '--name', 'left'))).toMatchObject({ name: 'left' });
  for (let start = 1; start <= 2; start++) {
    const unnamed = startHere('taskmanager');
    expect(await greetingOf(unnamed)).toMatchObject({ name: 'tm-1' }); // the first that is free, whoever had it
    unnamed.kill('SIGKILL');
    await once(unnamed, 'exit');
  }
  expect(readdirSync(join(root, 'work')).toSorted()).toEqual(['jm-1', 'left', 'tm-1']);
});

test('a TaskManager comes back at its address with an empty work folder and a clock an hour back, and joins', async () => {
  const own = ['--ha', join(folder, 'ha-clock')];
  const registrations = (): number =>
    readFileSync(join(folder, 'clock-jm.jsonl'), 'utf8').split('"note":{"kind":"task-manager-registered"').length - 1;
  start('jobmanager', 'clock-jm', ...own);
  const first = start('taskmanager', 'clock-tm', ...own);
  const { listening, incarnation } = await greetingOf(first);
  await vi.waitFor(() => expect(registrations()).toBe(1), PATIENCE);
  first.kill('SIGKILL');
  await once(first, 'exit');

  const second = startOn(['--import', HOUR_BACK], 'taskmanager', 'fresh-tm', ...own, '--listen', String(listening));
  expect((await greetingOf(second))['incarnation']).toBeGreaterThan(incarnation as number);
  await vi.waitFor(() => expect(registrations()).toBe(2), PATIENCE);
});

test('a TaskManager whose JobManager is gone does not join the cluster that got its address', async () => {
  const [ours, theirs] = [join(folder, 'ha-ours'), join(folder, 'ha-theirs')];
  const traceOf = (work: string): string => readFileSync(join(folder, `${work}.jsonl`), 'utf8');
  const dead = start('jobmanager', 'dead-jm', '--ha', ours);
  const { listening } = await greetingOf(dead);
  start('taskmanager', 'lone-tm', '--ha', ours);
  await vi.waitFor(() => expect(traceOf('dead-jm')).toContain('register-task-manager'), PATIENCE);
  dead.kill('SIGKILL');
  await once(dead, 'exit');

  const stranger = start('jobmanager', 'stranger-jm', '--ha', theirs, '--listen', String(listening));
  let complaints = '';
  stranger.stderr.on('data', (chunk) => (complaints += String(chunk)));
  await vi.waitFor(() => expect(complaints).toContain('belongs to another cluster'), PATIENCE);
  expect(traceOf('stranger-jm')).not.toContain('register-task-manager');
});

describe.concurrent('what a process cannot start with, it says in a sentence, and ends', () => {
  test.each([
    ['a trace in no folder', '--trace', join(folder, 'nowhere', 'a'), 'this jobmanager cannot start: ENOENT'],
    [
      'an address of somebody else',
      '--listen',
      '192.0.2.1:1',
      'this jobmanager cannot start: cannot listen on 192.0.2.1:1',
    ],
    ['an address of everybody', '--listen', '0.0.0.0:0', 'this jobmanager cannot start: no peer can reach "0.0.0.0:'],
  ])('%s', async (_, option, value, sentence) => {
    const name = `refused${value.replaceAll(/[^a-z0-9]/g, '')}`;
    const child = start('jobmanager', name, option, value, '--insecure-network'); // or an address outside would be refused for want of TLS
    let complaints = '';
    child.stderr.on('data', (chunk) => (complaints += String(chunk)));
    expect(await once(child, 'close')).toEqual([2, null]); // with its standard input still open
    expect(complaints).toMatch(/^millrace: [^\n]*\n$/);
    expect(complaints).toContain(sentence);
  });
});

test('where metrics are told stands in the greeting; a port of somebody else is refused', async () => {
  const { metrics } = await greetingOf(start('taskmanager', 'measured', '--metrics', '127.0.0.1:0'));
  const told = await (await fetch(String(metrics))).text();
  expect(told).toContain('millrace_taskmanager_slots{state="FREE"} 1');
  const { host } = new URL(String(metrics));
  const second = start('jobmanager', 'unmeasured', '--metrics', host);
  let complaints = '';
  second.stderr.on('data', (chunk) => (complaints += String(chunk)));
  expect(await once(second, 'close')).toEqual([2, null]);
  expect(complaints).toContain(`millrace: cannot tell metrics on ${host}: the port is in use`);
});

test('a damaged entry of the HA log is named: a process that waits for it says why, and none starts', async () => {
  const ha = join(folder, 'ha-damaged');
  const filesOf = (generation: string): string[] => readdirSync(join(ha, generation));
  const generation = (): string => readdirSync(ha).find((name) => name.startsWith('generation-')) ?? '';
  const startHere = () => {
    const child = start('jobmanager', 'damaged-jm', '--ha', ha);
    const said = { complaints: '' };
    child.stderr.on('data', (chunk) => (said.complaints += String(chunk)));
    return { child, said };
  };
  const { child, said } = startHere();
  await greetingOf(child);
  await vi.waitFor(() => expect(filesOf(generation())).toHaveLength(3), PATIENCE); // a snapshot, its incarnation, and that it leads
  writeFileSync(join(ha, generation(), '000000000003'), 'torn');
  await vi.waitFor(() => expect(said.complaints).toContain('/000000000003: not a millrace-ha-entry'), PATIENCE);
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(said.complaints.split('\n').length).toBeLessThan(10);

  const next = startHere();
  expect(await once(next.child, 'close')).toEqual([2, null]);
  expect(next.said.complaints).toMatch(
    /this jobmanager cannot start: no incarnation can be taken .*000000000003: not a millrace-ha-entry/,
  );
});

test.skipIf(!existsSync('/dev/full'))('a full disk ends its trace, not the process', async () => {
  const child = start('jobmanager', 'full', '--trace', '/dev/full');
  let complaints = '';
  child.stderr.on('data', (chunk) => (complaints += String(chunk)));
  await greetingOf(child);
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  const lines = complaints
    .trimEnd()
    .split('\n')
    .map((line) => parseLogLine(line));
  expect(lines.filter((line) => line?.level !== 'info').map((line) => line?.message)).toEqual([
    'the trace ends here: ENOSPC: no space left on device, write',
  ]);
});

test.skipIf(!existsSync('/dev/full'))('a full disk under its log ends nothing', async () => {
  const main = join(repository, 'src', 'cli', 'millrace.ts');
  const places = { ha: 'ha', storage: 'storage', sinks: 'sinks', work: 'mute' };
  const stores = Object.entries(places).flatMap(([name, place]) => [`--${name}`, join(folder, place)]);
  const line = ['jobmanager', ...stores, '--trace', '/dev/full']; // so that it has something to complain of
  const child = spawn('sh', ['-c', 'exec "$0" "$@" 2> /dev/full', process.execPath, main, ...line]);
  children.push(child);
  await greetingOf(child);
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
});

const needed = '--ha a --storage b --work c --sinks d';

test.each([
  [
    'jobmanager',
    '--storage b',
    'jobmanager needs --ha HA: the HA service, the same for all processes: FOLDER, file:FOLDER, etcd://HOST:PORT,HOST:PORT/PREFIX, etcds://HOST:PORT,HOST:PORT/PREFIX?ca=FILE; or --cluster FOLDER, which has all of them',
  ],
  ['taskmanager', needed, 'taskmanager needs --sources FOLDER'],
  ['jobmanager', '--cluster a --name a/b', '--name a/b: a name has 1 to 64 letters'],
  ['jobmanager', '--ha a --storage b --work c', 'jobmanager needs --sinks FOLDER'],
  ['jobmanager', `${needed} --slots 3`, 'unknown option "--slots"'],
  ['jobmanager', `${needed} --listen nowhere`, '--listen "nowhere" is not an address: expected HOST:PORT'],
  ['jobmanager', `${needed} --set leaseMs=1`, '--set leaseMs=1: expected a whole number of ms from 50 to 600000'],
  [
    'jobmanager',
    `${needed} --set leaseMs=500`,
    'leaseMs=500 must be more than leaseRenewIntervalMs=500: what is repeated comes too late',
  ],
  ['jobmanager', `${needed} --run-started-at soon`, '--run-started-at soon: expected a wall time in ms'],
  ['jobmanager', `${needed} extra`, '"extra" belongs to no option of jobmanager'],
  [
    'jobmanager',
    `${needed} --artifact-retention 10`,
    '--artifact-retention 10: expected a whole number from 3600000 to 316224000000',
  ],
  ['jobmanager', `${needed} --stream-silence 10`, '--stream-silence 10: expected a whole number from 50 to 3600000'],
  ['taskmanager', `${needed} --sources d --slots 0`, '--slots 0: expected a whole number from 1 to 1024'],
] as const)('%s %s is refused', (role, line, sentence) => {
  const command = readProcessCommand(
    role,
    line.split(' ').filter((word) => word !== ''),
  );
  expect(command.ok ? null : command.reason).toContain(sentence);
});
