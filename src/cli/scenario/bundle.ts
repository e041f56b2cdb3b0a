// A scenario as one file: the bundle of its module and all that it imports. Its hash names the job's artifact, and a tape keeps it (with
// that of its data), so that a replay can say that the scenario has changed. Where the file lies does not matter.
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import type { BuildFailure, Message, Plugin } from 'esbuild';
import { unknownName } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import { repositoryRoot } from '../files.ts';
import { readEntryPoints } from './millrace-hooks.ts';

export interface Bundle {
  /** Hexadecimal SHA-256 of the contents. */
  readonly hash: string;
  readonly contents: Uint8Array;
}

/** The bundle, or what is wrong with the file. */
export async function bundleScenario(file: string): Promise<Result<Bundle>> {
  try {
    const bundle = await build({
      entryPoints: [file],
      absWorkingDir: repositoryRoot,
      plugins: [resolveMillrace],
      bundle: true,
      platform: 'node', // what a scenario of a user imports is the user's affair
      format: 'esm',
      target: 'es2024',
      minify: true, // without comments, which hold paths
      legalComments: 'none',
      write: false,
      logLevel: 'silent',
    });
    const { contents } = bundle.outputFiles[0]!;
    return { ok: true, value: { hash: createHash('sha256').update(contents).digest('hex'), contents } };
  } catch (error) {
    const first = (error as BuildFailure).errors?.[0];
    if (first === undefined) throw error;
    return { ok: false, reason: describeMessage(first) };
  }
}

/** An alias of `millrace` would take `millrace/anything` for a file below it. */
const resolveMillrace: Plugin = {
  name: 'millrace',
  setup(build) {
    const entryPoints = readEntryPoints();
    build.onResolve({ filter: /^millrace(\/|$)/ }, ({ path }) => {
      const file = entryPoints.get(path);
      if (file !== undefined) return { path: file };
      return { errors: [{ text: unknownName('entry point', path, [...entryPoints.keys()]) }] };
    });
  },
};

/** The first message is the cause of the others. */
function describeMessage({ text, location }: Message): string {
  return location === null ? text : `line ${location.line}, column ${location.column + 1}: ${text}`;
}
