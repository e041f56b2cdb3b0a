// `npm run real` as a user meets it: real processes, really killed. Each run takes some seconds, so there are few, side by side.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { freeze } from '../../net-real/freeze.ts';
import { repository } from '../run-cli.ts';
import { listProcesses, type ListedProcess } from './process-list.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
const commands: ChildProcess[] = [];
afterAll(() => {
  for (const command of commands) command.kill('SIGTERM');
  rmSync(folder, { recursive: true });
});

const PATIENCE = { timeout: 60_000, interval: 50 }; // the machine may be busy with something else

interface Command {
  readonly process: ChildProcess;
  /** Where it keeps its scratch folder; nothing else is there. */
  readonly temporary: string;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

interface Surroundings {
  readonly cwd?: string;
  /** As a shell starts it: a group of its own, which a Ctrl-C reaches as a whole. */
  readonly isGroup?: boolean;
  /** Of Node, for the command and all its processes. */
  readonly nodeOptions?: string;
}

function real(
  name: string,
  line: string,
  { cwd = repository, isGroup = false, nodeOptions = '' }: Surroundings = {},
): Command {
  const temporary = join(folder, `tmp-${name}`);
  mkdirSync(temporary);
  const main = join(repository, 'src', 'cli', 'millrace.ts');
  const child = spawn(process.execPath, [main, 'real', ...line.split(' ')], {
    cwd,
    env: { ...process.env, TMPDIR: temporary, NODE_OPTIONS: nodeOptions },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: isGroup,
  });
  commands.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { process: child, temporary, ended };
}

/** Processes that were told of this folder, or whose parent is this command. */
function processesOf({ process: command, temporary }: Command): ListedProcess[] {
  return listProcesses().filter(
    ({ parent, words }) => words.includes(temporary) || (parent === command.pid && words.includes('src/cli')),
  );
}

/** Lines of all traces of the run so far. */
function traced({ temporary }: Command): string {
  const [scratch] = readdirSync(temporary);
  const traces = scratch === undefined ? '' : join(temporary, scratch, 'traces');
  if (!existsSync(traces)) return '';
  return readdirSync(traces)
    .map((name) => readFileSync(join(traces, name), 'utf8'))
    .join('');
}

async function expectNothingLeft(command: Command): Promise<void> {
  await vi.waitFor(() => {
    expect(processesOf(command)).toEqual([]);
    expect(readdirSync(command.temporary)).toEqual([]);
  }, PATIENCE);
}

describe.concurrent('on real processes', { timeout: 3 * PATIENCE.timeout }, () => {
  test('a leader is killed: restored, exact, told as JSON, and nothing is left', async () => {
    const trace = join(folder, 'trace.jsonl');
    const command = real('failover', `--scenario jm-failover --seed 990101 --json --trace ${trace}`);
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const json = JSON.parse(stdout) as Record<string, unknown>;
    expect(json).toMatchObject({
      scenario: 'jm-failover',
      seed: 990_101,
      verdict: 'pass',
      traceHash: null,
      simulatedMs: null,
      faults: { 'jm-crash': 1 },
      oracles: { 'O-exact': 'pass' },
      output: 'reports/out/jm-failover-990101-real.jsonl',
      options: { inForce: {}, notInForce: { heartbeatIntervalMs: 200, leaseMs: 600 } },
      strikes: [{ kind: 'jm-crash', victim: expect.stringMatching(/^jm-[123]$/) }],
      outage: { standstillMs: expect.any(Number), committedAfterMs: expect.any(Number) },
    });
    expect(json['leaderChanges']).toBeGreaterThanOrEqual(1); // more where the machine is too busy to renew a lease in time
    expect((json['outage'] as { restoredFrom: number }).restoredFrom).toBeGreaterThanOrEqual(1);
    rmSync(join(repository, String(json['output'])));
    await expectNothingLeft(command);

    const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines[0]!)).toMatchObject({ format: 'millrace-trace', version: 2, world: 'real' });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: 'verdict', verdict: 'pass' });
    const events = lines.slice(1, -1).map((line) => JSON.parse(line) as { event: number; node?: string; kind: string });
    expect(events.map(({ event }) => event)).toEqual(events.map((_, index) => index));
    expect(new Set(events.flatMap(({ node }) => node ?? []))).toEqual(
      new Set(['jm-1', 'jm-2', 'jm-3', 'tm-1', 'tm-2', 'client-1', 'client-2', 'client-3']),
    );
    expect(events.filter(({ kind }) => kind === 'fault')).toHaveLength(1);
  });

  test('Ctrl-C in the middle of it: processes and files are gone', async () => {
    const command = real('interrupt', '--scenario word-count --seed 1');
    await vi.waitFor(() => expect(traced(command)).toContain('"state":"RUNNING"'), PATIENCE);
    command.process.kill('SIGINT');
    const { code, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'millrace: interrupted; its processes and files are gone\n',
    });
    expect(processesOf(command)).toEqual([]);
    expect(readdirSync(command.temporary)).toEqual([]);
  });

  test('Ctrl-C while processes start, to all of them: that is no failure', async () => {
    const command = real('interrupt-start', '--scenario word-count --seed 1', { isGroup: true });
    await vi.waitFor(
      () => expect(processesOf(command).some(({ words }) => words.includes(' taskmanager '))).toBe(true),
      PATIENCE,
    );
    process.kill(-command.process.pid!, 'SIGINT');
    const { code, stderr } = await command.ended;
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: 'millrace: interrupted; its processes and files are gone\n',
    });
    await expectNothingLeft(command);
  });

  test('a process that starts does not come up, and the command alone is told to end: it waits no longer', async () => {
    const command = real('stuck-start', '--scenario word-count --seed 1');
    const starting = () => processesOf(command).filter(({ words }) => words.includes(' taskmanager '));
    await vi.waitFor(() => expect(starting()).not.toEqual([]), PATIENCE);
    for (const { pid } of starting()) freeze(pid);
    command.process.kill('SIGTERM');
    expect((await command.ended).code).toBe(130);
    await expectNothingLeft(command);
  });

  test('the command is killed while a process is stopped: processes and files are gone all the same', async () => {
    const command = real('killed', '--scenario word-count --seed 1');
    await vi.waitFor(() => expect(traced(command)).toContain('"state":"RUNNING"'), PATIENCE);
    const victim = processesOf(command).find(({ words }) => words.includes(' taskmanager '));
    freeze(victim!.pid);
    command.process.kill('SIGKILL');
    await command.ended;
    await expectNothingLeft(command);
  });

  test('the scratch folder is removed meanwhile: told with a code of its own', async () => {
    const command = real('removed', '--scenario tm-crash --seed 7 --no-faults');
    await vi.waitFor(() => expect(traced(command)).toContain('"state":"RUNNING"'), PATIENCE);
    const [scratch = ''] = readdirSync(command.temporary);
    rmSync(join(command.temporary, scratch), { recursive: true, force: true, maxRetries: 5 });
    const { code, stderr, stdout } = await command.ended;
    expect({ code, stderr }).toEqual({
      code: 74,
      stderr: `millrace: the scratch folder of the run, ${join(command.temporary, scratch)}, was removed while it lasted\n`,
    });
    expect(stdout).not.toMatch(/PASS|FAIL/);
    await expectNothingLeft(command);
  });

  test('a scenario of a user, outside of the repository, with a check that objects', async () => {
    writeFileSync(
      join(folder, 'mine.ts'),
      `import { defineJob, defineScenario } from 'millrace/scenario';
       export const scenario = defineScenario({
         name: 'mine',
         about: 'Doubles numbers.',
         cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
         job: defineJob('doubles', (env) =>
           env.fromSource<number>('numbers', { topic: 'numbers', splits: 1 }).map('double', (n) => 2 * n).sinkTo('out', { sink: 'out' })),
         input: () => ({ numbers: { splits: [[1, 2, 3]] }, spare: { splits: [[4]] } }),
         faults: {},
         reference: true,
         check: (_, committed) => 'it is ' + committed.join(' '),
       });`,
    );
    const command = real('mine', '--scenario mine.ts --seed 1', { cwd: folder });
    const { code, stdout } = await command.ended;
    const left = ['mine-1-real.jsonl', 'mine-1-real-trace.jsonl', 'mine-1-real.html'].map((name) =>
      join(repository, 'reports', 'out', name),
    );
    expect(stdout).toContain('FAIL  the check of the scenario says: it is 2 4 6');
    expect(stdout).toMatch(/^input +topic "spare" is read by no source$/m);
    expect(stdout).toMatch(/^trace +reports\/out\/mine-1-real-trace.jsonl$/m);
    expect(stdout).toMatch(/^report +reports\/out\/mine-1-real.html$/m);
    expect(left.map((path) => existsSync(path))).toEqual([true, true, true]); // what it leaves when it fails
    for (const path of left) rmSync(path);
    expect(code).toBe(1);
    await expectNothingLeft(command);
  });

  test.each<[string, { atTop?: string; inMap?: string }, object]>([
    [
      'throws',
      { inMap: "throw new RangeError('three is too much')" },
      { code: 1, sentence: 'the job\'s own code throws, in map "check": RangeError: three is too much', output: null },
    ],
    [
      'ends its process as it is loaded',
      { atTop: 'process.exit(0)' },
      { code: 1, sentence: "the job's own code cannot be loaded on tm-1: called process.exit(0)", output: null },
    ],
    [
      'throws as it is loaded',
      { atTop: "throw new RangeError('not here')" },
      { code: 1, sentence: "the job's own code cannot be loaded on tm-1: RangeError: not here", output: null },
    ],
    [
      'throws later',
      { atTop: "setTimeout(() => { throw new RangeError('too late'); })" },
      { code: 1, sentence: "the job's own code left this behind: RangeError: too late, on tm-1", output: null },
    ],
    [
      'disturbs the end',
      { atTop: "process.once('SIGTERM', () => process.exit(3))" },
      {
        code: 1,
        sentence: "the job's own code called process.exit(3), on tm-1",
        output: 'reports/out/disturbs-the-end-1-real.jsonl', // it was committed before that
      },
    ],
  ])('a job whose own code %s: told at once', async (what, { atTop = '', inMap = '' }, expected) => {
    const name = what.replaceAll(' ', '-');
    writeFileSync(
      join(folder, `${name}.ts`),
      `import { defineJob, defineScenario } from 'millrace/scenario';
       if (process.argv.includes('taskmanager')) ${atTop};
       export const scenario = defineScenario({
         name: '${name}',
         about: 'Objects to a three.',
         cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
         job: defineJob('objects', (env) =>
           env.fromSource<number>('numbers', { topic: 'numbers', splits: 1 })
             .map('check', (n) => { if (n === 3) { ${inMap} } return n; })
             .sinkTo('out', { sink: 'out' })),
         input: () => ({ numbers: { splits: [[1, 2, 3]] } }),
         faults: {},
         reference: true,
       });`,
    );
    const command = real(name, `--scenario ${name}.ts --seed 1 --json`, { cwd: folder });
    const { code, stdout } = await command.ended;
    const { sentence, output } = JSON.parse(stdout) as { sentence: string; output: string | null };
    expect({ code, sentence, output }).toEqual(expected);
    const written = [`reports/out/${name}-1-real-trace.jsonl`, `reports/out/${name}-1-real.html`];
    for (const left of output === null ? written : [...written, output]) rmSync(join(repository, left));
    await expectNothingLeft(command);
  });

  test('two jobs, one of which is cancelled: both are judged, and the check of one has its own output alone', async () => {
    writeFileSync(
      join(folder, 'two.ts'),
      `import { defineJob, defineScenario } from 'millrace/scenario';
       const copies = (name: string, recordsPerSecond: number) => defineJob(name, (env) =>
         env.fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond }).sinkTo('out', { sink: name }));
       export const scenario = defineScenario({
         name: 'two',
         about: 'Copies numbers, slowly and at once.',
         cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
         jobs: [
           { job: copies('slow', 20), cancelAtMs: 2_500 },
           { job: copies('fast', 0), submitAtMs: [0, 100], check: (_, committed) => 'it has ' + committed.length },
         ],
         input: () => ({ numbers: { splits: [Array.from({ length: 400 }, (_, number) => number)] } }),
         options: { checkpointMinPauseMs: 100 },
         real: { options: { checkpointIntervalMs: 200 } },
         faults: {},
         reference: true,
       });`,
    );
    const command = real('two', '--scenario two.ts --seed 1 --json', { cwd: folder });
    const { code, stdout } = await command.ended;
    const json = JSON.parse(stdout) as { sentence: string; clients: object[] };
    expect(json).toMatchObject({
      verdict: 'correctness',
      sentence: 'job-2: the check of the scenario says: it has 400',
      jobs: [
        { jobId: 'job-1', status: 'CANCELED' },
        { jobId: 'job-2', status: 'FINISHED' },
      ],
    });
    expect(json.clients).toHaveLength(4);
    expect(json.clients[1]).toMatchObject({ wants: 'cancel', jobId: 'job-1', result: { status: 'CANCELED' } });
    expect(code).toBe(1);
    for (const left of ['two-1-real.jsonl', 'two-1-real-trace.jsonl', 'two-1-real.html'])
      rmSync(join(repository, 'reports', 'out', left));
    await expectNothingLeft(command);
  });

  test('a TaskManager that runs out of memory: its job fails, and names the operator', async () => {
    writeFileSync(
      join(folder, 'heap-full.ts'),
      `import { defineJob, defineScenario } from 'millrace/scenario';
       const kept: string[][] = [];
       const isTaskManager = process.argv.includes('taskmanager');
       export const scenario = defineScenario({
         name: 'heap-full',
         about: 'Keeps more than a TaskManager has room for.',
         cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
         job: defineJob('keeps', (env) =>
           env.fromSource<number>('numbers', { topic: 'numbers', splits: 1 })
             .map('keep', (n) => {
               for (let i = 0; isTaskManager && i < 200; i++) kept.push(Array<string>(100_000).fill(String(i)));
               return n;
             })
             .sinkTo('out', { sink: 'out' })),
         options: { jobFailuresMax: 1 },
         input: () => ({ numbers: { splits: [[1, 2, 3]] } }),
         faults: {},
         check: () => null,
       });`,
    );
    const nodeOptions = '--max-old-space-size=100';
    const command = real('heap-full', '--scenario heap-full.ts --seed 1 --json', { cwd: folder, nodeOptions });
    const { code, stdout } = await command.ended;
    const { sentence } = JSON.parse(stdout) as { sentence: string };
    expect(sentence).toMatch(
      /^the job ended FAILED: 0\/0#1: operator "keep" filled the heap, and ended 127\.0\.0\.1:\d+; no restart: /,
    );
    expect(code).toBe(1);
    for (const left of ['heap-full-1-real-trace.jsonl', 'heap-full-1-real.html'])
      rmSync(join(repository, 'reports', 'out', left));
    await expectNothingLeft(command);
  });

  test('records of half a megabyte: their traces are short, and their job is not slowed down', async () => {
    writeFileSync(
      join(folder, 'long-records.ts'),
      `import { defineJob, defineScenario } from 'millrace/scenario';
       const documents = Array.from({ length: 60 }, (_, id) => ({ id, text: 'x'.repeat(500_000) }));
       export const scenario = defineScenario({
         name: 'long-records',
         about: 'Measures documents.',
         cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 },
         job: defineJob('measures', (env) =>
           env.fromSource<{ id: number; text: string }>('documents', { topic: 'documents', splits: 1 })
             .rebalance()
             .map('measure', ({ id, text }) => ({ id, length: text.length }), { parallelism: 2 })
             .sinkTo('out', { sink: 'out' })),
         input: () => ({ documents: { splits: [documents] } }),
         options: { batchSizeRecords: 8, sourceReadRecords: 8 },
         faults: {},
         reference: true,
       });`,
    );
    const trace = join(folder, 'long-records.jsonl');
    const command = real('long-records', `--scenario long-records.ts --seed 1 --trace ${trace} --json`, {
      cwd: folder,
    });
    const { code, stdout } = await command.ended;
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'pass' });
    expect(code).toBe(0);
    expect(readFileSync(trace, 'utf8')).toContain(`"text":"${'x'.repeat(1_000)}… (500000 characters)"`);
    rmSync(join(repository, 'reports/out/long-records-1-real.jsonl'));
    await expectNothingLeft(command);
  });

  test('an input without a record: refused before any process starts', async () => {
    const example = readFileSync(join(repository, 'examples', 'commit-at-barrier.ts'), 'utf8');
    writeFileSync(join(folder, 'empty.ts'), example.replace('length: 100', 'length: 0'));
    const command = real('empty', '--scenario empty.ts --seed 1', { cwd: folder });
    const { code, stderr } = await command.ended;
    expect(code).toBe(2);
    expect(stderr).toContain('its input holds no record with seed 1, so that a run proves nothing');
    await expectNothingLeft(command);
  });

  test('no place for its files: told in one sentence', async () => {
    const command = real('no-place', '--scenario word-count');
    rmSync(command.temporary, { recursive: true });
    const { code, stderr } = await command.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^millrace: there is no place for the scratch folder of the run: ENOENT[^\n]*\n$/);
  });

  test.each([
    ['cuont', '--scenario word-cuont', 'unknown scenario "word-cuont", did you mean "word-count"?'],
    ['bare', 'jm-failover', 'did you mean: npm run real -- --scenario jm-failover'],
    [
      'trace',
      '--scenario word-count --trace no/such/folder/a',
      'no/such/folder/a cannot be written: there is no folder no/such/folder',
    ],
  ])('%s is refused in one sentence', async (name, line, sentence) => {
    const command = real(name, line);
    const { code, stderr, stdout } = await command.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^millrace: [^\n]*\n$/);
    expect(stderr).toContain(sentence);
    expect(stdout).not.toContain('PASS');
    await expectNothingLeft(command);
  });
});
