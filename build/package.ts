// The command behind `npm run package`: leaves dist/millrace-<version>.tgz, which people install. Compiled modules lie in it below `lib`, those with
// names as the sources lie here, with what a checkout makes at each run (src/layout.ts reads it). Nothing in it may name a path of this machine.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { makePageBundle } from '../reports/html/bundle-page.ts';
import { bundleOwnPart } from '../src/cli/scenario/bundle.ts';
import { scenarioNames } from '../src/cli/scenario/scenario-file.ts';
import { engineHash } from '../src/cli/sim/explore/code-hash.ts';
import { currentVersion } from '../src/cli/sim/version.ts';
import {
  dataSetFile,
  dataSets,
  houseScenario,
  PACKAGED_DATA,
  packageFolder,
  type Built,
  type PageName,
} from '../src/layout.ts';
import { compile } from './compile.ts';
import { packageManifest, type RootManifest } from './manifest.ts';

const dist = join(packageFolder, 'dist');
const staged = join(dist, 'package');
const lib = join(staged, 'lib');

async function addPage(name: PageName): Promise<void> {
  const { script, style } = await makePageBundle(name);
  const folder = join(lib, 'reports', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'main.js'), script);
  writeFileSync(join(folder, 'page.css'), style);
  copyFileSync(join(packageFolder, 'node_modules', 'd3', 'LICENSE'), join(folder, 'LICENSE-d3'));
}

function addData(): void {
  const folder = join(lib, PACKAGED_DATA);
  mkdirSync(folder);
  copyFileSync(join(packageFolder, 'build', 'data.md'), join(folder, 'README.md'));
  for (const name of Object.keys(dataSets)) copyFileSync(dataSetFile(name) ?? '', join(folder, `${name}.json`));
}

async function scenarioHashes(): Promise<Readonly<Record<string, string>>> {
  const hashes = scenarioNames.map(async (name) => {
    const bundle = await bundleOwnPart(houseScenario(name));
    if (!bundle.ok) throw new Error(`scenario ${name}: ${bundle.reason}`);
    return [name, bundle.value.hash] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

/** Jobs to begin with. A job writes beside its file, so people copy them out of node_modules. */
const EXAMPLES = ['flight-delays', 'word-count', 'endless-counts'];

function addExamples(): void {
  for (const name of EXAMPLES)
    cpSync(join(packageFolder, 'examples', name), join(staged, 'examples', name), {
      recursive: true,
      filter: (path) => basename(path) !== 'out', // of a run in the checkout
    });
}

function addAround(): RootManifest {
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
    copyFileSync(join(packageFolder, name), join(staged, name));
  mkdirSync(join(staged, 'bin'));
  cpSync(join(packageFolder, 'build', 'bin.cjs'), join(staged, 'bin', 'millrace.cjs'));
  const root = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as RootManifest;
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(packageManifest(root), null, 2)}\n`);
  return root;
}

rmSync(staged, { recursive: true, force: true });
await compile(lib, join(dist, 'compiled'));
await addPage('page');
await addPage('live');
addData();
addExamples();
const built: Built = {
  commit: currentVersion().commit,
  scenarioHashes: await scenarioHashes(),
  engineHashes: { job: await engineHash('job'), machines: await engineHash('machines') },
};
writeFileSync(join(lib, 'built.json'), `${JSON.stringify(built, null, 2)}\n`);
const { name, version } = addAround();
execFileSync('npm', ['pack', '--silent', '--pack-destination', dist], {
  cwd: staged,
  stdio: ['ignore', 'ignore', 'inherit'],
});
console.log(`dist/${name}-${version}.tgz`);
