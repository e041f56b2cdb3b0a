// What REST adds to the table of routes: who may ask, what a body may be, what is refused with which status, and operations that end behind their answer.
import { expect, test } from 'vitest';
import { routes } from '../../src/rest/routes/routes.ts';
import { createApp, UPLOAD_BYTES_MAX } from '../../src/rest/server.ts';
import { sampleGraph } from '../core/jobmanager/sample-job.ts';
import { createExecutionTimes } from '../../src/core/protocol/overview.ts';
import { ARTIFACT, detailsOf, FakeDesk, fakeGateway, HASH, NOW, TASK_MANAGER } from './fake-desk.ts';

const TOKEN = 'geheim';

interface Given {
  readonly token?: string | null;
  readonly isLoopback?: boolean;
  /** Of a JobManager that was there before. */
  readonly desk?: FakeDesk;
}

function serve({ token = TOKEN, isLoopback = true, desk = new FakeDesk() }: Given = {}) {
  const { gateway, kept } = fakeGateway(desk);
  const complaints: string[] = [];
  const app = createApp(gateway, { token, isLoopback }, (line) => complaints.push(line));
  const ask = async (method: string, path: string, init: RequestInit = {}, headers: Record<string, string> = {}) => {
    const all = { host: '127.0.0.1:8081', ...headers };
    const answer = await app.request(`http://127.0.0.1:8081${path}`, { method, ...init, headers: all });
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') === true; // logs are text
    const told = (isJson ? await answer.json() : { text: await answer.text() }) as Record<string, unknown>;
    return { status: answer.status, told };
  };
  const change = (method: string, path: string, body?: unknown) =>
    ask(method, path, body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }, {
      authorization: `Bearer ${TOKEN}`,
    });
  return { desk, kept, ask, change, complaints };
}

const errorsOf = ({ told }: { readonly told: Record<string, unknown> }): readonly string[] =>
  told['errors'] as string[];

test('on loopback whoever asks may read; only who has the token may change', async () => {
  const { ask, change, desk } = serve();
  expect((await ask('GET', '/jobs')).status).toBe(200);
  for (const route of routes.filter(({ method }) => method !== 'GET')) {
    const before = desk.asked.length;
    const refused = await ask(route.method, route.path.replaceAll(/:[a-z]+/g, 'x'));
    expect([route.path, refused.status]).toEqual([route.path, 401]);
    expect(errorsOf(refused)).toHaveLength(1);
    expect(desk.asked.length).toBe(before);
  }
  const wrong = await ask('PATCH', '/jobs/running', {}, { authorization: 'Bearer falsch' });
  expect(wrong.status).toBe(401);
  expect((await change('PATCH', '/jobs/running')).status).toBe(202);
});

