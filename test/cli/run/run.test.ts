// `millrace run` on real processes: a cluster for one job, one that runs already, and how it ends.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { jobIdFor, missingSources, outputsOf, sizeFor } from '../../../src/cli/run/options.ts';
import { parseLogLine } from '../../../src/net-real/log/record.ts';
import { listProcesses } from '../real/process-list.ts';
import { repository } from '../run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
const temporary = join(folder, 'tmp'); // what a command leaves behind is seen
const PATIENCE = { timeout: 40_000, interval: 50 };
const children: ChildProcessWithoutNullStreams[] = [];
const program = join(repository, 'src', 'cli', 'millrace.ts');

mkdirSync(temporary);
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

function start(...words: readonly string[]) {
  const env = { ...process.env, MILLRACE_CONFIG: 'none', TMPDIR: temporary };
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, env });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += String(chunk)));
  child.stderr.on('data', (chunk) => (said.err += String(chunk)));
  return { child, said };
}

async function run(...words: readonly string[]) {
  const { child, said } = start(...words);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...said };
}

const clustersLeft = (): readonly string[] => readdirSync(temporary).filter((name) => name.startsWith('millrace-run-'));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const sums = write(
  'sums.ts',
  `import { defineJob } from 'millrace';
export const job = defineJob('sums', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'generator:?count=100', splits: 2, parallelism: 2 })
    .keyBy((number) => number % 10)
    .reduce('sum', (sum, number) => sum + number, { parallelism: 2 })
    .sinkTo('out', { sink: 'sums', parallelism: 2 }),
);
`,
);

const endless = write(
  'endless.ts',
  `import { defineJob } from 'millrace';
export const job = defineJob('endless', (env) =>
  env.fromSource<number>('numbers', { topic: 'generator:', splits: 1, recordsPerSecond: 10 }).sinkTo('out', { sink: 'jsonl:endless-out' }),
);
`,
);

const throwing = write(
  'throwing.ts',
  `import { defineJob } from 'millrace';
export const job = defineJob('throws', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'generator:?count=100', splits: 1 })
    .map('check', (number) => {
      if (number === 7) throw new RangeError('seven is too many');
      return number;
    })
    .sinkTo('out', { sink: 'jsonl:throwing-out' }),
);
`,
);

function recordsIn(path: string): number {
  const parts = readdirSync(path).filter((name) => name.startsWith('part-'));
  return parts.reduce((count, part) => count + readFileSync(join(path, part), 'utf8').trimEnd().split('\n').length, 0);
}

test('a job runs to its end on a cluster for it alone, which is gone afterwards; its output stays', async () => {
  const { code, out, err } = await run('run', sums, '--job-id', 'sums-1');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^job +sums-1 FINISHED after \d+\.\d+ s\noutput +out: .*\/millrace-out\/sums-1\/sums\n$/);
  expect(recordsIn(join(folder, 'millrace-out', 'sums-1', 'sums'))).toBe(100);
  expect(clustersLeft()).toEqual([]);

  const again = await run('run', sums, '--job-id', 'sums-1');
  expect(again.code).toBe(2);
  expect(again.err).toMatch(
    /^millrace: the folder .*\/millrace-out\/sums-1 is for output, and is not empty: name another one with --output\n$/,
  );
});

test('a job that fails is told with each restart, and has an exit code of its own', async () => {
  const { code, out, err } = await run('run', throwing);
  expect(code).toBe(8);
  expect(out).toMatch(/^job +throws-[0-9a-f]{6} FAILED after /);
  const lines = err.trimEnd().split('\n');
  const kinds = lines.map((line) => parseLogLine(line)?.kind);
  expect(kinds.filter((kind) => kind === 'job-restarting')).toHaveLength(2);
  const end = lines.findIndex((line) => line.startsWith('millrace: '));
  expect(lines[end]).toMatch(
    /^millrace: job throws-[0-9a-f]{6} is FAILED: "numbers -> [^"]+" 1\/1, attempt 3: .*RangeError: seven is too many/,
  );
  expect(lines.slice(end + 1)).toEqual([expect.stringMatching(/^ {4}at (\S+ \()?throwing\.ts:\d+:\d+\)?$/)]);
  const told = lines.slice(0, end).map((line) => parseLogLine(line)!);
  expect(told.find(({ kind }) => kind === 'task-state-changed')?.message).toMatch(
    /^task "numbers -> [^"]+" 1\/1, attempt 1 is FAILED: /,
  );
  expect(clustersLeft()).toEqual([]);
});

