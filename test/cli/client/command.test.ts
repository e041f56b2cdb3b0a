// Commands that ask a cluster over REST: what they ask for, what they tell, and with which code they end. The cluster is a fake one behind a real port.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { clientCommand } from '../../../src/cli/client/command.ts';
import { clientCommands, clientHelp, type ClientCommandName } from '../../../src/cli/client/options.ts';
import { tellJob } from '../../../src/cli/client/tell.ts';
import { UsageError } from '../../../src/cli/exit-codes.ts';
import { createExecutionTimes } from '../../../src/core/protocol/overview.ts';
import { clusterFolder, takeRestToken, tellRestPlace } from '../../../src/net-real/cluster-folder.ts';
import type { Gateway } from '../../../src/rest/gateway.ts';
import { startRest, type RestServer } from '../../../src/rest/server.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { detailsOf, FakeDesk, fakeGateway, TASK_MANAGER } from '../../rest/fake-desk.ts';

const folder = temporaryFolder();
let desk: FakeDesk;
let server: RestServer;
let gateway: Gateway;

beforeEach(async () => {
  desk = new FakeDesk();
  const token = takeRestToken(clusterFolder(folder.path()));
  ({ gateway } = fakeGateway(desk));
  server = await startRest({ listen: { host: '127.0.0.1', port: 0 }, token, gateway, page: null, log: () => {} });
  tellRestPlace(clusterFolder(folder.path()), 'jm-2', { url: server.url, pid: 1 });
});

afterEach(() => server.close());

interface Told {
  readonly code: number;
  readonly lines: readonly string[];
  readonly complaints: readonly string[];
}

async function run(name: ClientCommandName, ...words: readonly string[]): Promise<Told> {
  const [lines, complaints]: [string[], string[]] = [[], []];
  const terminal = {
    line: (text: string) => lines.push(text),
    complain: (text: string) => complaints.push(text),
    progress: () => {},
  };
  const at = words.includes('--rest') ? [] : ['--cluster', folder.path()];
  const code = await clientCommand(name, [...words, ...at], terminal);
  return { code, lines, complaints };
}

test('jobs are listed and shown, for people and as JSON', async () => {
  const { code, lines } = await run('list');
  expect(code).toBe(0);
  expect(lines[0]).toMatch(/^job +name +state/);
  expect(lines.find((line) => line.startsWith('running'))).toMatch(/the running job +RUNNING +4\/4/);
  const { lines: json } = await run('list', '--json');
  expect(JSON.parse(json.join('\n'))).toMatchObject({
    jobs: expect.arrayContaining([expect.objectContaining({ jid: 'failed' })]),
  });
  const shown = (await run('show', 'failed')).lines.join('\n');
  expect(shown).toContain('the failed job, job failed: FAILED');
  expect(shown).toMatch(/because +.*boom/);
  expect(shown).toMatch(/checkpoints +3 completed, 1 failed, 1 in progress/);
  expect(shown).toMatch(/FAILED +0\/2 +– +– +– +–/); // of what is over nothing is known
  const running = (await run('show', 'running')).lines;
  expect(running).toContainEqual(
    expect.stringMatching(/^vertex +state +running +in\/s +out\/s +busy +backpressured +id/),
  );
  expect(running).toContainEqual(expect.stringMatching(/RUNNING +2\/2 +200 +180 +25 % +5 %/));
});

test('the cluster and its token are what is configured, where no flag says it', async () => {
  folder.write('millrace.yaml', `cluster: ${folder.path()}\n`);
  folder.write('wrong-token.yaml', `cluster: ${folder.path()}\nrest-token-file: none\n`);
  const lines: string[] = [];
  const terminal = { line: (text: string) => lines.push(text), complain: () => {}, progress: () => {} };
  expect(await clientCommand('list', ['--config', folder.path('millrace.yaml')], terminal)).toBe(0);
  expect(lines[0]).toMatch(/^job +name/);
  const wrong = clientCommand('list', ['--config', folder.path('wrong-token.yaml')], terminal);
  await expect(wrong).rejects.toThrow(/--token-file .*none cannot be read/);
});

