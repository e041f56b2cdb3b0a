// Job files, and scenarios of jobs that name URLs, where no TaskManager opens them: the same bytes are input, URLs become names.
import { expect, test } from 'vitest';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import { loadAnyScenario, type LoadedJob } from '../../../src/cli/scenario/scenario-file.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';

const folder = temporaryFolder();
let files = 0;

async function load(text: string): Promise<LoadedJob> {
  const file = `job-${(files += 1)}.ts`; // a module is loaded once
  folder.write(file, `import { defineJob, defineScenario } from 'millrace/scenario';\n${text}`);
  const loaded = await loadAnyScenario(folder.path(file));
  if (loaded.kind !== 'job') throw new Error(loaded.kind);
  return loaded;
}

const inputOf = ({ scenario, topics }: LoadedJob): unknown => scenario.input({ data: topics, pick: () => 0, times: 1 });

const copies = (topic: string, settings = 'splits: 2', sink = 'jsonl:out'): string =>
  `defineJob('copies_1', (env) => env.fromSource('rows', { topic: ${JSON.stringify(topic)}, ${settings} }).sinkTo('out', { sink: ${JSON.stringify(sink)} }), { parallelism: 3 })`;

test('a job file is a scenario: the bytes of its file, a cluster with room for it, faults, and a reference', async () => {
  folder.write('rows.csv', 'a,b\r\n1,"x\ny"\r\n2,z\r\n3,\r\n');
  const loaded = await load(`export const job = ${copies('csv:rows.csv?numbers=a')};`);
  const { scenario } = loaded;
  expect(inputOf(loaded)).toEqual({
    'csv-rows.csv-numbers-a': {
      splits: [
        [
          { a: 1, b: 'x\ny' },
          { a: 3, b: '' },
        ],
        [{ a: 2, b: 'z' }],
      ],
    },
  });
  expect(scenario).toMatchObject({
    name: 'copies-1',
    cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
    reference: true,
    job: { graph: { operators: [{ topic: 'csv-rows.csv-numbers-a', recordsPerSecond: 1 }, { sink: 'jsonl-out' }] } },
  });
  expect(scenario.faults['tm-crash']).toBeGreaterThan(0);
});

test.each<[string, string, readonly (readonly unknown[])[]]>([
  ['jsonl:rows', '1\n\n[2]\n', [[1], [[2]]]],
  ['file:rows?follow', 'a\nb\nhalf', [['a'], ['b']]],
  [
    'generator:?count=5&from=7',
    '',
    [
      [7, 9, 11],
      [8, 10],
    ],
  ],
])('%s', async (topic, content, splits) => {
  folder.write('rows', content);
  const topics = Object.values(inputOf(await load(`export const job = ${copies(topic)};`)) as object);
  expect(topics).toEqual([{ splits }]);
});

test('what never ends has so many records, and a rate that is said stays', async () => {
  const loaded = await load(`export const job = ${copies('generator:', 'splits: 1, recordsPerSecond: 7')};`);
  const [topic] = Object.values(inputOf(loaded) as Record<string, { splits: unknown[][] }>);
  expect([topic?.splits[0]?.length, topic?.splits[0]?.at(-1)]).toEqual([200, 199]);
  expect((loaded.scenario.job as JobDefinition).graph.operators[0]).toMatchObject({ recordsPerSecond: 7 });
});

test.each<[string, RegExp]>([
  [
    copies('tcp://localhost:1', 'splits: 1'),
    /job-\d+\.ts: source "rows" reads tcp:\/\/localhost:1, of which nothing is there before a run: export a scenario with this job, whose input has "tcp:\/\/localhost:1"$/,
  ],
  [copies('kafkaish:topic'), /source "rows" reads kafkaish:topic, of which nothing is there before a run/],
  [copies('rows'), /source "rows" reads the topic "rows", which is no file: export a scenario/],
  [copies('csv:none.csv'), /job-\d+\.ts: source "rows": there is no file .*none\.csv$/],
  [copies('generator:?count=3000000'), /it has more than 1000000 records, which are too many for the simulator/],
  [copies('jsonl:broken'), /job-\d+\.ts: source "rows": .*broken, line 1: no JSON/],
  [copies('jsonl:ids'), /job-\d+\.ts: .*ids, line 2: no double holds 9007199254740993 at \.author\.id exactly/],
])('%s is refused', async (job, sentence) => {
  folder.write('ids', '{"author":{"id":9007199254740992}}\n{"author":{"id":9007199254740993}}\n');
  folder.write('broken', 'x\n');
  await expect(load(`export const job = ${job};`)).rejects.toThrow(sentence);
});

const scenarioWith = (job: string, input: string): string =>
  `export const scenario = defineScenario({ name: 'x', about: 'x', cluster: { jobManagers: 1, taskManagers: 3, slotsPerTaskManager: 1 },
   job: ${job}, input: () => (${input}), faults: {}, reference: true });`;

test('a scenario gives what a socket or a scheme of the job would, under its URL; files it may give or leave', async () => {
  folder.write('rows', '1\n2\n');
  const socket = await load(
    scenarioWith(copies('tcp://localhost:1', 'splits: 1'), `{ 'tcp://localhost:1': { splits: [['a']] } }`),
  );
  expect(inputOf(socket)).toEqual({ 'tcp-localhost-1': { splits: [['a']] } });
  const left = await load(scenarioWith(copies('jsonl:rows'), '{ more: { splits: [[3]] } }'));
  expect(inputOf(left)).toEqual({ 'jsonl-rows': { splits: [[1], [2]] }, more: { splits: [[3]] } });
});

test('what it does not give is told', async () => {
  const loaded = await load(scenarioWith(copies('tcp://localhost:1', 'splits: 1'), '{}'));
  expect(() => inputOf(loaded)).toThrow('it gives no topic "tcp://localhost:1", which source "rows" reads');
});

test('two URLs that look alike get two names, and one URL one', async () => {
  folder.write('a/b', '1\n');
  folder.write('a-b', '2\n');
  const loaded = await load(`export const job = defineJob('j', (env) => {
    const from = (id: string, topic: string) => env.fromSource(id, { topic, splits: 1 });
    from('x', 'jsonl:a/b').union(from('y', 'jsonl:a-b'), from('z', 'jsonl:a/b')).sinkTo('out', { sink: 'jsonl:a/b' });
  });`);
  expect(inputOf(loaded)).toEqual({ 'jsonl-a-b': { splits: [[1]] }, 'jsonl-a-b-2': { splits: [[2]] } });
});
