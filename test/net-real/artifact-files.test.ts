// Artifacts from files: only code with the right hash, and only if it holds a job.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { JobProgram } from '../../src/core/graph/functions.ts';
import { artifactFiles } from '../../src/net-real/artifact-files.ts';
import type { Answer } from '../conformance/lab.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const program = '{ functions: new Map([["map", { map: (value) => value + 1 }]]) }';

const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex');

async function load(hash: string, table = new Map<string, JobProgram>()): Promise<Answer> {
  return artifactFiles({ storage: folder.path(), table }).request({ kind: 'artifact-load', hash });
}

function store(code: string): string {
  const hash = hashOf(code);
  folder.write(`artifacts/${hash}.mjs`, code);
  return hash;
}

test.each([
  `export const scenario = { job: { program: ${program} } };`,
  `export const scenario = { jobs: [{ job: { program: ${program} } }] };`,
  `export const job = { program: ${program} };`,
])('the program of %s gets into the table', async (code) => {
  const hash = store(code);
  const table = new Map<string, JobProgram>();
  expect(await load(hash, table)).toEqual({ kind: 'artifact-loaded', hash });
  expect(
    table
      .get(hash)
      ?.functions.get('map')
      ?.map?.(1, undefined as never),
  ).toBe(2);
  expect(await load(hash, table)).toEqual({ kind: 'artifact-loaded', hash });
});

test('of several jobs in one module each has a name of its own, and its own program', async () => {
  const hash = store(
    `const jobOf = (by) => ({ job: { program: { functions: new Map([['map', { map: (value) => value + by }]]) } } });
     export const scenario = { jobs: [jobOf(1), jobOf(10)] };`,
  );
  const table = new Map<string, JobProgram>();
  for (const name of [`${hash}/job-1`, `${hash}/job-2`])
    expect(await load(name, table)).toEqual({ kind: 'artifact-loaded', hash: name });
  const added = [...table.values()].map(({ functions }) => functions.get('map')?.map?.(1, undefined as never));
  expect(added).toEqual([2, 11]);
  expect(await load(`${hash}/job-3`, table)).toMatchObject({ reason: { kind: 'artifact-without-job' } });
  expect(await load(hash, table)).toMatchObject({ reason: { kind: 'artifact-without-job' } });
  for (const name of [`${hash}/job-0`, `${hash}/job-01`, `${hash}/../x`, `${hash}/`])
    expect(await load(name, table)).toMatchObject({ reason: { kind: 'artifact-unnamed' } });
});

describe('refused, for good, with a sentence:', () => {
  async function refusal(hash: string): Promise<string> {
    const table = new Map<string, JobProgram>();
    const answer = await load(hash, table);
    expect(table.size).toBe(0);
    return answer.kind === 'artifact-refused' ? describeReason(answer.reason) : answer.kind;
  }

  test('one that is not there', async () => {
    expect(await refusal(hashOf('nothing'))).toContain('there is no artifact');
  });

  test.each(['', '../evil', 'A'.repeat(64), '5eed'])('the hash %j', async (hash) => {
    expect(await refusal(hash)).toContain('is no SHA-256');
  });

  test('other bytes than the hash names, which are never run', async () => {
    const hash = hashOf('export const job = 1;');
    folder.write(`artifacts/${hash}.mjs`, 'globalThis.millraceEvil = true;');
    expect(await refusal(hash)).toContain('is damaged');
    expect(globalThis).not.toHaveProperty('millraceEvil');
  });

  test('a module that cannot be imported', async () => {
    expect(await refusal(store('export const job = ;'))).toContain('cannot be imported');
    expect(await refusal(store('throw new Error("no luck");'))).toContain('no luck');
  });

  test.each(['export const x = 1;', 'export const job = { program: {} };', 'export const scenario = null;'])(
    'a module without a job: %s',
    async (code) => {
      expect(await refusal(store(code))).toContain('exports neither');
    },
  );
});