test('a job is meant by its id, the beginning of one, or its name; what is none, or several, is refused with code 1', async () => {
  expect((await run('show', 'restart')).lines[0]).toContain('job restarting');
  expect((await run('show', 'the stopped job')).lines[0]).toContain('job stopped');
  expect(await run('show', 'nobody')).toMatchObject({
    code: 1,
    complaints: ['millrace: there is no job nobody: npm run millrace -- list shows all'],
  });
  const { code, complaints } = await run('show', 's');
  expect([code, complaints[0]]).toEqual([1, expect.stringMatching(/may be any of 2 jobs: submitted, stopped/)]);
});

test('a savepoint is waited for, and its location told; one that fails has code 1', async () => {
  const done = await run('savepoint', 'running', '--savepoint-id', 'sp-1');
  expect(done).toEqual({ code: 0, lines: ['savepoint millrace:running/sp-1'], complaints: [] });
  const failed = await run('savepoint', 'finished');
  expect([failed.code, failed.complaints[0]]).toEqual([1, expect.stringContaining('needs all its tasks to run')]);
});

test('a savepoint of a job whose tasks do not all run yet may be asked for again, of one that is over not', async () => {
  const refusal = (status: 'RUNNING' | 'FAILING') =>
    ({ kind: 'refused', reason: { kind: 'tasks-not-running', status } }) as const;
  desk.instead.set('savepoint', refusal('RUNNING'));
  const { complaints } = await run('savepoint', 'running', '--savepoint-id', 'sp-2');
  expect(complaints[0]).toMatch(/the job is RUNNING, .* to run; it may be asked for again once they do$/);
  desk.instead.set('savepoint', refusal('FAILING'));
  const ending = await run('savepoint', 'running', '--savepoint-id', 'sp-3');
  expect(ending.complaints[0]).toMatch(/the job is FAILING, and a checkpoint needs all its tasks to run$/);
});

test('below the loss of a TaskManager stands which code ended the one before, if nothing else came between', async () => {
  const attempt = (number: number) => ({ jobId: 'running', vertex: 0, subtask: 0, attempt: number });
  const [lost, killed, threw] = (
    [
      { kind: 'task-manager-lost', taskManager: 'h:9', reason: null },
      { kind: 'task-manager-killed', taskManager: 'h:9', operator: 'lines', record: 53, how: 'looped' },
      { kind: 'user-code', operator: 'lines', function: 'map', given: null, text: 'boom', stack: null },
    ] as const
  ).map((reason, index) => ({
    timestamp: 1_000 - index,
    cause: { kind: 'execution-failed', attempt: attempt(2), reason },
    task: 'lines (1/2)',
    taskManager: 'h:9',
    concurrent: [],
  }));
  const shown = async (...exceptions: readonly unknown[]) => {
    desk.instead.set('exceptions', { kind: 'exceptions', jobId: 'running', exceptions, truncated: false } as never);
    const { lines } = await run('show', 'running');
    return lines.filter((line) => /^(?:last failure|by its code) /.test(line));
  };
  const latest = expect.stringMatching(/^last failure \S+ .* is lost/);
  expect(await shown(lost, killed, lost, threw)).toEqual([
    latest,
    expect.stringMatching(
      /^by its code {2}\S+ .*operator "lines", at record 53 of its batch, did not return, and ended/,
    ),
  ]);
  expect(await shown(lost, threw, killed)).toEqual([latest]);
  expect(await shown(killed)).toHaveLength(1);
});

test('a stop is asked for under the id that was given, and with drain', async () => {
  const { lines } = await run('stop', 'running', '--drain', '--savepoint-id', 'sp-9', '--detached', '--json');
  expect(JSON.parse(lines[0]!)).toEqual({ jobid: 'running', 'request-id': 'sp-9' });
  expect(desk.asked.find(({ kind }) => kind === 'stop')).toEqual({
    kind: 'stop',
    jobId: 'running',
    savepointId: 'sp-9',
    drain: true,
  });
  const over = await run('stop', 'finished');
  expect([over.code, over.complaints[0]]).toEqual([1, expect.stringContaining('FINISHED')]);
});