test('elsewhere all needs the token, and an open one none', async () => {
  const elsewhere = serve({ isLoopback: false });
  expect((await elsewhere.ask('GET', '/jobs')).status).toBe(401);
  expect((await elsewhere.ask('GET', '/jobs', {}, { authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  const open = serve({ token: null });
  expect((await open.ask('PATCH', '/jobs/running')).status).toBe(202);
});

test('what code of a job threw is told with its vertex first, and below it where it threw', async () => {
  const { ask } = serve();
  const { told } = await ask('GET', '/jobs/failed/exceptions');
  const { entries } = told['exceptionHistory'] as { readonly entries: readonly Record<string, unknown>[] };
  const text = '"lines" 1/2, attempt 1: boom\nCaused by: RangeError: boom!\n\tat split (job.ts:7:3)';
  expect(entries[0]).toMatchObject({ exceptionName: 'millrace.user-code', stacktrace: text });
  const result = await ask('GET', '/jobs/failed/execution-result');
  expect(result.told).toMatchObject({ 'job-execution-result': { 'failure-cause': { 'stack-trace': text } } });
  expect((await ask('GET', '/jobs/failed')).told).toMatchObject({ reason: '"lines" 1/2, attempt 1: boom' });
});

test('of output that its sink does not know any more it is told where to read what became of it', async () => {
  const { ask, desk } = serve();
  const attempt = { jobId: 'failed', vertex: 0, subtask: 0, attempt: 2 };
  const cause = (refusal: 'unknown-transaction' | 'fenced') =>
    ({ kind: 'execution-failed', attempt, reason: { kind: 'sink-refused', sink: 'out', refusal } }) as const;
  const reason = { kind: 'recovery-suppressed', refusal: { kind: 'no-restarts' }, cause: cause('unknown-transaction') };
  desk.instead.set('details', { kind: 'details', ...detailsOf('failed', 'FAILED'), reason } as never);
  expect((await ask('GET', '/jobs/failed')).told['reason']).toMatch(/output of the job is gone .* logs --level error/);
  const exceptions = (['unknown-transaction', 'fenced'] as const).map((refusal) => ({
    timestamp: 1,
    cause: cause(refusal),
    task: null,
    taskManager: null,
    concurrent: [],
  }));
  desk.instead.set('exceptions', { kind: 'exceptions', jobId: 'failed', exceptions, truncated: false });
  const { told } = await ask('GET', '/jobs/failed/exceptions');
  const { entries } = told['exceptionHistory'] as { readonly entries: readonly { readonly stacktrace: string }[] };
  expect(entries.map(({ stacktrace }) => stacktrace.includes('logs --level error'))).toEqual([true, false]);
});

test('a list tells which jobs wait for slots', async () => {
  const { ask, desk } = serve();
  const reason = { kind: 'slots-missing', needed: 4, held: 1, free: 0, total: 1 } as const;
  const jobs = ['slots-missing', 'job-rescaled'].map((kind) => ({
    ...detailsOf(kind, 'RUNNING'),
    reason: kind === 'slots-missing' ? reason : ({ kind: 'job-rescaled' } as const),
    changedAt: 0,
    tasks: createExecutionTimes(),
  }));
  desk.instead.set('list', { kind: 'jobs', jobs });
  const { told } = await ask('GET', '/jobs/overview');
  expect(told['jobs']).toMatchObject([{ 'waits-for-slots': 3 }, { 'waits-for-slots': null }]);
});

test('pages of other origins, and names that were rebound, are refused', async () => {
  const { ask } = serve();
  const status = async (headers: Record<string, string>) => (await ask('GET', '/jobs', {}, headers)).status;
  expect(await status({ host: 'evil.example' })).toBe(403);
  expect(await status({ host: 'localhost:9' })).toBe(200);
  expect(await status({ host: '[::1]:8081' })).toBe(200);
  expect(await status({ origin: 'http://evil.example' })).toBe(403);
  expect(await status({ origin: 'null' })).toBe(403);
  expect(await status({ origin: 'http://127.0.0.1:8081' })).toBe(200);
});

test('no endpoint that is read changes anything', async () => {
  const { ask, desk } = serve();
  for (const { path } of routes.filter(({ method }) => method === 'GET'))
    await ask('GET', path.replace(':jobid', 'running').replaceAll(/:[a-z]+/g, '1'));
  const wishes = ['submit', 'cancel', 'stop', 'rescale', 'savepoint', 'dispose', 'remove', 'drain', 'undrain'];
  expect(desk.asked.filter(({ kind }) => wishes.includes(kind))).toEqual([]);
});

test.each([
  ['{', /^The body is no JSON: /],
  ['[]', /the body is \[\], and should be an object/],
  ['{"drain":"yes"}', /drain is "yes", and should be true or false/],
  ['{"formatType":"X"}', /formatType is "X", and should be "CANONICAL" or "NATIVE"/],
  ['{"triggerId":"../x"}', /triggerId is "\.\.\/x", and should be an id/],
])('a body %s is refused with one sentence, and nothing is changed', async (body, sentence) => {
  const { change, desk } = serve();
  const refused = await change('POST', '/jobs/running/stop', body);
  expect(refused.status).toBe(400);
  expect(errorsOf(refused)[0]).toMatch(sentence);
  expect(desk.asked).toEqual([]);
});

test('a body that is too long is refused', async () => {
  const { change } = serve();
  const refused = await change('POST', '/jobs/running/stop', `{"x":"${'x'.repeat(9_000_000)}"}`);
  expect(refused.status).toBe(413);
  expect(UPLOAD_BYTES_MAX).toBeGreaterThan(9_000_000);
});

test('nobody who leads is 503, with the time that was waited', async () => {
  const { ask, desk } = serve();
  desk.isSilent = true;
  const refused = await ask('GET', '/jobs');
  expect([refused.status, errorsOf(refused)[0]]).toEqual([
    503,
    'No leader has answered for 10000 ms: it is being elected, or cannot be reached.',
  ]);
});

test('an error of the gateway itself is 500, and a line of the log', async () => {
  const { ask, desk, complaints } = serve();
  desk.instead.set('list', { kind: 'checkpoint', jobId: 'x', checkpointId: 1, checkpoint: null });
  expect((await ask('GET', '/jobs')).status).toBe(500);
  expect(complaints).toHaveLength(1);
});

test('a savepoint is begun, asked for by its id, and its failure is remembered', async () => {
  const { ask, change, desk } = serve();
  const begun = await change('POST', '/jobs/running/savepoints', { triggerId: 'sp-1' });
  expect(begun).toMatchObject({ status: 202, told: { 'request-id': 'sp-1' } });
  expect((await ask('GET', '/jobs/running/savepoints/sp-1')).told).toEqual({
    status: { id: 'COMPLETED' },
    operation: { location: 'millrace:running/sp-1' },
  });
  await change('POST', '/jobs/finished/savepoints', { triggerId: 'sp-2' });
  const failed = (await ask('GET', '/jobs/finished/savepoints/sp-2')).told['operation'] as Record<string, never>;
  expect(failed['failure-cause']!['stack-trace']).toMatch(/^Job finished: the job is FINISHED/);
  expect((await change('POST', '/jobs/nothing/savepoints', {})).status).toBe(404);
  expect(desk.asked.filter(({ kind }) => kind === 'savepoint')).toHaveLength(2);
});

test('the checkpoint of a savepoint has its location, as long as it is there', async () => {
  const { ask, desk } = serve();
  const locations = async (job: string): Promise<readonly unknown[]> => {
    const { told } = await ask('GET', `/jobs/${job}/checkpoints`);
    return (told['history'] as Record<string, unknown>[])
      .filter((one) => 'savepoint-location' in one)
      .map((one) => [one['id'], one['savepoint-location']]);
  };
  expect(await locations('running')).toEqual([]);
  desk.taken.set('saved', 'COMPLETED'); // whichever JobManager was asked for it
  expect(await locations('running')).toEqual([[3, 'millrace:running/saved']]);
  expect((await ask('GET', '/jobs/running/checkpoints')).told['latest']).toMatchObject({
    savepoint: { id: 3, 'savepoint-location': 'millrace:running/saved' },
  });
  desk.taken.set('saved', 'UNKNOWN'); // it was disposed
  expect(await locations('running')).toEqual([]);
});

test('a savepoint with cancel-job is in progress until its job is cancelled', async () => {
  const { ask, change, desk } = serve();
  desk.taken.set('sp-1', 'COMPLETED');
  desk.waits.add('savepoint-and-cancel');
  const body = { 'cancel-job': true, triggerId: 'sp-1' };
  expect((await change('POST', '/jobs/running/savepoints', body)).status).toBe(202);
  expect((await ask('GET', '/jobs/running/savepoints/sp-1')).told).toEqual({
    status: { id: 'IN_PROGRESS' },
    operation: null,
  });
  desk.release();
  expect((await ask('GET', '/jobs/running/savepoints/sp-1')).told).toEqual({
    status: { id: 'COMPLETED' },
    operation: { location: 'millrace:running/sp-1' },
  });
  await change('POST', '/jobs/running/savepoints', body);
  expect(desk.asked.filter(({ kind }) => kind === 'savepoint-and-cancel')).toHaveLength(1);
});

test('a checkpoint is asked for, and its status is that of its leader, or of this JobManager', async () => {
  const { ask, change, desk } = serve();
  const at = '/jobs/running/checkpoints/t-1';
  expect((await ask('GET', at)).status).toBe(404);
  const begun = await change('POST', '/jobs/running/checkpoints', { checkpointType: 'FULL', triggerId: 't-1' });
  expect(begun).toMatchObject({ status: 202, told: { 'request-id': 't-1' } });
  const completed = { status: { id: 'COMPLETED' }, operation: { checkpointId: 7 } };
  expect((await ask('GET', at)).told).toEqual(completed);
  desk.triggered.clear(); // its leader is another one now
  expect((await ask('GET', at)).told).toEqual(completed);
  expect((await serve({ desk }).ask('GET', at)).status).toBe(404);
  desk.triggered.set('t-1', 8);
  expect((await serve({ desk }).ask('GET', at)).told).toMatchObject({ operation: { checkpointId: 8 } });
  await change('POST', '/jobs/finished/checkpoints', { triggerId: 't-2' });
  const failed = (await ask('GET', '/jobs/finished/checkpoints/t-2')).told['operation'] as Record<string, never>;
  expect(failed['failure-cause']!['stack-trace']).toMatch(/^Job finished: the job is FINISHED/);
  expect((await change('POST', '/jobs/nothing/checkpoints', {})).status).toBe(404);
  expect((await change('POST', '/jobs/running/checkpoints', { checkpointType: 'SMALL' })).status).toBe(400);
});

test('code is uploaded once, carries its job, and is run as often as one likes', async () => {
  const { change, ask, desk, kept } = serve();
  expect(await upload(ask, ARTIFACT)).toEqual({
    status: 200,
    told: { filename: `artifacts/${HASH}.mjs`, status: 'success' },
  });
  expect(kept.get(HASH)).toEqual(new Uint8Array(ARTIFACT));
  expect((await change('POST', '/jars/upload', '{}')).status).toBe(400);
  expect((await ask('GET', '/jars')).told).toEqual({
    address: '',
    files: [{ id: `${HASH}.mjs`, name: 'words.mjs', uploaded: NOW, entry: [{ name: 'words', description: null }] }],
  });

  const run = {
    savepointPath: 'millrace:old/sp',
    claimMode: 'CLAIM',
    jobId: null,
    programArgsList: [],
    parallelism: -1,
  };
  const { told } = await change('POST', `/jars/${HASH}.mjs/run`, run);
  expect(told['jobid']).toMatch(/^[0-9a-f]{32}$/);
  expect(desk.asked.at(-1)).toEqual({
    kind: 'submit',
    jobId: told['jobid'],
    graph: sampleGraph,
    artifact: HASH,
    restore: { jobId: 'old', savepointId: 'sp', allowNonRestoredState: false, claimMode: 'CLAIM' },
  });
  await change('POST', `/jars/${HASH}/run?savepointPath=millrace:old/sp&allowNonRestoredState=true&entry-class=words`);
  expect(desk.asked.at(-1)).toMatchObject({
    restore: { jobId: 'old', savepointId: 'sp', allowNonRestoredState: true, claimMode: 'NO_CLAIM' },
  });
  expect((await change('POST', `/jars/${HASH}/run`, { restoreMode: 'CLAIM' })).status).toBe(200);
  expect(desk.asked.at(-1)).not.toHaveProperty('restore');
  expect((await change('POST', `/jars/${HASH}/run`, { ...run, savepointPath: 'file:/x' })).status).toBe(400);
  expect((await change('POST', `/jars/${'b'.repeat(64)}/run`, run)).status).toBe(404);

  const rejected = { kind: 'rejected', reason: { kind: 'sink-taken', sink: 'out', by: 'other' } } as const;
  const nothing = { savepointId: null, retainedCheckpoint: null };
  desk.instead.set('submit', { kind: 'job', status: 'FAILED', reason: rejected, ...nothing });
  const refused = await change('POST', `/jars/${HASH}/run`, run);
  expect([refused.status, errorsOf(refused)[0]]).toEqual([409, expect.stringContaining('out')]);
  expect((await change('DELETE', `/jars/${HASH}`)).status).toBe(200);
  expect((await ask('GET', '/jars')).told['files']).toEqual([]);
});

async function upload(ask: ReturnType<typeof serve>['ask'], bytes: Uint8Array, name = 'job.jar') {
  const form = new FormData();
  form.append('jarfile', new File([bytes as Uint8Array<ArrayBuffer>], name));
  return ask('POST', '/jars/upload', { body: form }, { authorization: `Bearer ${TOKEN}` });
}

test.each([
  ['PK\u0003\u0004', /^The file job\.jar is an archive, as Java has them, and Millrace runs modules: `millrace bundle/],
  ['export {}', /^The file job\.jar has no job in its first line: `millrace bundle/],
  ['// millrace-job 1 {', /^The file job\.jar has no end of its first line/],
  ['// millrace-job 1 {\n', /^The file job\.jar has no JSON in its first line: /],
  ['// millrace-job 1 {}\n', /^The file job\.jar holds a job that cannot run: /],
  ['', /^The file job\.jar is empty\.$/],
])('an upload of %j is refused', async (text, sentence) => {
  const { ask, kept } = serve();
  const refused = await upload(ask, new TextEncoder().encode(text));
  expect([refused.status, errorsOf(refused)[0]]).toEqual([400, expect.stringMatching(sentence)]);
  expect(kept.size).toBe(0);
});

test.each([
  [{ programArgsList: ['--input', 'x'] }, '', /^Program arguments are not supported/],
  [{}, '?programArg=--input', /^Program arguments are not supported/],
  [{ parallelism: 4 }, '', /^parallelism is not supported: each operator of a job names its own/],
  [{}, '?parallelism=4', /^parallelism is not supported/],
  [{ flinkConfiguration: { a: 'b' } }, '', /^flinkConfiguration is not supported/],
  [
    { entryClass: 'org.example.Main' },
    '',
    /^entryClass is "org\.example\.Main", and the one job of this artifact is "words"/,
  ],
  [{ claimMode: 'LEGACY' }, '', /claimMode is "LEGACY", and should be "CLAIM" or "NO_CLAIM"/],
])('a run with %j%s is refused', async (body, query, sentence) => {
  const { ask, change, desk } = serve();
  await upload(ask, ARTIFACT);
  const refused = await change('POST', `/jars/${HASH}/run${query}`, body);
  expect([refused.status, errorsOf(refused)[0]]).toEqual([400, expect.stringMatching(sentence)]);
  expect(desk.asked).toEqual([]);
});

test('the plan of an artifact is that which its job will have', async () => {
  const { ask, change } = serve();
  await upload(ask, ARTIFACT);
  const { told } = await ask('GET', `/jars/${HASH}.mjs/plan`);
  const plan = told['plan'] as { readonly jid: string; readonly name: string; readonly nodes: readonly object[] };
  expect(plan.jid).toMatch(/^[0-9a-f]{32}$/);
  expect(plan.name).toBe('words');
  expect(plan.nodes).toMatchObject([
    { parallelism: 2, description: 'count<br/>+- out<br/>', inputs: [{ num: 0, ship_strategy: 'HASH' }] },
    { parallelism: 2, description: 'lines<br/>' },
  ]);
  const posted = await change('POST', `/jars/${HASH}/plan`, { jobId: 'f'.repeat(32) });
  expect(posted).toMatchObject({ status: 200, told: { plan: { jid: 'f'.repeat(32), nodes: plan.nodes } } });
  expect((await ask('GET', `/jars/${'b'.repeat(64)}/plan`)).status).toBe(404);
});

test('the Java objects of a client of Flink are refused with what is there in their place', async () => {
  const { change } = serve();
  const refused = await change('POST', '/jobs', 'anything');
  expect([refused.status, errorsOf(refused)[0]]).toEqual([400, expect.stringContaining('millrace bundle')]);
});

test('a rescaling names operators, and is refused where the job cannot have it', async () => {
  const { change, desk } = serve();
  expect((await change('PATCH', '/jobs/running/rescaling', { parallelism: { count: 4 } })).status).toBe(202);
  expect(desk.asked.at(-1)).toEqual({
    kind: 'rescale',
    jobId: 'running',
    parallelism: [{ operator: 'count', parallelism: 4 }],
  });
  expect((await change('PATCH', '/jobs/running/rescaling', { parallelism: {} })).status).toBe(400);
  expect((await change('PATCH', '/jobs/running/rescaling', { parallelism: { count: -1 } })).status).toBe(400);
  expect((await change('PATCH', '/jobs/nothing/rescaling', { parallelism: { count: 4 } })).status).toBe(404);
  desk.instead.set('rescale', {
    kind: 'refused',
    reason: { kind: 'parallelism-invalid', text: 'the job has no operator "x"' },
  });
  expect(errorsOf(await change('PATCH', '/jobs/running/rescaling', { parallelism: { x: 4 } }))[0]).toContain(
    'no operator "x"',
  );
});

test('a TaskManager is drained, told how that stands, and taken back', async () => {
  const { ask, change, desk } = serve();
  const path = `/taskmanagers/${TASK_MANAGER}/drain`;
  const wished = await change('POST', path, {});
  expect([wished.status, wished.told]).toEqual([
    202,
    { status: 'DRAINING', reason: '2 of its slots are not free yet' },
  ]);
  desk.drained.set(TASK_MANAGER, 'DRAINED');
  expect((await ask('GET', path)).told).toEqual({ status: 'DRAINED', reason: null });
  expect((await change('POST', path, {})).told).toEqual({ status: 'DRAINED', reason: null }); // asked again
  expect((await change('DELETE', path, {})).told).toEqual({ status: 'IN_SERVICE', reason: null });
  expect(errorsOf(await change('POST', '/taskmanagers/127.0.0.1:1/drain', {}))).toEqual([
    'No TaskManager 127.0.0.1:1 is registered.',
  ]);
  expect((await change('DELETE', '/taskmanagers/127.0.0.1:1/drain', {})).told).toMatchObject({ status: 'UNKNOWN' });
  expect((await ask('POST', path, {})).status).toBe(401);
});

test('the OpenAPI document has each endpoint, with its parameters and its token', async () => {
  const { told } = await serve().ask('GET', '/openapi.json');
  expect(told['openapi']).toBe('3.1.0');
  const paths = told['paths'] as Record<string, Record<string, { security?: unknown; parameters: { name: string }[] }>>;
  for (const { method, path } of routes) {
    const operation = paths[path.replaceAll(/:([a-z]+)/g, '{$1}')]?.[method.toLowerCase()];
    expect([path, operation !== undefined]).toEqual([path, true]);
    expect(operation!.security !== undefined).toBe(method !== 'GET');
    const names = [...path.matchAll(/:([a-z]+)/g)].map(([, name]) => name);
    expect(operation!.parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  }
});

test('the page is for everybody, its answers are not, and a name that leads elsewhere gets neither', async () => {
  const { gateway } = fakeGateway(new FakeDesk());
  let made = 0;
  const page = async () => ({ html: `<p>${++made}`, policy: "default-src 'none'" });
  const ask = (path: string, isLoopback: boolean, host = '127.0.0.1:8081') =>
    createApp(gateway, { token: TOKEN, isLoopback }, () => {}, page).request(`http://${host}${path}`, {
      headers: { host },
    });
  const told = await ask('/', false);
  expect([told.status, await told.text()]).toEqual([200, '<p>1']);
  expect(told.headers.get('content-security-policy')).toBe("default-src 'none'");
  expect((await ask('/jobs', false)).status).toBe(401);
  expect((await ask('/', true)).status).toBe(200);
  expect((await ask('/', true, 'rebound.example')).status).toBe(403);
});
