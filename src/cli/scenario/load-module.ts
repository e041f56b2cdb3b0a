// Loads the module of a user's file. Whatever stands in its way is told in one sentence, with the file and, where it is known, the line.
import { createRequire } from 'node:module';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../exit-codes.ts';
import { shownPath } from '../files.ts';
import { NEVER_LOADED, whileLoading } from '../last-word.ts';
import { inTime } from '../standstill.ts';
import { registerMillraceHooks } from './millrace-hooks.ts';

const LOADING_MS = 20_000; // as long as any other code of a user may take

export type Module = Readonly<Record<string, unknown>>;

async function load(file: string): Promise<Module> {
  const module = requireFile(file) ?? (await importFile(file));
  await turn(); // what it left rejected or due is told before anything runs
  return module;
}

const require = createRequire(import.meta.url);

/** A module that is evaluated at once can be ended, if it does not come back. Null: it awaits something, or is for an import to refuse. */
function requireFile(file: string): Module | null {
  const describe = (): Error => new UsageError(`${shownPath(file)}: ${NEVER_BACK}`);
  try {
    return inTime(() => require(file) as Module, describe, LOADING_MS);
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ASYNC_MODULE')
      return null;
    throw error;
  }
}

const NEVER_BACK = `it cannot be loaded: code at its top level did not come back within ${LOADING_MS / 1_000} s`;

/** An `await` at the top level may wait for ever, and something that the module left open keeps the process meanwhile. */
async function importFile(file: string): Promise<Module> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new UsageError(`${shownPath(file)}: ${NEVER_LOADED}`)), LOADING_MS).unref();
  try {
    return await Promise.race([import(pathToFileURL(file).href) as Promise<Module>, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the file exports; `millrace` is the Millrace that runs here. */
export async function loadModule(file: string): Promise<Module> {
  registerMillraceHooks();
  try {
    return await whileLoading(file, () => load(file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${shownPath(file)} cannot be loaded: ${describeError(error, file)}`);
  }
}

/** The message of an error, with the line of the file that it came from, if the stack knows it: it begins with it if the file cannot be read. */
function describeError(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.replace(/:\n- /, ': ').replaceAll(/\n(- )?/g, '; '); // lists of mistakes, as one sentence
  const stack = error.stack ?? '';
  const place = stack.startsWith(`${file}:`) ? stack.slice(file.length) : stack.split(pathToFileURL(file).href)[1];
  const line = /^:(\d+)/.exec(place ?? '')?.[1];
  return line === undefined ? message : `line ${line}: ${message}`;
}