test('a sink of its own gets each record once, in one piece with the name of its transaction', async () => {
  const job = write(
    'table.ts',
    `import { appendFileSync } from 'node:fs';
import { defineJob, type SinkConnector } from 'millrace';
const lines: SinkConnector = {
  openSink: ({ place }) => ({
    async deliver({ transaction, records }) {
      const rows = await Array.fromAsync(records);
      appendFileSync(place, JSON.stringify({ transaction, rows }) + '\\n');
    },
    async close() {},
  }),
};
export const connectors = { lines };
export const job = defineJob('table', (env) =>
  env.fromSource<number>('numbers', { topic: 'generator:?count=2000', splits: 2, parallelism: 2, recordsPerSecond: 2000 })
    .sinkTo('out', { sink: 'lines:${join(folder, 'delivered')}', parallelism: 2 }));
`,
  );
  const { code, err } = await run('run', job, '--set', 'checkpointIntervalMs=100');
  expect([code, err]).toEqual([0, '']);
  const parts = readFileSync(join(folder, 'delivered'), 'utf8').trim().split('\n');
  const delivered = parts.map((part) => JSON.parse(part) as { transaction: string; rows: readonly number[] });
  const once = new Map(delivered.map(({ transaction, rows }) => [transaction, rows]));
  expect([...once.values()].flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
  expect(once.size).toBeGreaterThan(2);
});

describe('what the same request would meet again ends the job, behind as many restarts as its strategy has', () => {
  const copies = (name: string, source: string, map: string): string =>
    write(
      `${name}.ts`,
      `import { defineJob } from 'millrace';
export const job = defineJob('${name}', (env) =>
  env.fromSource<unknown>('rows', { topic: '${source}', splits: 1 }).map('copy', ${map}).sinkTo('out', { sink: 'csv:${name}-out' }),
);
`,
    );

  test.each([
    [
      'a line that is no record',
      'broken',
      'jsonl:broken.jsonl',
      '(row) => ({ row })',
      /split 0 of ".*" cannot be read: .*broken\.jsonl, line 2: no JSON: /,
    ],
    [
      'a record that a sink cannot write',
      'unwritable',
      'generator:?count=4',
      '(n) => (n === 2 ? { other: n } : { n })',
      /sink ".*unwritable-out" cannot write a record: a record has the field "other", and the columns are n/,
    ],
    [
      'an id of 64 bits',
      'author',
      'jsonl:authors.jsonl',
      '(row) => ({ row })',
      /split 0 of ".*" cannot be read: .*authors\.jsonl, line 3: no double holds 1460342734571012097 at \.author\.id exactly/,
    ],
    [
      'what no sink can hold',
      'mean',
      'generator:?count=4',
      '(n) => ({ of: [{ mean: (n - 2) / (n === 2 ? 0 : 1) }] })',
      /operator "out" was given NaN at \.of\[0\]\.mean, which a sink cannot hold, at the record \{"of":\[\{"mean":"NaN"\}\]\}/,
    ],
  ])('%s', async (_, name, source, map, sentence) => {
    write('broken.jsonl', '1\nno\n3\n');
    write('authors.jsonl', '1\n2\n{"author":{"id":1460342734571012097}}\n');
    const { code, err } = await run('run', copies(name, source, map));
    expect(code).toBe(8);
    const lines = err.trimEnd().split('\n');
    const restarts = lines.map((line) => parseLogLine(line)).filter((record) => record?.kind === 'job-restarting');
    expect(restarts).toHaveLength(2);
    expect(lines.at(-1)).toMatch(sentence);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const SCRIPT = '/usr/bin/script'; // runs a command on a terminal of its own

test.skipIf(!existsSync(SCRIPT))('on a terminal it says where its page is, which may change the job', async () => {
  const line = ['run', endless].map((word) => `'${word}'`).join(' ');
  const env = { ...process.env, MILLRACE_CONFIG: 'none', TMPDIR: temporary };
  const words = ['-qec', `exec '${process.execPath}' '${program}' ${line}`, '/dev/null'];
  const child = spawn(SCRIPT, words, { cwd: folder, env });
  children.push(child);
  let out = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  const found = await vi.waitFor(() => {
    const [, url = '', token = ''] = /page +(http:\/\/127\.0\.0\.1:\d+)\/#token=([0-9a-f]{64})/.exec(out) ?? [];
    expect(token).not.toBe('');
    return { url, token };
  }, PATIENCE);
  const jobs = async () =>
    ((await (await fetch(`${found.url}/jobs`)).json()) as { readonly jobs: readonly { id: string; status: string }[] })
      .jobs;
  await vi.waitFor(async () => expect(await jobs()).toMatchObject([{ status: 'RUNNING' }]), PATIENCE);
  const [{ id } = { id: '' }] = await jobs();
  const headers = { authorization: `Bearer ${found.token}` };
  expect((await fetch(`${found.url}/jobs/${id}?mode=cancel`, { method: 'PATCH', headers })).status).toBe(202);
  await once(child, 'close');
  expect(out).toMatch(/job +endless-[0-9a-f]{6} CANCELED after/);
});

test('it answers REST while it runs; interrupted, nothing is left', async () => {
  const port = String(await freePort());
  const out = join(folder, 'endless-out');
  rmSync(out, { recursive: true, force: true }); // of the test before
  const { child, said } = start('run', endless, '--rest-port', port, '--set', 'checkpointIntervalMs=100');
  await vi.waitFor(() => expect(existsSync(out) && recordsIn(out)).toBeGreaterThan(0), PATIENCE);
  expect(await (await fetch(`http://127.0.0.1:${port}/jobs`)).json()).toMatchObject({ jobs: [{ status: 'RUNNING' }] });
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('<title>Millrace</title>');
  expect(said.out).toBe(''); // in a pipe it is quiet
  const [cluster = ''] = clustersLeft();
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(said.err).toContain('millrace: interrupted: job endless-');
  expect(clustersLeft()).toEqual([]);
  expect(listProcesses().filter(({ words }) => words.includes(cluster))).toEqual([]);
});

test('on a cluster that runs the job is submitted there, and the cluster stays', async () => {
  const root = join(folder, 'cluster');
  const none = await run('run', sums, '--cluster', root);
  expect(none.code).toBe(2);
  expect(none.err).toMatch(/^millrace: no process of a cluster runs in .*\/cluster on this host: .*cluster --cluster/);

  const cluster = start('cluster', '--cluster', root, '--rest-port', '0', '--task-managers', '1', '--slots', '2');
  await vi.waitFor(() => expect(cluster.said.out).toContain('Ctrl-C'), PATIENCE);
  const { code, out } = await run('run', sums, '--cluster', root, '--job-id', 'there');
  expect(code).toBe(0);
  expect(out).toContain('there FINISHED');
  expect(recordsIn(join(root, 'sinks', 'sums'))).toBe(100);
  expect(cluster.child.exitCode).toBeNull();
  cluster.child.kill('SIGTERM');
  await once(cluster.child, 'close');
});

describe('bad input is one sentence', () => {
  test.each([
    [[], 'run needs the file of a job'],
    [['a.ts', 'b.ts'], 'run takes one file of a job, and was given 2'],
    [['nowhere.ts'], 'there is no job file'],
    [
      [sums, '--slots', '1', '--task-managers', '1'],
      'job "sums" needs 2 slots, and 1 TaskManagers with 1 each have 1: give --slots 2',
    ],
    [
      [sums, '--cluster', 'x', '--slots', '1'],
      '--slots and --cluster contradict each other: that cluster runs already',
    ],
    [[sums, '--tasks', '1'], 'unknown option "--tasks", did you mean "--task-managers"?'],
  ])('%j', async (words, sentence) => {
    const { code, err } = await run('run', ...words);
    expect(code).toBe(2);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(sentence);
  });
});

describe('what a job needs', () => {
  const { graph } = defineJob('j', (env) =>
    env.fromSource<number>('numbers', { topic: 'numbers', splits: 4, parallelism: 4 }).sinkTo('out', { sink: 'out' }),
  );

  test.each([
    [null, null, { taskManagers: 2, slots: 2 }],
    [1, null, { taskManagers: 1, slots: 4 }],
    [null, 1, { taskManagers: 4, slots: 1 }],
    [3, 2, { taskManagers: 3, slots: 2 }],
  ])('%j TaskManagers, %j slots', (taskManagers, slots, size) => {
    expect(sizeFor(graph, taskManagers, slots)).toEqual({ ok: true, value: size });
  });

  test('a topic that has a name needs a folder', () => {
    expect(missingSources(graph, null)).toContain('source "numbers" reads the topic "numbers"');
    expect(missingSources(graph, '/in')).toBeNull();
    expect(outputsOf(graph, '/out')).toEqual([{ sink: 'out', where: '/out/out' }]);
    const elsewhere = defineJob('j', (env) =>
      env.fromSource<number>('n', { topic: 'n', splits: 1 }).sinkTo('out', { sink: 'csv:/data/out?header=false' }),
    );
    expect(outputsOf(elsewhere.graph, '/out')).toEqual([{ sink: 'out', where: '/data/out' }]);
  });

  test.each([
    ['word count!', 'word-count--a'],
    ['ü', 'job-a'],
    ['--x', 'x-a'],
  ])('the id of "%s"', (name, id) => {
    expect(jobIdFor(name, 'a')).toBe(id);
  });
});
