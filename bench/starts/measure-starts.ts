// How long it takes until records move: from the launch of all processes, and from a submission to a cluster that runs. By the clock, as whoever waits
// sees it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadJobFile } from '../../src/cli/job/job-file.ts';
import { cachedEnv, packageFolder, programs } from '../../src/layout.ts';
import { clusterFolder } from '../../src/net-real/cluster-folder.ts';

export interface StartsSizes {
  readonly rounds: number;
}

export const WHOLE_STARTS: StartsSizes = { rounds: 7 };

/** Milliseconds, one for each round. */
export interface StartsMeasured {
  /** `millrace run`, from before its process to the first committed part: one JobManager, two TaskManagers, a guard. */
  readonly launchMs: readonly number[];
  /** `POST /jars/…/run` until the sink wrote its first records, which no TaskManager had the code of. */
  readonly requestMs: readonly number[];
  /** The whole command `millrace submit`, which ends when the job is accepted. */
  readonly commandMs: readonly number[];
}

const JOB = join(packageFolder, 'bench', 'starts', 'job.ts');
const SINK = 'copies';
const PATIENCE_MS = 60_000;

export async function measureStarts(
  { rounds }: StartsSizes,
  onProgress: (text: string) => void,
): Promise<StartsMeasured> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-starts-'));
  try {
    const launchMs: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      onProgress(`launch ${round} of ${rounds}`);
      launchMs.push(await launch(join(folder, `launch-${round}`)));
    }
    return { launchMs, ...(await submissions(join(folder, 'cluster'), rounds, onProgress)) };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function launch(output: string): Promise<number> {
  const begunAt = performance.now();
  const command = start(['run', JOB, '--task-managers', '2', '--output', output]);
  try {
    await until(() => {
      if (command.exitCode !== null) throw new Error(`millrace run ended with ${command.exitCode}`);
      return namesIn(join(output, SINK)).some((name) => name.startsWith('part-'));
    });
    return performance.now() - begunAt;
  } finally {
    await stop(command);
  }
}

/** One after the other, each with slots that nobody had. */
async function submissions(
  root: string,
  rounds: number,
  onProgress: (text: string) => void,
): Promise<Pick<StartsMeasured, 'requestMs' | 'commandMs'>> {
  const slots = String(rounds * 2);
  const command = start(['cluster', '--cluster', root, '--slots', slots, '--task-managers', '2', '--rest-port', '0']);
  try {
    const url = await restOf(command);
    const folder = clusterFolder(root);
    const rest = { url, token: readFileSync(folder.restToken, 'utf8').trim() };
    const requestMs: number[] = [];
    const commandMs: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      onProgress(`submission ${round} of ${rounds}`);
      requestMs.push(await request(rest, folder.sinks, round));
      const jobId = `command-${round}`;
      const begunAt = performance.now();
      const submission = start(['submit', JOB, '--cluster', root, '--job-id', jobId]);
      const [code] = (await once(submission, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`millrace submit ended with ${code}`);
      commandMs.push(performance.now() - begunAt);
      await cancel(rest, jobId);
    }
    return { requestMs, commandMs };
  } finally {
    await stop(command);
  }
}

interface Rest {
  readonly url: string;
  readonly token: string;
}

async function request(rest: Rest, sinks: string, round: number): Promise<number> {
  const { artifact } = await loadJobFile(JOB);
  const contents = Buffer.concat([artifact.contents, Buffer.from(`\n// round ${round}\n`)]); // others have another hash
  const form = new FormData();
  form.set('jarfile', new Blob([contents]), `round-${round}.mjs`);
  const { filename } = (await post(rest, '/jars/upload', form)) as { readonly filename: string };
  const id = filename.slice(filename.lastIndexOf('/') + 1);
  const begunAt = performance.now();
  const { jobid } = (await post(rest, `/jars/${id}/run`, '{}')) as { readonly jobid: string };
  await until(() => hasRecords(join(sinks, SINK, '.writers'), jobid));
  const tookMs = performance.now() - begunAt;
  await cancel(rest, jobid);
  return tookMs;
}

/** Whether a transaction of the job holds something. */
function hasRecords(writers: string, jobId: string): boolean {
  return namesIn(writers).some((writer) => {
    if (!writer.startsWith(encodeURIComponent(`${jobId}/`))) return false;
    const transactions = join(writers, writer, 'transactions');
    return namesIn(transactions).some((name) => sizeOf(join(transactions, name)) > 0);
  });
}

/** Returns when it is over: only one job at a time may write to a sink. */
async function cancel({ url, token }: Rest, jobId: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/jobs/${jobId}`, { method: 'PATCH', headers });
  if (!answer.ok) throw new Error(`the cancellation of ${jobId} was answered ${answer.status}`);
  for (let state = ''; state !== 'CANCELED'; await sleep(LOOK_MS)) {
    const job = (await (await fetch(`${url}/jobs/${jobId}`)).json()) as { readonly state: string };
    state = job.state;
  }
}

async function post({ url, token }: Rest, path: string, body: FormData | string): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
  };
  const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as unknown;
}

// ---- Processes, and what they leave

function start(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [programs.millrace, ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...cachedEnv(), MILLRACE_CONFIG: 'none' },
  });
}

async function stop(command: ChildProcess): Promise<void> {
  if (command.exitCode !== null || command.signalCode !== null) return;
  const gone = once(command, 'exit');
  command.kill('SIGTERM');
  await gone;
}

/** Where REST is, as the command says. */
async function restOf(command: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: command.stdout! })) {
    const found = /^REST +(\S+)/.exec(line);
    if (found !== null) return found[1] as string;
  }
  throw new Error('the cluster did not say where REST is');
}

const LOOK_MS = 1;

async function until(holds: () => boolean): Promise<void> {
  for (const begunAt = performance.now(); !holds(); await sleep(LOOK_MS))
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`no record moved within ${PATIENCE_MS / 1_000} s`);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there yet
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
