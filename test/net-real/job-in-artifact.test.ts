// An artifact with its job: what is written is read, whatever texts are in it; and the module behind it is still a module.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobGraph } from '../../src/core/graph/job-graph.ts';
import { keepArtifact } from '../../src/net-real/artifact-store.ts';
import { addJob, jobInArtifact, jobNameIn, THIS_ARTIFACT } from '../../src/net-real/job-in-artifact.ts';
import { sampleGraph } from '../core/jobmanager/sample-job.ts';
import { anyValue, expectSame } from '../core/base/values.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const module = new TextEncoder().encode('export const seven = 7;\n');

test('what is written is read, and is no part of the code, whatever texts it holds', async () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      const graph: JobGraph = { ...sampleGraph, parameters: { text: `${text}\u2028*/\n\u2029` } };
      const artifact = addJob(module, graph);
      expect(jobInArtifact(artifact)).toEqual({ ok: true, value: graph });
      const path = folder.path(`${Buffer.from(text).toString('hex')}.mjs`);
      writeFileSync(path, artifact);
      expect(await import(pathToFileURL(path).href)).toMatchObject({ seven: 7 });
    }),
    { numRuns: 20 },
  );
});

test('parameters are read as they were, whatever they hold', () => {
  fc.assert(
    fc.property(anyValue, (parameters) => {
      const graph: JobGraph = { ...sampleGraph, parameters };
      expectSame(jobInArtifact(addJob(module, graph)), graph);
    }),
  );
});

test('parameters that are no value are refused', () => {
  const text = new TextDecoder().decode(addJob(module, { ...sampleGraph, parameters: Number.NaN }));
  expect(text).toContain('"parameterBytes":"BQAAAAAAAPh/"');
  const damaged = text.replace('"BQAAAAAAAPh/"', '"BQAA"');
  expect(jobInArtifact(new TextEncoder().encode(damaged))).toMatchObject({ ok: false });
});

test('URLs with the code of the artifact name it by its hash', async () => {
  const [source, ...others] = sampleGraph.operators;
  const topic = `squares:?upTo=4&splits=4#${THIS_ARTIFACT}`;
  const graph = { ...sampleGraph, operators: [{ ...source, topic }, ...others] } as JobGraph;
  const artifact = addJob(module, graph);
  const hash = await keepArtifact({ storage: folder.path('storage'), bytes: artifact });
  const read = jobInArtifact(artifact);
  expect(read).toMatchObject({
    ok: true,
    value: { operators: [{ topic: `squares:?upTo=4&splits=4#${hash}` }, {}, {}] },
  });
});

test('the name of a job is read from a file, and of one without a job there is none', async () => {
  writeFileSync(folder.path('with.mjs'), addJob(module, { ...sampleGraph, parameters: { text: 'x'.repeat(200_000) } }));
  writeFileSync(folder.path('without.mjs'), module);
  expect(await jobNameIn(folder.path('with.mjs'))).toBe('words');
  expect(await jobNameIn(folder.path('without.mjs'))).toBe(null);
});
