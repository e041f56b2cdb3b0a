// Logs over REST: Flink's paths and fields, plain text, and a sentence for what is not there.
import { expect, test } from 'vitest';
import { ANSWERED_BYTES_MAX, logAnswers } from '../../src/net-real/log/log-answers.ts';
import { logsInMemory } from '../../src/net-real/log/kept-logs.ts';
import { formatJson, formatText, type LogRecord } from '../../src/net-real/log/record.ts';
import type { Questions } from '../../src/net-real/questions/desk.ts';
import type { Question } from '../../src/net-real/questions/words.ts';
import { askedLogs } from '../../src/rest/asked-logs.ts';
import { openApiOf } from '../../src/rest/openapi.ts';
import { routes } from '../../src/rest/routes/routes.ts';
import { createApp } from '../../src/rest/server.ts';
import { FakeDesk, fakeGateway, TASK_MANAGER } from './fake-desk.ts';

const records = [1, 2, 3].map((second): LogRecord => ({
  time: `2026-11-30T01:00:0${second}.000Z`,
  level: 'info',
  process: 'jm-1',
  kind: 'process',
  message: `line ${second}`,
}));
const lines = records.map(formatJson);

const ofTaskManager = logAnswers(logsInMemory('tm-1', () => lines.slice(1)));

/** The process that has the logs. */
function questionsTo(answers: Pick<typeof ofTaskManager, 'logs' | 'log'>): Questions {
  const answer = async (_address: string, asked: Question) => {
    if (asked.kind === 'readings') throw new Error('nobody asks for them');
    return asked.kind === 'logs' ? answers.logs(asked) : answers.log(asked);
  };
  return { ask: answer as Questions['ask'] };
}

function serve(questions: Questions = questionsTo(ofTaskManager)) {
  const own = logsInMemory('jm-1', () => lines);
  const { gateway } = fakeGateway(new FakeDesk(), { own, at: (address) => askedLogs(questions, address) });
  const app = createApp(gateway, { token: null, isLoopback: true }, () => {});
  return async (path: string) => {
    const answer = await app.request(`http://127.0.0.1:8081${path}`, { headers: { host: '127.0.0.1:8081' } });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
}

test.each([
  ['/jobmanager', 'jm-1.log', lines],
  [`/taskmanagers/${TASK_MANAGER}`, 'tm-1.log', lines.slice(1)],
])('of %s: a list of files, and each as plain text', async (base, name, all) => {
  const ask = serve();
  const text = all.map((line) => `${line}\n`).join('');
  const listed = await ask(`${base}/logs`);
  expect(JSON.parse(listed.text)).toEqual({
    logs: [{ name, size: text.length, mtime: Date.parse('2026-11-30T01:00:03.000Z') }],
  });
  for (const path of [`${base}/log`, `${base}/logs/${name}`, `/v1${base}/log`])
    expect(await ask(path)).toEqual({ status: 200, type: 'text/plain;charset=UTF-8', text });
  expect((await ask(`${base}/log?lines=1`)).text).toBe(`${lines[2]}\n`);
  expect((await ask(`${base}/logs/${name}?lines=1&format=text`)).text).toBe(`${formatText(records[2]!)}\n`);
});

test('what is not there is 404, with what would be right', async () => {
  const ask = serve();
  const refused = async (path: string) => {
    const { status, text } = await ask(path);
    return [status, (JSON.parse(text) as { readonly errors: readonly string[] }).errors[0]];
  };
  expect(await refused('/jobmanager/stdout')).toEqual([404, 'jm-1 has no log "jm-1.stdout": there is jm-1.log.']);
  expect(await refused('/jobmanager/logs/..%2Frest-token')).toEqual([
    404,
    'jm-1 has no log "../rest-token": there is jm-1.log.',
  ]);
  expect(await refused('/taskmanagers/127.0.0.1:9/log')).toEqual([404, 'No TaskManager 127.0.0.1:9 is registered.']);
  expect(await refused('/jobmanager/log?lines=some')).toEqual([400, expect.stringContaining('lines is "some"')]);
  expect(await refused('/jobmanager/log?format=xml')).toEqual([400, expect.stringContaining('"json" or "text"')]);
  expect(await refused(`/taskmanagers/${TASK_MANAGER}/stdout`)).toEqual([
    404,
    'tm-1 has no log "tm-1.stdout": there is tm-1.log.',
  ]);
});

test('a TaskManager that does not answer is 503, one that cannot read its logs 500, each with a sentence', async () => {
  const path = `/taskmanagers/${TASK_MANAGER}/log`;
  const silent = await serve({ ask: async () => null })(path);
  const sentence = `The process at ${TASK_MANAGER}, where these logs lie, gave no answer within 0.5 s: ask again.`;
  expect([silent.status, JSON.parse(silent.text)]).toEqual([503, { errors: [sentence] }]);
  const broken = await serve(questionsTo(logAnswers(null)))(path);
  expect([broken.status, broken.text]).toEqual([500, expect.stringContaining('the process keeps no logs')]);
});

test('of a long log a TaskManager tells the last whole lines, within the bytes of an answer', async () => {
  const long = Array.from({ length: 40 }, (_, n) => `${n} ${'x'.repeat(9_990)}`);
  const kept = logsInMemory('tm-1', () => long);
  const { text } = await serve(questionsTo(logAnswers(kept)))(`/taskmanagers/${TASK_MANAGER}/log`);
  const all = kept.read('tm-1.log', null)!;
  expect(all.endsWith(`\n${text}`)).toBe(true);
  expect(text.length).toBeLessThanOrEqual(ANSWERED_BYTES_MAX);
  expect(text.length).toBeGreaterThan(ANSWERED_BYTES_MAX - 10_000);
});

test('the document tells that they are plain text', () => {
  const { paths } = openApiOf(routes, '0') as {
    paths: Record<string, { get: { responses: Record<string, unknown> } }>;
  };
  expect(JSON.stringify(paths['/jobmanager/log']?.get.responses['200'])).toContain('text/plain');
  expect(JSON.stringify(paths['/jobmanager/logs']?.get.responses['200'])).toContain('application/json');
});
