// The command behind `npm run check:bundle`: core and sim must run in a browser, so a bundler for browsers must be able
// to take them. A builtin of Node, wherever it hides in a dependency, makes the bundle fail.

import { existsSync } from 'node:fs';
import { build } from 'esbuild';

const ENTRIES = ['src/core/millrace.ts', 'src/sim/millrace-sim.ts'];
const BYTES_PER_KB = 1000;

/** The size of the minified bundle in bytes, or why there is none. */
type Bundle = { readonly ok: true; readonly sizeBytes: number } | { readonly ok: false; readonly reason: string };

async function bundle(entry: string): Promise<Bundle> {
  if (!existsSync(entry)) return { ok: false, reason: 'the file does not exist yet' };
  try {
    const result = await build({
      entryPoints: [entry],
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2024',
      minify: true,
      write: false,
      logLevel: 'silent',
    });
    return { ok: true, sizeBytes: result.outputFiles[0]?.contents.length ?? 0 };
  } catch (error) {
    return { ok: false, reason: firstReason(error) };
  }
}

/** esbuild throws an error that carries a list of messages; the first one is the cause of the others. */
function firstReason(error: unknown): string {
  const failure = error as { errors?: { text: string; location: { file: string; line: number } | null }[] };
  const first = failure.errors?.[0];
  if (first === undefined) return String(error);
  return first.location === null ? first.text : `${first.text} (${first.location.file}:${first.location.line})`;
}

for (const entry of ENTRIES) {
  const result = await bundle(entry);
  if (result.ok) {
    console.log(`bundle: ${entry} ${(result.sizeBytes / BYTES_PER_KB).toFixed(1)} kB minified`);
  } else {
    console.error(`${entry} cannot be bundled for a browser: ${result.reason}.`);
    process.exitCode = 1;
  }
}
