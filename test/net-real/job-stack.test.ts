// Where code of a job threw: by the source map of its artifact, in the files of its author, and with nothing of Millrace.
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { UserCodeError } from '../../src/core/operators/user-code-error.ts';
import { bundleScenario } from '../../src/cli/scenario/bundle.ts';
import { artifactPath, keepArtifact } from '../../src/net-real/artifact-store.ts';
import { jobPlace, jobStack, placedError } from '../../src/net-real/job-stack.ts';
import { moveDown, readSourceMap } from '../../src/net-real/source-map.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();

const JOB = `import { defineJob } from 'millrace';
import { toSeven } from './lib/seven.ts';

interface Tick { readonly at: number }   // none of this is in the artifact

export const map = (tick: Tick): unknown => toSeven(tick.at);
export const deep = (left: number): unknown => (left === 0 ? map({ at: 8 }) : [deep(left - 1)]);
export const build = (): unknown =>
  defineJob('a', (env) => {
    env.fromSource('rows', { topic: 'rows', splits: 0 }).sinkTo('out', { sink: 'out' });
  });
export const parse = (): unknown => JSON.parse('{');
`;
const SEVEN = `/* a
comment */
export function toSeven(n: number): number {
  if (n < 8) return n;
  throw new RangeError(
    \`too many: \${n}\`,
    { cause: new TypeError('eight') },
  );
}
`;

type Code = Readonly<Record<string, (given?: unknown) => unknown>>;

/** @param lines that are put above the module, as the graph of its job is */
async function load(lines: readonly string[] = []): Promise<Code> {
  folder.write('job.ts', JOB);
  folder.write('lib/seven.ts', SEVEN);
  const bundle = await bundleScenario(folder.path('job.ts'));
  if (!bundle.ok) throw new Error(bundle.reason);
  const storage = folder.path('storage');
  const hash = await keepArtifact({ storage, bytes: moveDown(bundle.value.contents, lines) });
  return loadAt(artifactPath(storage, hash));
}

/** As a process does it: the loader of the tests would make other code of it. */
const nativeImport = new Script('(url) => import(url)', {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}).runInThisContext() as (url: string) => Promise<Code>;

const loadAt = (path: string): Promise<Code> => nativeImport(pathToFileURL(path).href);

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

describe('a stack', () => {
  test.each([
    ['as it was bundled', []],
    ['below its graph', ['// millrace-job 1 {}']],
  ])('of an artifact %s names files and lines of its author, and what caused the error', async (_, lines) => {
    const { map } = await load(lines);
    expect(jobStack(thrownBy(() => map!({ at: 8 })))?.split('\n')).toEqual([
      'RangeError: too many: 8',
      '    at toSeven (lib/seven.ts:5:9)',
      '    at map (job.ts:6:45)',
      'Caused by: TypeError: eight',
      '    at toSeven (lib/seven.ts:7:14)',
      '    at map (job.ts:6:45)',
    ]);
  });

  test('has frames of neither Millrace nor what called the job', async () => {
    const { build } = await load();
    const stack = jobStack(thrownBy(() => build!()));
    expect(stack).toMatch(/^Error: job "a" cannot run:\n/);
    expect(stack).toContain('    at build (job.ts:9:3)');
    expect(stack).not.toMatch(/millrace:|streams|job-stack\.test|vitest/);
  });

  // Each of them is a name in Millrace too, so that the bundler calls it something else.
  test.each(['filter', 'reduce', 'process', 'window', 'source', 'sink'])('names %s as its author did', async (name) => {
    folder.write(
      'job.ts',
      `import { defineJob } from 'millrace';
function ${name}(): never { throw new Error('here'); }
class Tick { constructor() { ${name}(); } }
export const build = (): unknown => [defineJob, new Tick()];
`,
    );
    const bundle = await bundleScenario(folder.path('job.ts'));
    if (!bundle.ok) throw new Error(bundle.reason);
    const storage = folder.path('storage');
    const { build } = await loadAt(
      artifactPath(storage, await keepArtifact({ storage, bytes: bundle.value.contents })),
    );
    expect(
      jobStack(thrownBy(() => build!()))
        ?.split('\n')
        .slice(1, 3),
    ).toEqual([`    at ${name} (job.ts:2:${name.length + 28})`, '    at new Tick (job.ts:3:30)']);
  });

  test('says which function of the language threw', async () => {
    const { parse } = await load();
    expect(
      jobStack(thrownBy(() => parse!()))
        ?.split('\n')
        .slice(1),
    ).toEqual(['    at JSON.parse (<anonymous>)', '    at parse (job.ts:12:42)']);
  });

  test('has twenty frames at the most, and its message an end', async () => {
    const { deep } = await load();
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 100;
    const thrown = thrownBy(() => deep!(60)) as Error;
    Error.stackTraceLimit = limit;
    const frames = jobStack(thrown)
      ?.split('\n')
      .filter((line) => line.startsWith('    at '));
    expect(frames).toHaveLength(20);
    thrown.message = 'x'.repeat(10_000);
    expect(jobStack(thrown)!.length).toBeLessThanOrEqual(4_000);
  });

  test('of what user code did without a throw of its own is frames alone', async () => {
    const { map } = await load();
    const deed = new UserCodeError('count', 'emitted what is not data');
    deed.stack = (thrownBy(() => map!({ at: 8 })) as Error).stack!;
    expect(jobStack(deed)).toBe('    at toSeven (lib/seven.ts:5:9)\n    at map (job.ts:6:45)');
    const thrown = new UserCodeError(
      'count',
      'failed',
      null,
      thrownBy(() => map!({ at: 8 })),
    );
    expect(jobStack(thrown)).toMatch(/^RangeError: too many: 8\n/);
  });

  test('of an artifact without a map names the artifact', async () => {
    const storage = folder.path('storage');
    const bytes = new TextEncoder().encode(`export const map = () => {\n  throw new Error('bare');\n};`);
    const hash = await keepArtifact({ storage, bytes });
    const { map } = await loadAt(artifactPath(storage, hash));
    expect(jobStack(thrownBy(() => map!()))).toMatch(/^Error: bare\n {4}at .*artifacts\/[0-9a-f]{64}\.mjs:2:9\)?$/);
  });

  test.each([
    ['a text', 'no'],
    ['nothing', undefined],
    ['an error of ours', new Error('ours')],
    ['an error without a stack', Object.assign(new Error('mute'), { stack: 7 })],
    [
      'an error that defends itself',
      Object.defineProperty(new Error('x'), 'stack', {
        get() {
          throw new Error('hands off');
        },
      }),
    ],
  ])('is not there of %s', (_, thrown) => {
    expect(jobStack(thrown)).toBeNull();
    expect(placedError(thrown)).toBe(thrown);
  });
});

test('a sentence has the first place', async () => {
  const { map } = await load();
  const thrown = thrownBy(() => map!({ at: 8 }));
  expect(jobPlace(thrown)).toBe('at toSeven (lib/seven.ts:5:9)');
  expect(placedError(thrown)).toMatchObject({
    message: 'RangeError: too many: 8, at toSeven (lib/seven.ts:5:9)',
    cause: thrown,
  });
});

test.each(['', 'no JSON', '{"version":2}'])('a map that says %s is none', (text) => {
  const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(text).toString('base64')}`;
  expect(readSourceMap(Buffer.from(`export const a = 1;\n${comment}`))).toBeNull();
});