test('a job that waits for slots is listed as such', async () => {
  const reason = { kind: 'slots-missing', needed: 3, held: 1, free: 0, total: 1 } as const;
  const line = { ...detailsOf('waiting', 'RUNNING'), reason, changedAt: 0 };
  desk.instead.set('list', {
    kind: 'jobs',
    jobs: [{ ...line, tasks: { ...createExecutionTimes(), RUNNING: 1, CREATED: 4 } }],
  });
  expect((await run('list')).lines[1]).toMatch(/^waiting +.* RUNNING +1\/5, waits for 2 slots +\d{4}-/);
});

test('what code of a job threw is shown with its frames', async () => {
  const { lines } = await run('show', 'failed');
  const at = lines.findIndex((line) => line.startsWith('last failure'));
  expect(lines.slice(at, at + 3)).toEqual([
    expect.stringMatching(/^last failure \S+ "lines" 1\/2, attempt 1: boom$/),
    '               Caused by: RangeError: boom!',
    '               at split (job.ts:7:3)',
  ]);
});

test('a cancellation waits for the end, and one that comes too late is refused', async () => {
  expect(await run('cancel', 'cancelled')).toMatchObject({ code: 0, lines: [expect.stringContaining('is CANCELED')] });
  expect(await run('cancel', 'finished')).toMatchObject({
    code: 1,
    complaints: ['millrace: Job finished cannot be cancelled: it is FINISHED already'],
  });
});

test('a checkpoint is taken under the id that was given, and told by its number', async () => {
  const done = await run('checkpoint', 'running', '--trigger-id', 't-1');
  expect(done).toEqual({ code: 0, lines: ['checkpoint 7 of job running is completed'], complaints: [] });
  expect(desk.asked).toContainEqual({ kind: 'take-checkpoint', jobId: 'running', triggerId: 't-1' });
  const { lines } = await run('checkpoint', 'running', '--json');
  expect(JSON.parse(lines[0]!)).toEqual({ jobid: 'running', checkpointId: 7 });
  const away = await run('checkpoint', 'running', '--trigger-id', 't-2', '--detached');
  expect(away.lines).toEqual(['the checkpoint of job running is on its way, as t-2']);
  const failed = await run('checkpoint', 'finished');
  expect([failed.code, failed.complaints[0]]).toEqual([1, expect.stringContaining('needs all its tasks to run')]);
});

test('a cancellation with a savepoint is one request, which tells both', async () => {
  const ends = { status: 'CANCELED', reason: null, savepointId: null, retainedCheckpoint: null } as const;
  desk.instead.set('status', { kind: 'job', ...ends });
  const { code, lines } = await run('cancel', 'running', '--with-savepoint', '--savepoint-id', 'sp-1');
  expect([code, lines[0], lines[1]]).toEqual([
    0,
    'savepoint millrace:running/sp-1',
    expect.stringContaining('CANCELED'),
  ]);
  expect(desk.asked).toContainEqual({ kind: 'savepoint-and-cancel', jobId: 'running', savepointId: 'sp-1' });
  const failed = await run('cancel', 'finished', '--with-savepoint');
  expect([failed.code, failed.complaints[0]]).toEqual([
    1,
    expect.stringContaining('the savepoint of job finished failed'),
  ]);
  await expect(run('cancel', 'running', '--savepoint-id', 'sp-1')).rejects.toThrow('--with-savepoint');
});

test('the savepoint of a job is shown, and counts as its latest checkpoint where it is', async () => {
  desk.taken.set('saved', 'COMPLETED');
  const shown = (await run('show', 'running')).lines;
  expect(shown.find((line) => line.startsWith('savepoint'))).toBe('savepoint    millrace:running/saved');
  expect(shown.find((line) => line.startsWith('checkpoints'))).toContain('the latest is 4, ');
  const only = {
    id: 9,
    state_size: 7,
    end_to_end_duration: 1,
    is_savepoint: true,
    'savepoint-location': 'millrace:a/b',
  };
  const told = tellJob(
    { vertices: [], reason: null } as never,
    { counts: {}, latest: { completed: null, savepoint: only } } as never,
    null,
  );
  expect(told[1]).toContain('the latest is 9, a savepoint, 7 bytes');
});

