// The command behind `npm run check:bundle`: core, scenario and sim must run in a browser, so a bundler for browsers must be able to take all of
// them, whether or not the public entry points lead there. A builtin of Node, wherever it hides in a dependency, makes the bundle fail.

import { globSync } from 'node:fs';
import { build } from 'esbuild';

const FOLDERS = ['src/core', 'src/run', 'src/scenario', 'src/sim'];
const BYTES_PER_KB = 1000;

/** Files and size of the minified bundle, or why there is none. */
type Bundle =
  | { readonly ok: true; readonly files: number; readonly sizeBytes: number }
  | { readonly ok: false; readonly reason: string };

/** Everything of a folder in one bundle: each file is an entry, and what they share is there once. */
async function bundle(folder: string): Promise<Bundle> {
  const files = globSync(`${folder}/**/*.ts`, { exclude: ['**/*.d.ts'] }).sort();
  try {
    const result = await build({
      stdin: {
        contents: files.map((file) => `export * as ${nameOf(file)} from './${file}';`).join('\n'),
        resolveDir: '.',
      },
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2024',
      minify: true,
      write: false,
      logLevel: 'silent',
    });
    return { ok: true, files: files.length, sizeBytes: result.outputFiles[0]?.contents.length ?? 0 };
  } catch (error) {
    return { ok: false, reason: firstReason(error) };
  }
}

/** A name for the exports of a file, so that nothing of it can be left out as unused. */
function nameOf(file: string): string {
  return file.replaceAll(/\W/g, '_');
}

/** esbuild throws an error that carries a list of messages; the first one is the cause of the others. */
function firstReason(error: unknown): string {
  const failure = error as { errors?: { text: string; location: { file: string; line: number } | null }[] };
  const first = failure.errors?.[0];
  if (first === undefined) return String(error);
  return first.location === null ? first.text : `${first.text} (${first.location.file}:${first.location.line})`;
}

for (const folder of FOLDERS) {
  const result = await bundle(folder);
  if (result.ok) {
    console.log(
      `bundle: all ${result.files} files of ${folder}, ${(result.sizeBytes / BYTES_PER_KB).toFixed(1)} kB minified`,
    );
  } else {
    console.error(`${folder} cannot be bundled for a browser: ${result.reason}.`);
    process.exitCode = 1;
  }
}
