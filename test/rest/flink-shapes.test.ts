// Each answer against what a real Flink 2.3 answered: `flink-shapes.jsonl` has the fields and JSON types of its answers, one a line, made from recorded ones. In it
// `name?` is a field that some items lack, `*` stands for keys that are ids, `a|b` for either type, `{"?": …}` for null or that. All of it must be here, of the
// same type; what is not here, or answered otherwise, stands below with its reason.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { vertexIdOf } from '../../src/rest/rest-ids.ts';
import { routes } from '../../src/rest/routes/routes.ts';
import { mismatch } from '../../src/rest/schema.ts';
import { createApp } from '../../src/rest/server.ts';
import { detailsOf, FakeDesk, fakeGateway, JOBS, TASK_MANAGER } from './fake-desk.ts';

type Shape = string | readonly Shape[] | { readonly [field: string]: Shape };

interface Recorded {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly shape: Shape;
}

const recorded = readFileSync(new URL('flink-shapes.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

/** Answers that are like another recording, with the reason. */
const LIKE: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['cancelled-vertex0-backpressure', ['finished-vertex0-backpressure', 'of a task that is over nothing is known']],
]);

/** Where the status is another one. */
const OTHER_STATUS: ReadonlyMap<string, readonly [number, string]> = new Map([
  ['error-1', [404, 'any word may be the id of a job']],
  ['error-8', [404, 'any word may be the id of a job']],
  ['running-resource-requirements', [404, 'parallelism is changed by PATCH /jobs/:jobid/rescaling']],
  ['error-5', [404, 'what is not there is 404 everywhere']],
  ['error-7', [404, 'what is not there is 404 everywhere']],
  ['error-savepoint-unknown', [404, 'a savepoint needs no directory']],
  ['error-stop-unknown', [404, 'a savepoint needs no directory']],
  ['stop-finished-job', [409, 'a savepoint needs no directory']],
  ['stop-kebab-field', [202, 'a savepoint needs no directory']],
  ['savepoint-trigger-no-body', [202, 'a savepoint needs no directory']],
  ['savepoint-trigger-no-directory', [202, 'a savepoint needs no directory']],
  ['savepoint-trigger-unknown-field', [202, 'a savepoint needs no directory']],
]);

const BODIES: ReadonlyMap<string, object> = new Map<string, object>([
  ['savepoint-trigger-bad-format', { formatType: 'X' }],
  ['savepoint-disposal', { 'savepoint-path': 'millrace:running/s' }],
  ['savepoint-trigger-unknown-field', { foo: 1 }],
]);

/** The job that a recording is about, by how its name begins. */
function jobOf(name: string): string {
  if (/error|unknown/.test(name) && !name.includes('unknown-request') && !name.includes('unknown-field'))
    return 'nothing';
  const begin = [...JOBS.keys()].find((id) => name.startsWith(id));
  if (begin !== undefined) return begin;
  if (/(cancel|stop|savepoint)-finished/.test(name)) return 'finished';
  if (/(cancel|savepoint)-cancelled/.test(name)) return 'cancelled';
  return name === 'stop-status' ? 'stopped' : 'running';
}

const { vertices } = detailsOf('running', 'RUNNING');

function pathOf({ name, path }: Recorded, trigger: string): string {
  const vertex = vertexIdOf((name.includes('vertex1') ? vertices.at(-1) : vertices[0])!.id);
  return path
    .replace('/jobs/:id', `/jobs/${jobOf(name)}`)
    .replace('/vertices/:id', `/vertices/${vertex}`)
    .replace('/subtasks/:id', `/subtasks/${vertex}`)
    .replace('/savepoints/:id', `/savepoints/${trigger}`)
    .replace('/checkpoints/:id', `/checkpoints/${trigger}`)
    .replace('/savepoint-disposal/:id', `/savepoint-disposal/${trigger}`)
    .replace(':checkpoint', '4')
    .replace('/taskmanagers/:id', `/taskmanagers/${TASK_MANAGER}`);
}

interface Asking {
  readonly app: ReturnType<typeof createApp>;
  readonly desk: FakeDesk;
}

function ask({ app }: Asking, method: string, path: string, body?: object): Promise<Response> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return Promise.resolve(app.request(`http://127.0.0.1:8081${path}`, { ...init, headers: { host: '127.0.0.1:8081' } }));
}

