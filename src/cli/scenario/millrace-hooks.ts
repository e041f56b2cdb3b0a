// Lets a scenario file anywhere import `millrace`, `millrace/sim` and `millrace/scenario`: they are this checkout, whatever the file's
// own folder has installed, so that the code that is tested is the code that is here; and whatever that folder says of its modules, it is one.
// Registered once in each thread.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { ResolveFnOutput } from 'node:module';
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

/** `npm init` writes `"type": "commonjs"`, of which nobody who writes a scenario thinks: they all export. */
function isTakenForCommonJs({ url, format }: ResolveFnOutput): boolean {
  return format === 'commonjs-typescript' && url.endsWith('.ts') && !url.includes('/node_modules/');
}

let isRegistered = false;

export function registerMillraceHooks(): void {
  if (isRegistered) return;
  isRegistered = true;
  const files = readEntryPoints();
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const file = files.get(specifier);
      if (file !== undefined) return { url: pathToFileURL(file).href, shortCircuit: true };
      const found = nextResolve(specifier, context);
      return isTakenForCommonJs(found) ? { ...found, format: 'module-typescript' } : found;
    },
  });
}
