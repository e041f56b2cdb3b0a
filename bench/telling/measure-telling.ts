// What it costs to tell: the share of metrics, notes and REST of the CPU profiles of a cluster at full throughput, while each second a job is asked for
// over REST and each process for its metrics.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachedEnv, packageFolder, programs } from '../../src/layout.ts';
import { clusterFolder } from '../../src/net-real/cluster-folder.ts';
import { REAL_OPTIONS } from '../real/measure-real.ts';
import { readProfile, toldSamples, type ToldSamples } from './told-samples.ts';
import { trustSamples, type TrustSamples } from './trust-samples.ts';

export interface TellingSizes {
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

export const WHOLE_TELLING: TellingSizes = { warmUpMs: 5_000, measuredMs: 20_000 };

export interface TellingMeasured {
  readonly recordsPerSecond: number;
  /** Times that somebody asked each of them. */
  readonly rounds: number;
  readonly processes: readonly {
    readonly name: string;
    readonly samples: ToldSamples;
    readonly trust: TrustSamples;
    /** Since the process started, that is with the opening of all streams. */
    readonly trustSinceStart: TrustSamples;
  }[];
}

const JOB = join(packageFolder, 'bench', 'telling', 'job.ts');
const JOB_ID = 'telling';
const MEMBERS = ['jm-1', 'tm-1', 'tm-2'] as const;
const ASK_MS = 1_000;
const PATIENCE_MS = 60_000;
const options = Object.entries({ ...REAL_OPTIONS, checkpointIntervalMs: 1_000 });
const set = options.flatMap(([name, value]) => ['--set', `${name}=${value}`]);

export async function measureTelling(
  { warmUpMs, measuredMs }: TellingSizes,
  onProgress: (text: string) => void,
): Promise<TellingMeasured> {
  const root = mkdtempSync(join(tmpdir(), 'millrace-telling-'));
  const started: ChildProcess[] = [];
  try {
    onProgress('what it costs to tell: the cluster starts');
    const members = await Promise.all(MEMBERS.map((name) => startMember(name, root, started)));
    const rest = members[0]!.rest!;
    await submit(root);
    const pages = [`${rest}/jobs/${JOB_ID}`, ...members.map(({ metrics }) => metrics)];
    await askFor(warmUpMs, pages);
    onProgress('what it costs to tell');
    const [from, before] = [nowUs(), await recordsOf(rest)];
    const rounds = await askFor(measuredMs, pages);
    const [to, after] = [nowUs(), await recordsOf(rest)];
    await stopAll(started);
    const processes = MEMBERS.map((name) => {
      const profile = readProfile(join(root, `${name}.cpuprofile`));
      return {
        name,
        samples: toldSamples(profile, [from, to]),
        trust: trustSamples(profile, [from, to]),
        trustSinceStart: trustSamples(profile, [0, Infinity]),
      };
    });
    return { recordsPerSecond: ((after - before) * 1e6) / (to - from), rounds, processes };
  } finally {
    await stopAll(started);
    rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

interface Greeting {
  readonly rest?: string;
  readonly metrics: string;
}

async function startMember(name: string, root: string, started: ChildProcess[]): Promise<Greeting> {
  const isLeader = name.startsWith('jm');
  const role = isLeader ? ['jobmanager', '--rest', '127.0.0.1:0', '--rest-open'] : ['taskmanager', '--slots', '2'];
  const words = [
    ...role,
    '--cluster',
    root,
    '--name',
    name,
    '--metrics',
    '127.0.0.1:0',
    '--log-format',
    'none',
    ...set,
  ];
  const profiled = ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-name', `${name}.cpuprofile`];
  const member = spawn(process.execPath, [...profiled, '--cpu-prof-dir', root, programs.millrace, ...words], {
    stdio: ['pipe', 'pipe', 'ignore'], // they end when this process does
    env: { ...cachedEnv(), MILLRACE_CONFIG: 'none' },
  });
  started.push(member);
  const lines = createInterface({ input: member.stdout })[Symbol.asyncIterator]();
  const { value: greeting } = (await lines.next()) as { readonly value?: string };
  if (greeting === undefined) throw new Error(`${name} of the bench did not come up`);
  return JSON.parse(greeting) as Greeting;
}

async function submit(root: string): Promise<void> {
  const words = ['submit', JOB, '--cluster', clusterFolder(root).root, '--job-id', JOB_ID];
  const command = spawn(process.execPath, [programs.millrace, ...words], {
    stdio: 'ignore',
    env: { ...cachedEnv(), MILLRACE_CONFIG: 'none' },
  });
  const [code] = (await once(command, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`millrace submit ended with ${code}`);
}

/** Asks for all of them each second. Returns how many times. */
async function askFor(ms: number, pages: readonly string[]): Promise<number> {
  const endsAt = performance.now() + ms;
  let rounds = 0;
  for (; performance.now() < endsAt; rounds++) {
    const next = performance.now() + ASK_MS;
    await Promise.all(pages.map((page) => textOf(page)));
    await sleep(Math.max(0, next - performance.now()));
  }
  return rounds;
}

async function textOf(page: string): Promise<string> {
  const answer = await fetch(page, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${page} answered ${answer.status}: ${text}`);
  return text;
}

interface Job {
  readonly vertices: readonly { readonly metrics: { readonly 'write-records': number } }[];
}

/** That the sources handed on. */
async function recordsOf(rest: string): Promise<number> {
  const { vertices } = JSON.parse(await textOf(`${rest}/jobs/${JOB_ID}`)) as Job;
  return vertices[0]!.metrics['write-records'];
}

async function stopAll(started: readonly ChildProcess[]): Promise<void> {
  const running = started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const exits = running.map((member) => once(member, 'exit'));
  for (const member of running) member.kill('SIGTERM');
  await Promise.all(exits);
}

/** As profiles say it. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
