// Lets a scenario file anywhere import `millrace`, `millrace/sim` and `millrace/scenario`: they are this checkout, whatever the file's
// own folder has installed, so that the code that is tested is the code that is here. Registered once in each thread.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '../files.ts';

/** Name that is imported to the file behind it, from the exports of the package itself. */
export function readEntryPoints(): ReadonlyMap<string, string> {
  const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, string>;
  };
  return new Map(
    Object.entries(manifest.exports).map(
      ([name, file]) => [join(manifest.name, name), join(repositoryRoot, file)] as const,
    ),
  );
}

let isRegistered = false;

export function registerMillraceHooks(): void {
  if (isRegistered) return;
  isRegistered = true;
  const files = readEntryPoints();
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const file = files.get(specifier);
      return file === undefined
        ? nextResolve(specifier, context)
        : { url: pathToFileURL(file).href, shortCircuit: true };
    },
  });
}
