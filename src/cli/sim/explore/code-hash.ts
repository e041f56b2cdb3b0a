// The hash of the code that decided what was explored: the scenario's own part with its data, and the part of Millrace that ran it. Comments and
// the places of files do not count.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { codeFolder, packageFolder, readBuilt, readEntryPoints } from '../../../layout.ts';
import type { GuestKind } from '../../../sim/guest.ts';
import type { RunSetup } from '../run-seed.ts';
import { scenarioHash } from '../tape.ts';

/** Hexadecimal SHA-256. */
export async function codeHash(setup: Pick<RunSetup, 'guest' | 'hash' | 'data'>): Promise<string> {
  const { kind } = setup.guest;
  const engine = readBuilt()?.engineHashes[kind] ?? (await engineHash(kind));
  return createHash('sha256').update(scenarioHash(setup)).update(engine).digest('hex');
}

/** What runs a guest of a kind, and everything that its file may import by name. */
const engineModules: Readonly<Record<GuestKind, readonly string[]>> = {
  job: ['src/sim/search/explore/explore-guest.ts', 'src/sim/cluster/job-guest.ts'],
  machines: ['src/sim/search/explore/explore-guest.ts', 'src/sim/machines/machines-guest.ts'],
};

const entryPoints: Readonly<Record<GuestKind, string>> = { job: 'millrace/scenario', machines: 'millrace/sim' };

/** Of all of Millrace that a guest of this kind runs on. A package is told when it is made. */
export async function engineHash(kind: GuestKind): Promise<string> {
  const { build } = await import('esbuild');
  const files = [
    ...engineModules[kind].map((path) => join(codeFolder, path)),
    readEntryPoints().get(entryPoints[kind]) as string,
  ];
  const bundle = await build({
    stdin: {
      contents: files.map((file) => `export * from ${JSON.stringify(file)};`).join('\n'),
      resolveDir: codeFolder,
    },
    absWorkingDir: packageFolder,
    preserveSymlinks: true, // where packages lie does not matter
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2024',
    minifyWhitespace: true, // without comments
    minifySyntax: true,
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  return createHash('sha256').update(bundle.outputFiles[0]!.contents).digest('hex');
}