/** What has to be there before it can be asked for, and its id. */
async function prepare(asking: Asking, name: string): Promise<string> {
  const { desk } = asking;
  if (name === 'stop-status') return 'stop-1';
  if (name.includes('unknown-request')) return 'never';
  if (name === 'savepoint-status-in-progress') desk.taken.set('s', 'IN_PROGRESS');
  if (name === 'savepoint-status-completed' || name === 'savepoint-cancel-status') desk.taken.set('s', 'COMPLETED');
  if (name === 'checkpoint-trigger-status') desk.triggered.set('s', 84);
  if (name === 'savepoint-disposal-status') return beginDisposal(asking);
  if (name === 'savepoint-status-failed')
    desk.instead.set('savepoint', {
      kind: 'refused',
      reason: { kind: 'savepoint-failed', reason: { kind: 'expired', missing: [] } },
    });
  if (name === 'savepoint-status-failed' || name === 'savepoint-cancelled-job-status')
    await ask(asking, 'POST', `/jobs/${jobOf(name)}/savepoints`, { triggerId: 's' });
  return 's';
}

async function beginDisposal(asking: Asking): Promise<string> {
  const begun = await ask(asking, 'POST', '/savepoint-disposal', { 'savepoint-path': 'millrace:running/s' });
  return ((await begun.json()) as { readonly 'request-id': string })['request-id'];
}

/** Fields of Flink that are not there, or of another type, with their paths. */
function missing(shape: Shape, value: unknown, path: string): readonly string[] {
  if (shape === 'null') return []; // of what type it is otherwise was not seen
  if (typeof shape === 'string')
    return shape.split('|').includes(typeOf(value)) ? [] : [`${path} is ${typeOf(value)}, not ${shape}`];
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${path} is ${typeOf(value)}, not a list`];
    return shape.length === 0 ? [] : value.flatMap((item) => missing(shape[0] as Shape, item, `${path}[]`));
  }
  const fields = shape as Readonly<Record<string, Shape>>;
  if ('?' in fields) return value === null ? [] : missing(fields['?'], value, path);
  if (typeof value !== 'object' || value === null) return [`${path} is ${typeOf(value)}, not an object`];
  if ('*' in fields) return Object.values(value).flatMap((item) => missing(fields['*']!, item, `${path}.*`));
  return Object.entries(fields).flatMap(([field, inner]) => {
    const name = field.replace(/\?$/, '');
    if (Object.hasOwn(value, name)) return missing(inner, (value as Record<string, unknown>)[name], `${path}.${name}`);
    return field.endsWith('?') ? [] : [`${path}.${name} is not there`];
  });
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' || value === 'NaN') return 'number';
  return typeof value === 'boolean'
    ? 'flag'
    : typeof value === 'string'
      ? 'text'
      : Array.isArray(value)
        ? 'a list'
        : 'an object';
}

test.each(recorded)('$name: $method $path', async (one) => {
  const desk = new FakeDesk();
  const guard = { token: null, isLoopback: true };
  const asking = { app: createApp(fakeGateway(desk).gateway, guard, () => {}), desk };
  const trigger = await prepare(asking, one.name);
  const { method, name } = one;
  const body = method === 'GET' || method === 'PATCH' ? undefined : (BODIES.get(name) ?? {});
  const answer = await ask(asking, method, pathOf(one, trigger), body);
  const told: unknown = await answer.json();
  const [status] = OTHER_STATUS.get(name) ?? [one.status];
  expect([answer.status, told]).toEqual([status, told]);
  const { shape } = recorded.find((other) => other.name === LIKE.get(name)?.[0]) ?? one;
  if (status >= 400 || one.status < 400) expect(missing(shape, told, one.path)).toEqual([]);
  if (/^(running|backpressured|taskmanager|jobmanager).*metrics/.test(name)) expect(told).not.toEqual([]);
});

test.each(recorded.filter(({ name, status }) => status < 400 && !OTHER_STATUS.has(name)))(
  '$name: the answer is what its schema says, with no field besides',
  async (one) => {
    const desk = new FakeDesk();
    const asking = { app: createApp(fakeGateway(desk).gateway, { token: null, isLoopback: true }, () => {}), desk };
    const trigger = await prepare(asking, one.name);
    const path = pathOf(one, trigger);
    const body = one.method === 'GET' || one.method === 'PATCH' ? undefined : (BODIES.get(one.name) ?? {});
    const told: unknown = await (await ask(asking, one.method, path, body)).json();
    const fits = routes.filter((route) => route.method === one.method && isOf(route.path, path.split('?')[0]!));
    expect(mismatch(fits[0]!.answer.json, told, true)).toBeNull();
  },
);

function isOf(pattern: string, path: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/:[a-z]+/g, '[^/]+')}$`).test(path);
}

test('what is said to be different is in the recordings', () => {
  const names = recorded.map(({ name }) => name);
  for (const name of [...LIKE.keys(), ...OTHER_STATUS.keys(), ...BODIES.keys()]) expect(names).toContain(name);
  expect(recorded.length).toBe(149);
});