test('a rescaling names operators', async () => {
  expect((await run('rescale', 'running', 'count=3')).code).toBe(0);
  expect(desk.asked.at(-1)).toMatchObject({ kind: 'rescale', parallelism: [{ operator: 'count', parallelism: 3 }] });
  await expect(run('rescale', 'running', 'count=x')).rejects.toThrow(
    'count=x: expected an operator and its number of subtasks',
  );
});

test('a TaskManager is drained, by its address or its name, and taken back', async () => {
  setTimeout(() => desk.drained.set(TASK_MANAGER, 'DRAINED'), 50);
  expect(await run('drain', TASK_MANAGER)).toMatchObject({
    code: 0,
    lines: [`${TASK_MANAGER} is drained: nothing runs there`],
  });
  expect(await run('undrain', 'tm-1')).toMatchObject({ code: 0, lines: [`${TASK_MANAGER} is used again`] });
  expect(desk.drained.size).toBe(0);
  const detached = await run('drain', TASK_MANAGER, '--detached');
  expect(detached.lines).toEqual([`${TASK_MANAGER} is being drained: 2 of its slots are not free yet`]);
  setTimeout(() => desk.drained.clear(), 50);
  expect(await run('drain', TASK_MANAGER)).toMatchObject({
    code: 1,
    complaints: [`millrace: ${TASK_MANAGER} was taken back while it was drained`],
  });
  expect(await run('undrain', '10.0.0.9:1')).toMatchObject({
    code: 0,
    lines: ['10.0.0.9:1 is used again when it is back'],
  });
  expect((await run('drain', 'tm-9')).complaints).toEqual([
    `millrace: there is no TaskManager tm-9: tm-1 (${TASK_MANAGER})`,
  ]);
  expect((await run('drain', '10.0.0.9:1')).complaints).toEqual(['millrace: No TaskManager 10.0.0.9:1 is registered']);
  expect(JSON.parse((await run('undrain', TASK_MANAGER, '--json')).lines[0]!)).toEqual({
    taskmanager: TASK_MANAGER,
    status: 'IN_SERVICE',
    reason: null,
  });
});

test('a savepoint of which the next JobManager knows nothing is asked for again under its id, and its end is told', async () => {
  const asked = (): number => desk.asked.filter(({ kind }) => kind === 'savepoint').length;
  const reason = { kind: 'savepoint-failed', reason: { kind: 'expired', missing: [] } } as const;
  desk.instead.set('savepoint', { kind: 'refused', reason });
  vi.spyOn(gateway, 'operation').mockReturnValueOnce(null); // it was begun at another one
  const failed = await run('savepoint', 'running', '--savepoint-id', 'noon');
  expect([failed.code, asked()]).toEqual([1, 2]);
  expect(failed.complaints).toEqual([expect.stringContaining('the savepoint of job running failed: ')]);

  desk.instead.clear();
  desk.instead.set('savepoint', { kind: 'savepoint', status: 'UNKNOWN', metadata: null }); // of which nothing is left
  vi.spyOn(gateway, 'operation').mockReturnValue(null);
  const begun = vi.spyOn(gateway, 'begin');
  const unknown = await run('savepoint', 'running', '--savepoint-id', 'late');
  expect([unknown.code, begun.mock.calls.length]).toEqual([1, 4]);
  expect(unknown.complaints).toEqual([
    expect.stringMatching(/no savepoint operation late of job running, which is RUNNING/),
  ]);
});

