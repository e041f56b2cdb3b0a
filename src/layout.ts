// Where the files of Millrace are: in its sources, and in the package that is made of them (build/package.ts). There each module that is started or
// imported by name lies below `lib` where it lies here, as `.js`; this one is part of a file in `lib/src`; and some of what a checkout makes at each
// run was made with the package. Nobody else may know.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether this is an installed package, and not a checkout. */
export const isPackage: boolean = import.meta.url.endsWith('.js');

/** The folder above `src`, `scenarios` and `reports`. */
export const codeFolder: string = resolve(fileURLToPath(import.meta.url), '../..');

/** Where package.json lies. */
export const packageFolder: string = isPackage ? resolve(codeFolder, '..') : codeFolder;

/** The file of a module, named from the root of the sources and without its extension: `src/cli/main`. */
export function moduleFile(name: string): string {
  return join(codeFolder, `${name}${isPackage ? '.js' : '.ts'}`);
}

/** Modules that run in a thread or process of their own. */
export const programs = {
  millrace: moduleFile('src/cli/millrace'),
  sweepWorker: moduleFile('src/cli/sim/sweep-worker'),
  shareWorker: moduleFile('src/cli/sim/explore/share-worker'),
  freshProcess: moduleFile('src/cli/sim/fresh-process-child'),
  guard: moduleFile('src/cli/children/guard-process'),
  delivery: moduleFile('src/net-real/connectors/deliver-child'),
  /** It runs in a context of its own: see src/calls. */
  calls: moduleFile('src/calls/runtime'),
  watchdog: moduleFile('src/net-real/poison/watchdog-thread'),
  disturbed: moduleFile('src/cli/real/disturbed-process'),
} as const;

/** The file of a scenario of the house. */
export function houseScenario(name: string): string {
  return moduleFile(`scenarios/${name}`);
}

/** Tapes below it are of bugs that were found; a package has none. */
export const regressionFolder: string = join(codeFolder, 'scenarios', 'regressions');

/** What belongs to an installation, and paths are shown from: a checkout is one place, a package serves the folder that it is called in. */
export const homeFolder: string = isPackage ? process.cwd() : packageFolder;

/** Where runs leave outputs, tapes and reports, from the home folder. Never below node_modules, where nobody would look for them. */
export const OUTPUT_PLACE: string = isPackage ? 'millrace-out' : 'reports/out';

/** Compiled code of one version of Node is kept here; a package may lie where nothing can be written. */
export const compileCacheFolder: string =
  process.env['NODE_COMPILE_CACHE'] ??
  (isPackage ? join(tmpdir(), 'node-compile-cache') : join(packageFolder, '.cache', 'node'));

/** The environment of threads and processes that load the same code: they find it compiled. */
export function cachedEnv(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_COMPILE_CACHE: compileCacheFolder };
}

/** Commands that have a script of their own in package.json. */
export const ownScripts: readonly string[] = ['sim', 'real', 'report'];

/** As build/checkout-bin.cjs, which `npx` runs in a checkout, calls the process that it starts. */
const BIN_NAME = 'millrace';

/** How a command of `millrace` is typed, up to its arguments: as whoever reads it typed one, where that is known. */
export function commandWords(command: string): string {
  if (isPackage || process.argv0 === BIN_NAME) return `npx millrace ${command}`;
  return ownScripts.includes(command) ? `npm run ${command} --` : `npm run millrace -- ${command}`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as Manifest;
}

/** Name that is imported, such as `millrace/sim`, to the file behind it. */
export function readEntryPoints(): ReadonlyMap<string, string> {
  const { name, exports } = readManifest();
  return new Map(
    Object.entries(exports).map(([path, target]) => [
      name + path.slice(1),
      join(packageFolder, typeof target === 'string' ? target : target.default),
    ]),
  );
}

/** What was found out when the package was made, as its checkout is not there any more. */
export interface Built {
  /** As `currentVersion` says it. */
  readonly commit: string;
  /** Hash of its own part (scenario/bundle.ts) by name of a scenario of the house: of its sources, so that it is that of the checkout. */
  readonly scenarioHashes: Readonly<Record<string, string>>;
  /** Hash of what runs a guest (cli/sim/explore/code-hash.ts), by its kind. */
  readonly engineHashes: Readonly<Record<string, string>>;
}

const builtFile = join(codeFolder, 'built.json');

/** Null in a checkout. */
export function readBuilt(): Built | null {
  return isPackage ? (JSON.parse(readFileSync(builtFile, 'utf8')) as Built) : null;
}

/** `page`: that of a report; `live`: that of a cluster. */
export type PageName = 'page' | 'live';

/** Script and style of a page, bundled with the package; null in a checkout, which bundles them (reports/html/bundle-page.ts). */
export function readBuiltPage(name: PageName): { readonly script: string; readonly style: string } | null {
  if (!isPackage) return null;
  const folder = pageFolderOf(name);
  const [script = '', style = ''] = ['main.js', 'page.css'].map((file) => readFileSync(join(folder, file), 'utf8'));
  return { script, style };
}

/** The sources of a page, or its bundle. */
export function pageFolderOf(name: PageName): string {
  return join(codeFolder, 'reports', name);
}

/** Data sets that scenarios name, each with the package that a checkout finds it in. */
export const dataSets: Readonly<Record<string, { readonly package: string; readonly path: string }>> = {
  'flights-20k': { package: 'vega-datasets', path: 'data/flights-20k.json' },
};

/** Where a package keeps its data sets. */
export const PACKAGED_DATA = 'data';

/** The file of a data set; null if its package is not installed. */
export function dataSetFile(name: keyof typeof dataSets): string | null {
  if (isPackage) return join(codeFolder, PACKAGED_DATA, `${name}.json`);
  const dataSet = dataSets[name];
  const folder = dataSet === undefined ? null : findPackage(dataSet.package);
  return dataSet === undefined || folder === null ? null : join(folder, dataSet.path);
}

/** The folder of an installed package, wherever the installer put it; by path, as none of its code is wanted. */
function findPackage(name: string): string | null {
  const folders = createRequire(join(packageFolder, 'package.json')).resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name)).find(hasManifest) ?? null;
}

function hasManifest(folder: string): boolean {
  try {
    readFileSync(join(folder, 'package.json'));
    return true;
  } catch {
    return false;
  }
}
