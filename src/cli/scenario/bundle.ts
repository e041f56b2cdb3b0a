// A scenario as one file: the bundle of its module and all that it imports. Its hash names the job's artifact. In the simulator nobody loads a
// bundle, so what is hashed there ends where Millrace begins: a run keeps its trace hash as long as what happens in it is the same, and a tape
// keeps the hash (with that of its data), so that a replay can say that the scenario has changed. Where the file lies does not matter.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { BuildFailure, Message, OnResolveResult, OutputFile, Plugin } from 'esbuild';
import { unknownName } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import { codeFolder, packageFolder, readEntryPoints } from '../../layout.ts';
import { addSourceMap, OWN_SOURCE, type SourceMapData } from '../../net-real/source-map.ts';

export interface Bundle {
  /** Hexadecimal SHA-256 of the contents. */
  readonly hash: string;
  readonly contents: Uint8Array;
}

/** The bundle that TaskManagers load, with its source map, or what is wrong with the file. */
export function bundleScenario(file: string): Promise<Result<Bundle>> {
  return bundleWith(file, [resolveMillrace], true);
}

/** The scenario's own part of it. */
export function bundleOwnPart(file: string): Promise<Result<Bundle>> {
  return bundleWith(file, [leaveMillraceOut]);
}

async function bundleWith(file: string, plugins: Plugin[], isMapped = false): Promise<Result<Bundle>> {
  const { build } = await import('esbuild'); // 20 ms, which a package spares where it knows the hash
  try {
    const bundle = await build({
      entryPoints: [file],
      absWorkingDir: packageFolder,
      plugins,
      bundle: true,
      platform: 'node', // what a scenario of a user imports is the user's affair
      format: 'esm',
      target: 'es2024',
      minifyWhitespace: true, // without comments, which hold paths
      minifySyntax: true, // but names stay: which short ones esbuild finds depends on the letters of all that it read, paths of imports included
      legalComments: 'none',
      write: false,
      logLevel: 'silent',
      ...(isMapped
        ? { outfile: join(packageFolder, 'artifact.mjs'), sourcemap: 'external', sourcesContent: false }
        : {}),
    });
    const contents = isMapped ? mapped(file, bundle.outputFiles) : bundle.outputFiles[0]!.contents;
    return { ok: true, value: { hash: createHash('sha256').update(contents).digest('hex'), contents } };
  } catch (error) {
    const first = (error as BuildFailure).errors?.[0];
    if (first === undefined) throw error;
    return { ok: false, reason: describeMessage(first) };
  }
}

/** Sources are named from the folder of the file: where that lies does not matter. */
function mapped(file: string, outputs: readonly OutputFile[]): Uint8Array {
  const [map, module] = [true, false].map((isMap) => outputs.find(({ path }) => path.endsWith('.map') === isMap)!);
  const { mappings, names, sources } = JSON.parse(map!.text) as SourceMapData;
  const folder = dirname(realpathSync(file));
  const named = sources.map((source) => {
    const path = resolve(packageFolder, source);
    return path.startsWith(`${engineFolder}${sep}`)
      ? `${OWN_SOURCE}${relative(engineFolder, path)}`
      : relative(folder, path).replaceAll(sep, '/');
  });
  return addSourceMap(module!.contents, { version: 3, sources: named, names, mappings });
}

/** An alias of `millrace` would take `millrace/anything` for a file below it. */
const resolveMillrace: Plugin = {
  name: 'millrace',
  setup(build) {
    const entryPoints = readEntryPoints();
    build.onResolve({ filter: /^millrace(\/|$)/ }, ({ path }) => {
      const file = entryPoints.get(path);
      return file === undefined ? unknownEntryPoint(path, entryPoints) : { path: file };
    });
  },
};

const engineFolder = join(codeFolder, 'src');

function unknownEntryPoint(path: string, known: ReadonlyMap<string, string>): OnResolveResult {
  return { errors: [{ text: unknownName('entry point', path, [...known.keys()]) }] };
}

/** Imports of Millrace stay imports, by names that are the same on every machine. */
const leaveMillraceOut: Plugin = {
  name: 'millrace outside',
  setup(build) {
    const entryPoints = readEntryPoints();
    const names = new Map([...entryPoints].map(([name, file]) => [file, name]));
    build.onResolve({ filter: /^millrace(\/|$)|^\.\.?\// }, ({ path, resolveDir }) => {
      if (entryPoints.has(path)) return { path, external: true };
      if (path.startsWith('millrace')) return unknownEntryPoint(path, entryPoints);
      const file = join(resolveDir, path);
      const place = relative(engineFolder, file);
      const name = names.get(file) ?? (place.startsWith('..') ? null : `millrace:${place}`);
      return name === null ? null : { path: name, external: true };
    });
  },
};

/** The first message is the cause of the others. */
function describeMessage({ text, location }: Message): string {
  return location === null ? text : `line ${location.line}, column ${location.column + 1}: ${text}`;
}
