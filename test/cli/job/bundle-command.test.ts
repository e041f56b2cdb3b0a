// `millrace bundle`: the file that it writes carries its job, and is what a cluster would keep of the same file.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadJobFile } from '../../../src/cli/job/job-file.ts';
import { jobInArtifact } from '../../../src/net-real/job-in-artifact.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { main } from '../../../src/cli/main.ts';

const folder = temporaryFolder();

async function called(...words: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(words, {
    line: (text) => out.push(text),
    complain: (text) => err.push(text),
    progress: () => {},
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const WORDS = `
import { defineJob } from 'millrace';
export const connectors = { words: { open: () => ({ read: async () => ({ end: true, mark: '' }), close: async () => {} }) } };
export const job = defineJob('words', (env) =>
  env.fromSource<string>('words', { topic: 'words:', splits: 1 }).sinkTo('out', { sink: 'jsonl:out' }),
);
`;

test('it carries its job, with paths that are whole and its own hash', async () => {
  folder.write('job.ts', WORDS);
  const file = folder.path('upload.jar');
  const { code, out } = await called('bundle', folder.path('job.ts'), '--output', file, '--json');
  expect(code).toBe(0);
  const bytes = readFileSync(file);
  const { artifact, graph } = await loadJobFile(folder.path('job.ts'));
  expect(JSON.parse(out)).toEqual({ file, name: 'words', id: `${artifact.hash}.mjs`, bytes: bytes.length });
  expect(bytes.equals(artifact.contents)).toBe(true);
  expect(jobInArtifact(bytes)).toEqual({ ok: true, value: graph });
  expect(graph.operators).toMatchObject([
    { topic: `words:?splits=1#${artifact.hash}` },
    { sink: `jsonl:${folder.path('out')}` },
  ]);
});

test.each([
  [[], /^millrace: which job file\? .*bundle FILE/],
  [['a.ts', 'b.ts'], /^millrace: one file at a time: what is b\.ts\?/],
  [['nowhere.ts'], /^millrace: there is no job file .*nowhere\.ts/],
  [
    ['nowhere.ts', '--output', 'no/folder/x.jar'],
    /^millrace: .*no\/folder\/x\.jar cannot be written: there is no folder/,
  ],
  [['job.ts', '--out', 'x'], /^millrace: .*--output/],
])('%j is refused', async (words, sentence) => {
  const { code, err } = await called('bundle', ...words);
  expect([code, err]).toEqual([2, expect.stringMatching(sentence)]);
});
