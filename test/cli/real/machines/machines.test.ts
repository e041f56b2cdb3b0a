// `npm run real` of machines of a user's own: real processes, one of them really killed.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { repository, type Ended } from '../../run-cli.ts';
import { listProcesses } from '../process-list.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PATIENCE = { timeout: 60_000, interval: 50 };
const COUNTER = 'test/cli/real/machines/counter.ts';

/** Runs with a folder for temporary files of its own, and looks that nothing is left there. */
async function real(name: string, line: string): Promise<Ended> {
  const temporary = join(folder, name);
  mkdirSync(temporary);
  const words = [join(repository, 'src', 'cli', 'millrace.ts'), 'real', ...line.split(' ')];
  const env = { ...process.env, TMPDIR: temporary };
  const ended = await new Promise<Ended>((resolve) => {
    const child = execFile(process.execPath, words, { cwd: repository, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
  await vi.waitFor(() => {
    expect(listProcesses().filter((one) => one.words.includes(temporary))).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  }, PATIENCE);
  return ended;
}

describe.concurrent('machines on real processes', { timeout: 3 * PATIENCE.timeout }, () => {
  test('a server is killed: it comes back with its log, and every call is answered', async () => {
    const trace = join(folder, 'trace.jsonl');
    const { code, stdout, stderr } = await real('log', `--scenario ${COUNTER} --seed 3 --json --trace ${trace}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      guest: 'machines',
      scenario: 'counter',
      verdict: 'pass',
      traceHash: null,
      faults: { crash: 1 },
      calls: { called: 60, answered: 60 },
      restarts: 1,
      oracles: { linearizable: 'pass' },
      strikes: [{ kind: 'kill', victim: 'server', incarnation: 1 }],
    });
    const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
    const [header, ...events] = lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(header).toMatchObject({
      world: 'real',
      guest: { kind: 'machines', roles: { server: 'server', client: 'client' }, services: { 'log-append': 'log' } },
    });
    const ends = events
      .filter(({ kind }) => kind === 'stopped')
      .map(({ node, why }) => `${String(node)}: ${String(why)}`);
    expect(ends.toSorted()).toEqual(['client: stop', 'server: crash', 'server: stop']);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ kind: 'verdict', verdict: 'pass' });
  });

  test('a server that forgets is found out', async () => {
    const { code, stdout } = await real('forgetful', `--scenario ${COUNTER} --seed 4 --set isForgetful=1`);
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('FAIL  linearizable: no order of'),
    });
    expect(stdout).toContain('kill -9 of server at ');
    for (const name of ['real-trace.jsonl', 'real.html'])
      rmSync(join(repository, 'reports/out', `counter-4-${name}`), { force: true });
  });

  test('rounds of random kills', async () => {
    const { code, stdout } = await real('rounds', `--scenario ${COUNTER} --seed 5 --rounds 2 --json`);
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, passed: 2, failed: 0 });
  });

  test('what cannot be done is told in one sentence', async () => {
    const own = await real('own', '--scenario test/cli/real/machines/own-service.ts');
    expect(own).toMatchObject({
      code: 2,
      stderr:
        'millrace: scenario "delphi": service "delphi" is simulated, and real processes have no port for it: they have durableLog, fileStore, keyValueStore and leaseService\n',
    });
    expect(await real('strike', `--scenario ${COUNTER} --strike tm-crash`)).toMatchObject({
      code: 2,
      stderr: 'millrace: --strike tm-crash is for jobs: of machines a process is killed, or none (--no-faults)\n',
    });
    expect(await real('safe', '--scenario test/cli/real/machines/own-service.ts --rounds 2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no node of it may crash, so none is killed'),
    });
  });
});
