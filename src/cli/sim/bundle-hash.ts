// The hash of a scenario: of the bundle of its file and all that it imports. It names the job's artifact, and a tape keeps it, so
// that a replay can say that the scenario has changed. Where the file lies does not matter.
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import type { BuildFailure, Message } from 'esbuild';
import type { Result } from '../../core/base/value.ts';
import { repositoryRoot } from '../files.ts';
import { readEntryPoints } from './millrace-hooks.ts';

/** Hexadecimal SHA-256, or what is wrong with the file. */
export async function hashBundle(file: string): Promise<Result<string>> {
  try {
    const bundle = await build({
      entryPoints: [file],
      absWorkingDir: repositoryRoot,
      alias: Object.fromEntries(readEntryPoints()),
      bundle: true,
      platform: 'node', // what a scenario of a user imports is the user's affair
      format: 'esm',
      target: 'es2024',
      minify: true, // without comments, which hold paths
      legalComments: 'none',
      write: false,
      logLevel: 'silent',
    });
    return { ok: true, value: createHash('sha256').update(bundle.outputFiles[0]!.contents).digest('hex') };
  } catch (error) {
    const first = (error as BuildFailure).errors?.[0];
    if (first === undefined) throw error;
    return { ok: false, reason: describeMessage(first) };
  }
}

/** The first message is the cause of the others. */
function describeMessage({ text, location }: Message): string {
  return location === null ? text : `line ${location.line}, column ${location.column + 1}: ${text}`;
}
