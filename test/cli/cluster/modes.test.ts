// What others on the host can read of a cluster that ran: the output of its sinks, as the umask allows, and what the user put there. Nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';
import { repository } from '../run-cli.ts';

const folder = temporaryFolder();
const program = join(repository, 'src', 'cli', 'millrace.ts');
const env = { ...process.env, MILLRACE_CONFIG: 'none' };
const PATIENCE = { timeout: 60_000, interval: 100 };

const job = `import { defineJob } from 'millrace/scenario';
export const job = defineJob('sums', (env) =>
  env.fromSource<number>('numbers', { topic: 'generator:', splits: 1, recordsPerSecond: 200 })
    .keyBy((number) => String(number % 10))
    .reduce('sum', (a, b) => a + b)
    .sinkTo('out', { sink: 'out' }));
`;

/** Runs a cluster with a job until it has written, takes a savepoint, stops all, and returns the modes of all that is there, by path. */
async function modesUnder(umask: string): Promise<ReadonlyMap<string, number>> {
  folder.write('job.ts', job);
  const line = `umask ${umask}; exec '${process.execPath}' '${program}' cluster --rest-port 0 --set checkpointIntervalMs=300`;
  const child = spawn('sh', ['-c', line], { env, cwd: folder.path(), stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await vi.waitFor(() => expect(said).toContain('slots'), PATIENCE);
    const millrace = (...words: readonly string[]): void => {
      const { status, stderr } = spawnSync(process.execPath, [program, ...words], {
        env,
        cwd: folder.path(),
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    };
    millrace('submit', 'job.ts', '--job-id', 'sums');
    const out = folder.path('.millrace', 'sinks', 'out');
    await vi.waitFor(() => expect(existsSync(out) && readdirSync(out).length > 2).toBe(true), PATIENCE);
    millrace('savepoint', 'sums');
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
  }
  const names = readdirSync(folder.path('.millrace'), { recursive: true, encoding: 'utf8' });
  const modeOf = (name: string): number => lstatSync(folder.path('.millrace', name)).mode & 0o777;
  return new Map([['', modeOf('')], ...names.map((name) => [name, modeOf(name)] as const)]);
}

const OTHERS = 0o077;

/** Of all that is there what others can do something with: neither it nor a folder around it keeps them out. */
function openToOthers(modes: ReadonlyMap<string, number>): readonly string[] {
  const isShut = (name: string): boolean => (modes.get(name)! & OTHERS) === 0;
  const around = (name: string): readonly string[] =>
    name.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  return [...modes.keys()].filter((name) => !around(name).some(isShut));
}

test('with a umask that lets others read: sinks and their parts, and the way there', { timeout: 120_000 }, async () => {
  const modes = await modesUnder('022');
  const open = openToOthers(modes);
  expect(open.filter((name) => !name.startsWith('sinks/out/part-')).toSorted()).toEqual(['', 'sinks', 'sinks/out']);
  expect(open.some((name) => name.startsWith('sinks/out/part-'))).toBe(true);
  expect(modes.get('')).toBe(0o755);
  for (const [name, mode] of modes)
    if (name !== '' && !/^sinks(\/|$)/.test(name)) expect({ name, mode: mode & OTHERS }).toEqual({ name, mode: 0 });
  for (const name of ['ha', 'storage', 'work', 'logs', 'rest', 'sinks/out/.writers'])
    expect(modes.get(name)).toBe(0o700);
  expect(modes.get('rest-token')).toBe(0o600);
});

test(
  'with a umask that lets the group read: it reads the parts, and others nothing',
  { timeout: 120_000 },
  async () => {
    const modes = await modesUnder('027');
    const parts = [...modes].filter(([name]) => name.startsWith('sinks/out/part-'));
    expect(new Set(parts.map(([, mode]) => mode))).toEqual(new Set([0o640]));
    expect([...modes.values()].some((mode) => (mode & 0o007) !== 0)).toBe(false);
  },
);