test('the job of a file is uploaded and submitted, and can be waited for', async () => {
  folder.write(
    'job.mjs',
    `import { defineJob } from 'millrace';
export const job = defineJob('numbers', (env) =>
  env.fromSource('numbers', { topic: 'numbers', splits: 1 }).sinkTo('out', { sink: 'out' }));`,
  );
  const told = await run('submit', folder.path('job.mjs'), '--job-id', 'finished', '--wait');
  expect(told).toMatchObject({ code: 0, lines: ['the finished job, job finished, is FINISHED'] });
  const submitted = desk.asked.find((request) => request.kind === 'submit')!;
  expect(submitted).toMatchObject({ jobId: 'finished', graph: { name: 'numbers' } });
  expect(submitted).toMatchObject({ artifact: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect((await run('submit', folder.path('job.mjs'), '--job-id', 'failed', '--wait')).code).toBe(1);

  expect((await run('submit', folder.path('job.mjs'), '--job-id', 'running')).lines).toEqual([
    'numbers is submitted, as job running',
  ]);
  const missing = { kind: 'slots-missing', needed: 4, held: 0, free: 2, total: 2 } as const;
  desk.instead.set('details', { kind: 'details', ...detailsOf('running', 'RUNNING'), reason: missing });
  expect((await run('submit', folder.path('job.mjs'), '--job-id', 'running')).lines).toEqual([
    'numbers is submitted, as job running',
    'not all of it runs yet: slots are missing: it needs 4 and holds 0, of 2 in the cluster 2 are free',
  ]);
  const json = (await run('submit', folder.path('job.mjs'), '--job-id', 'running', '--json')).lines[0] ?? '';
  expect(JSON.parse(json)).toEqual({ jobid: 'running', name: 'numbers', waitsFor: expect.stringContaining('slots') });
  await expect(run('submit', folder.path('none.mjs'))).rejects.toThrow(UsageError);
  await expect(run('submit', folder.path('job.mjs'), '--claim')).rejects.toThrow(
    '--from-savepoint LOCATION names none',
  );
});

test('each address is tried, and nobody who answers is told with what was tried, for how long', async () => {
  expect((await run('list', '--rest', 'http://127.0.0.1:1', '--rest', server.url)).code).toBe(0);
  const { code, complaints } = await run('list', '--rest', 'http://localhost:2', '--timeout', '0.2');
  expect([code, complaints[0]]).toEqual([
    3,
    expect.stringMatching(/^millrace: the cluster cannot be reached: tried http:\/\/localhost:2 \(.+\) for 0\.\d+ s$/),
  ]);
  desk.isSilent = true;
  const silent = await run('list', '--timeout', '0.2');
  expect([silent.code, silent.complaints[0]]).toEqual([3, expect.stringContaining('No leader has answered')]);
});

test('without the token nothing is changed', async () => {
  folder.write('other-token', 'x');
  const refused = await run('cancel', 'running', '--token-file', folder.path('other-token'));
  expect([refused.code, refused.complaints[0]]).toEqual([
    1,
    expect.stringContaining('This is not the token of the cluster'),
  ]);
  expect(desk.asked.some(({ kind }) => kind === 'cancel')).toBe(false);
});

test('what is wrong with the command line is one sentence', async () => {
  await expect(run('cancel')).rejects.toThrow('cancel needs JOB');
  await expect(run('list', 'more')).rejects.toThrow('"more" belongs to no option of list');
  await expect(run('list', '--timeout', 'x')).rejects.toThrow('--timeout x: expected seconds');
  for (const rest of ['ftp://x', 'foo', 'foo:', 'foo:bar', 'foo:99999', 'a b:1', 'http://', 'http://foo:bar'])
    await expect(run('list', '--rest', rest)).rejects.toThrow(
      `--rest ${rest}: expected the address of a JobManager, as in http://127.0.0.1:8081`,
    );
  expect((await run('list', '--rest', new URL(server.url).host)).code).toBe(0);
  const nowhere = folder.path('nowhere');
  await expect(clientCommand('list', ['--cluster', nowhere], {} as never)).rejects.toThrow(
    'no JobManager answers REST in',
  );
});

test.each(Object.keys(clientCommands) as ClientCommandName[])('%s --help tells its options and exit codes', (name) => {
  const help = clientHelp(name);
  for (const { name: option } of clientCommands[name].options) expect(help).toContain(`--${option}`);
  expect(help).toMatch(/^Exit codes\n {2}0 {3}done$/m);
});
