// Functions of `mapAsync` of one file, called at once: the file is bundled and loaded into a context of its own, whose microtasks are done behind each
// evaluation, so that a call comes to its end while the simulated world stands still.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import type * as Esbuild from 'esbuild';
import type { BuildFailure, BuildOptions } from 'esbuild';
import type { Value } from '../core/base/value.ts';
import { packageFolder, programs, readEntryPoints } from '../layout.ts';
import { unguarded } from '../realm/guard.ts';
import type { Called, FunctionCall, FunctionCalls } from '../scenario/code/function-calls.ts';
import { ScenarioMistake } from '../scenario/scenario-mistake.ts';
import type { Given, Runtime } from './runtime.ts';

/** Nothing is read before the first call. */
export function functionsOfFile(file: string): FunctionCalls {
  return new FileFunctions(file);
}

class FileFunctions implements FunctionCalls {
  readonly #file: string;
  #loaded: Loaded | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** The guard is about code of a run: this file is none, and what it calls has globals of its own. */
  call(one: FunctionCall): Called {
    return unguarded(() => this.#callNow(one));
  }

  #callNow(one: FunctionCall): Called {
    this.#loaded ??= load(this.#file);
    const { runtime, context, fire, begin } = this.#loaded;
    context['begun'] = one;
    begin.runInContext(context);
    let settled = runtime.settled();
    for (; settled === null; settled = runtime.settled()) fire.runInContext(context);
    return settled.kind === 'failed' ? { ...settled } : { ...settled, value: copyOf(settled.value) };
  }
}

interface Loaded {
  readonly runtime: Runtime;
  readonly context: vm.Context;
  readonly begin: vm.Script;
  readonly fire: vm.Script;
}

const require = createRequire(import.meta.url);

/** Globals of the process that look at no clock, no chance, and nothing outside. */
const GLOBALS = [
  'AbortController',
  'AbortSignal',
  'Blob',
  'Buffer',
  'Event',
  'EventTarget',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'atob',
  'btoa',
  'console',
  'process',
  'structuredClone',
] as const;

function load(file: string): Loaded {
  const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
  context['global'] = vm.runInContext('globalThis', context) as unknown;
  const exported = evaluate(context, bundle(programs.calls), programs.calls, requireNothing) as {
    createRuntime(given: Given): Runtime;
  };
  const globals = Object.fromEntries(GLOBALS.map((name) => [name, globalThis[name]]));
  const own = createRequire(file);
  const runtime = exported.createRuntime({ require: (name) => own(name) as object, globals });
  context['runtime'] = runtime;
  const begin = new vm.Script('runtime.begin(begun)', { filename: 'begin' });
  const fire = new vm.Script('runtime.fire()', { filename: 'fire' });
  runtime.load(loadFile(file, context, runtime));
  return { runtime, context, begin, fire };
}

function requireNothing(name: string): never {
  throw new Error(`${name} is not there`);
}

function loadFile(file: string, context: vm.Context, runtime: Runtime): object {
  try {
    return evaluate(context, bundle(file), file, runtime.require);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScenarioMistake(`${file}: its functions of mapAsync cannot be loaded: ${reason}`);
  }
}

/** As Node evaluates a CommonJS module, but strictly: the artifact of a deployment is a module of its own. */
function evaluate(context: vm.Context, code: string, file: string, own: (name: string) => object): object {
  const wrapped = `(function (require, module, exports, __filename, __dirname) {'use strict';${code}\n})`;
  const run = vm.runInContext(wrapped, context, { filename: file }) as (...given: unknown[]) => void;
  const module = { exports: {} };
  run(own, module, module.exports, file, dirname(file));
  return module.exports;
}

function bundle(file: string): string {
  const { buildSync } = require('esbuild') as typeof Esbuild; // 20 ms, which nobody without such a function pays
  try {
    return buildSync(optionsFor(file)).outputFiles?.[0]?.text ?? '';
  } catch (error) {
    const [first] = (error as Partial<BuildFailure>).errors ?? [];
    if (first === undefined) throw error;
    const { text, location } = first;
    throw new Error(location === null ? text : `line ${location.line}: ${text}`, { cause: error });
  }
}

function optionsFor(file: string): BuildOptions {
  return {
    entryPoints: [file],
    absWorkingDir: packageFolder,
    alias: Object.fromEntries(readEntryPoints()),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'es2024',
    define: {
      'import.meta.url': JSON.stringify(pathToFileURL(file).href),
      'import.meta.filename': JSON.stringify(file),
      'import.meta.dirname': JSON.stringify(dirname(file)),
    },
    external: ['esbuild', 'fast-check'],
    nodePaths: [join(packageFolder, 'node_modules')],
    write: false,
    logLevel: 'silent',
  };
}

/** Data of the process, of data of the context. */
function copyOf(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copyOf(field)]));
}
