// Lets a scenario file anywhere import `millrace`, `millrace/sim` and `millrace/scenario`: they are the Millrace that
// runs here, whatever the file's
// own folder has installed, so that the code that is tested is the code that is here; and whatever that folder says of its modules, it is one.
// Registered once in each thread.
import { registerHooks } from 'node:module';
import type { ResolveFnOutput } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readEntryPoints } from '../../layout.ts';

/** `npm init` writes `"type": "commonjs"`, or nothing, of which nobody who writes a scenario thinks: they all export. */
function isNotTakenForModule({ url, format }: ResolveFnOutput): boolean {
  const isUndecided = [undefined, null, 'commonjs-typescript'].includes(format);
  return isUndecided && url.endsWith('.ts') && !url.includes('/node_modules/');
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
      return isNotTakenForModule(found) ? { ...found, format: 'module-typescript' } : found;
    },
    load: (url, context, nextLoad) => nextLoad(url, context), // without one, a file that is required is not what was found that it is
  });
}
