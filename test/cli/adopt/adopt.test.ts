// A new cluster from a savepoint alone: a job is stopped with one, its files are copied, the folder of the cluster is removed wholly, and another cluster
// goes on from the copy. What both wrote is what one run writes.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { readSink } from '../../../src/net-real/sink-parts.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { repository } from '../run-cli.ts';
import { sorted, sumsJob, sumsOf } from '../sums-job.ts';

const folder = temporaryFolder();
const program = join(repository, 'src', 'cli', 'millrace.ts');
const env = { ...process.env, MILLRACE_CONFIG: 'none' };
const PATIENCE = { timeout: 60_000, interval: 100 };
const NUMBERS = 3_000; // 15 s of input: it is stopped in the middle on a busy machine too
let cluster: ChildProcess | null = null;

afterEach(stopCluster);

async function stopCluster(): Promise<void> {
  const child = cluster;
  cluster = null;
  if (child === null || child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}

function millrace(...words: readonly string[]): { readonly code: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    env,
    cwd: folder.path(),
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, text: `${stdout}${stderr}` };
}

async function startCluster(): Promise<void> {
  const words = ['cluster', '--rest-port', '0', '--set', 'checkpointIntervalMs=300'];
  const child = spawn(process.execPath, [program, ...words], {
    env,
    cwd: folder.path(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  cluster = child;
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await vi.waitFor(() => expect(said).toContain('slots'), PATIENCE);
}

function writeSources(): void {
  const lines = Array.from({ length: NUMBERS }, (_, number) => `${number}\n`);
  folder.write('.millrace/sources/numbers/0.jsonl', lines.join(''));
}

/** Runs the job until it has written, and stops it with a savepoint. Returns its checkpoint, `chk-4`. */
async function runAndStop(): Promise<string> {
  writeSources();
  folder.write('job.ts', sumsJob);
  await startCluster();
  expect(millrace('submit', 'job.ts', '--job-id', 'sums').text).toContain('is submitted');
  const out = folder.path('.millrace', 'sinks', 'out');
  await vi.waitFor(() => expect(existsSync(out) && readdirSync(out).length > 2).toBe(true), PATIENCE);
  expect(millrace('stop', 'sums', '--savepoint-id', 'last').text).toContain('with savepoint millrace:sums/last');
  await stopCluster();
  const numbers = readdirSync(folder.path('.millrace', 'storage', 'sums')).map((name) =>
    Number(name.slice('chk-'.length)),
  );
  return `chk-${Math.max(...numbers)}`; // a cluster that ends may leave a checkpoint before it half collected
}

const written = (): Promise<readonly unknown[]> => readSink(folder.path('.millrace', 'sinks'), 'out');

/** What a doctor finds of the folder, as `about status`, with its exit code. */
function examine(savepoint: string): readonly [number | null, ...string[]] {
  const { code, text } = millrace('doctor', '--json', '--from', savepoint);
  const findings = JSON.parse(text) as readonly Finding[];
  return [code, ...findings.map(({ about, status }) => `${about} ${status}`)];
}

test('a new cluster goes on from the files of a savepoint, when all else is gone', { timeout: 180_000 }, async () => {
  const checkpoint = await runAndStop();
  const before = await written();
  expect(before.length).toBeGreaterThan(0);
  expect(before.length).toBeLessThan(NUMBERS);
  const copy = folder.path('kept', checkpoint);
  cpSync(folder.path('.millrace', 'storage', 'sums', checkpoint), copy, { recursive: true });
  rmSync(folder.path('.millrace'), { recursive: true });

  expect(examine(copy)).toEqual([0, 'savepoint ok', 'code warn', 'output warn', 'start ok']);
  const adopted = millrace('adopt', copy);
  expect(adopted.text).toContain(`savepoint millrace:sums/adopted-${checkpoint.replace('chk-', '')} is one of `);
  expect(adopted.code).toBe(0);
  expect(millrace('adopt', copy).code).toBe(0); // repeated, it does nothing
  const location = /millrace:sums\/adopted-\d+/.exec(adopted.text)![0];
  writeSources();
  await startCluster();
  expect(millrace('adopt', copy, '--savepoint-id', 'late').text).toMatch(
    /^millrace: [jt]m-1 of the cluster .* runs .*stop/,
  );
  const submitted = millrace('submit', 'job.ts', '--job-id', 'again', '--from-savepoint', location, '--wait');
  expect(submitted.text).toContain('job again, is FINISHED');
  await stopCluster();
  expect(sorted([...before, ...(await written())] as number[])).toEqual(sumsOf(NUMBERS));
});

test(
  'with the storage and the sinks kept: the code is there, and output goes on in the same sink',
  { timeout: 180_000 },
  async () => {
    const checkpoint = await runAndStop();
    const storage = folder.path('kept', 'storage');
    cpSync(folder.path('.millrace', 'storage'), storage, { recursive: true });
    for (const name of ['ha', 'storage', 'work', 'logs', 'rest', 'rest-token'])
      rmSync(folder.path('.millrace', name), { recursive: true, force: true });
    rmSync(folder.path('job.ts'));
    const copy = join(storage, 'sums', checkpoint);
    expect(examine(copy)).toEqual([0, 'savepoint ok', 'code ok', 'output warn', 'start ok']);
    expect(millrace('adopt', copy, '--savepoint-id', 'kept').code).toBe(0);
    await startCluster();
    const [artifact = ''] = readdirSync(join(storage, 'artifacts'));
    const file = join(storage, 'artifacts', artifact);
    const line = ['submit', file, '--job-id', 'again', '--from-savepoint', 'millrace:sums/kept', '--wait'];
    expect(millrace(...line).text).toContain('job again, is FINISHED');
    await stopCluster();
    expect(sorted((await written()) as number[])).toEqual(sumsOf(NUMBERS));
  },
);
