// A job file becomes a graph and an artifact that a TaskManager can load; what is wrong with one is a sentence.
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadJobFile } from '../../../src/cli/job/job-file.ts';
import type { JobProgram } from '../../../src/core/graph/functions.ts';
import { artifactFiles } from '../../../src/net-real/artifact-files.ts';
import { keepArtifact } from '../../../src/net-real/artifact-store.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';

const folder = temporaryFolder();

const WORDS = `
import { defineJob } from 'millrace';
import { shout } from './shout.ts';
export const job = defineJob('words', (env) =>
  env.fromSource<string>('words', { topic: 'words', splits: 1 }).map('shout', shout).sinkTo('out', { sink: 'out' }),
);
`;

test('its graph, and a bundle with all that it imports, which a TaskManager loads', async () => {
  folder.write('job.ts', WORDS);
  folder.write('shout.ts', 'export const shout = (word: string): string => word.toUpperCase();\n');
  const { name, graph, artifact } = await loadJobFile(folder.path('job.ts'));
  expect([name, graph.operators.map(({ id }) => id)]).toEqual(['words', ['words', 'shout', 'out']]);
  const storage = folder.path('storage');
  expect(await keepArtifact({ storage, bytes: artifact.contents })).toBe(artifact.hash);
  const table = new Map<string, JobProgram>();
  const answer = await artifactFiles({ storage, table }).request({ kind: 'artifact-load', hash: artifact.hash });
  expect(answer).toEqual({ kind: 'artifact-loaded', hash: artifact.hash });
  const map = table.get(artifact.hash)?.functions.get('shout')?.map;
  expect(map?.('late', undefined as never)).toBe('LATE');
});

test('the artifact of the same file elsewhere is the same', async () => {
  for (const place of ['a', 'b']) {
    folder.write(`${place}/job.ts`, WORDS);
    folder.write(`${place}/shout.ts`, 'export const shout = (word: string): string => word;\n');
  }
  const [a, b] = await Promise.all(['a', 'b'].map((place) => loadJobFile(folder.path(place, 'job.ts'))));
  expect(a).toEqual(b);
});

const job = (text: string): string => `import { defineJob } from 'millrace';\n${text}`;

test.each([
  ['nothing', '', /job\.ts: it exports no "job": a job file says `export const job = defineJob/],
  [
    'another name',
    'export const jobb = 1; export default 2;',
    /exports no "job" but "default", "jobb": a job file says/,
  ],
  ['a scenario', 'export const scenario = {};', /exports no "job" but a "scenario", which `millrace sim`/],
  ['no definition', 'export const job = { graph: {} };', /"job" is not what defineJob returns: a job file says/],
  [
    'a foreign graph',
    'export const job = { graph: { format: 1 }, program: { functions: new Map() } };',
    /its job cannot run: .*format must be/,
  ],
  [
    'a job without a sink',
    job("export const job = defineJob('x', (env) => void env.fromSource('s', { topic: 't', splits: 1 }));"),
    /job\.ts cannot be loaded: line 2: job "x" cannot run: the job has no sink; /,
  ],
  ['what throws', "throw new Error('no luck');", /job\.ts cannot be loaded: line 1: no luck/],
  ['no code', 'export const = 1;', /job\.ts cannot be bundled: line 1, column 14: Expected identifier/],
  [
    'an import of nothing',
    "import { a } from './nowhere.ts'; export const job = a;",
    /job\.ts cannot be bundled: line 1, column 19: Could not resolve "\.\/nowhere\.ts"/,
  ],
  [
    'an entry point that is none',
    "import { a } from 'millrace/jobs'; export const job = a;",
    /job\.ts cannot be bundled: line 1, column 19: .*"millrace\/jobs"/,
  ],
])('%s is refused', async (_, text, sentence) => {
  folder.write('job.ts', text);
  const error = await loadJobFile(folder.path('job.ts')).then(String, (thrown: Error) => thrown.message);
  expect(error).toMatch(sentence);
  expect(error).not.toContain('\n');
});

test('no file, a folder, and a file of another kind', async () => {
  mkdirSync(folder.path('job.js'));
  folder.write('job.yaml', 'job: none');
  await expect(loadJobFile(folder.path('none.ts'))).rejects.toThrow(/^there is no job file .*none\.ts$/);
  await expect(loadJobFile(folder.path('job.js'))).rejects.toThrow(/job\.js is not a job file/);
  await expect(loadJobFile(folder.path('job.yaml'))).rejects.toThrow(/its name ends with \.ts/);
});

test('what is not exactly once about a job is said', async () => {
  const reading = (topic: string): string =>
    job(
      `export const job = defineJob('x', (env) => env.fromSource('lines', { topic: '${topic}', splits: 1 }).sinkTo('out', { sink: 'out' }));`,
    );
  folder.write('tcp.ts', reading('tcp://localhost:7'));
  expect((await loadJobFile(folder.path('tcp.ts'))).weaknesses).toEqual([
    expect.stringMatching(
      /^source "lines", tcp:\/\/localhost:7, cannot be asked for a line again: .* \(at most once\)/,
    ),
  ]);
  folder.write('replay.ts', reading('tcp://localhost:7?replay'));
  expect((await loadJobFile(folder.path('replay.ts'))).weaknesses).toEqual([]);
});
