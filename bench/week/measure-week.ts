// How a cluster starts again after a long time with a checkpoint each second: all of its processes end, its folder is aged, and they start again.
// By the clock, from before the first process until output is committed.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { transactionAttempt, transactionName } from '../../src/core/checkpoint/transaction-names.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { cachedEnv, packageFolder, programs } from '../../src/layout.ts';
import { clusterFolder, type ClusterFolder } from '../../src/net-real/cluster-folder.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import type { Port } from '../../src/net-real/port.ts';
import { ATTEMPTS_MAX } from '../../src/net-real/sink-fold.ts';
import { peakMiB } from '../peak-memory.ts';
import { ageCompacted, ageUncompacted } from './aged-folder.ts';

export interface WeekSizes {
  readonly rounds: number;
  /** Checkpoints, one each second. */
  readonly ages: readonly Age[];
  /** For the count of files. */
  readonly checkpoints: number;
}

interface Age {
  readonly what: string;
  readonly checkpoints: number;
  readonly compacted: boolean;
  /** That committed something and are over. */
  readonly attempts: number;
}

const DAY = 86_400;

export const WHOLE_WEEK: WeekSizes = {
  rounds: 3,
  ages: [
    { what: 'some seconds', checkpoints: 0, compacted: true, attempts: 0 },
    { what: 'a week', checkpoints: 7 * DAY, compacted: true, attempts: 50 },
    { what: 'a year', checkpoints: 365 * DAY, compacted: true, attempts: ATTEMPTS_MAX },
    { what: 'a day, of a version that compacted nothing', checkpoints: DAY, compacted: false, attempts: 1 },
  ],
  checkpoints: 3_000,
};

export interface WeekMeasured {
  readonly starts: readonly StartsAfter[];
  readonly disk: DiskUse;
}

export interface StartsAfter {
  readonly what: string;
  /** Of the HA service and the sinks, before the start. */
  readonly files: number;
  /** Until the JobManager says where its REST is, which no cluster has much to do with; one for each round. */
  readonly upMs: readonly number[];
  /** Until output is committed again; one for each round. */
  readonly committedMs: readonly number[];
  /** The most of a process since its start, by name; of the worst round. */
  readonly peakMiB: Readonly<Record<string, number>>;
}

/** The most that was there at once. */
export interface DiskUse {
  readonly checkpoints: number;
  readonly files: number;
  readonly bytes: number;
}

const JOB = join(packageFolder, 'bench', 'week', 'job.ts');
const SINK = 'copies';
const PATIENCE_MS = 600_000;

export async function measureWeek(sizes: WeekSizes, onProgress: (text: string) => void): Promise<WeekMeasured> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-week-'));
  try {
    const starts: StartsAfter[] = [];
    for (const [index, age] of sizes.ages.entries()) {
      const rounds: Start[] = [];
      for (let round = 1; round <= sizes.rounds; round++) {
        onProgress(`a start after ${age.what}, ${round} of ${sizes.rounds}`);
        rounds.push(await startAfter(clusterFolder(join(folder, `${index}-${round}`)), age));
      }
      starts.push(together(age.what, rounds));
    }
    onProgress(`files of ${sizes.checkpoints} checkpoints`);
    return { starts, disk: await diskUse(join(folder, 'disk'), sizes.checkpoints) };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

// ---- Starts

interface Start {
  readonly files: number;
  readonly upMs: number;
  readonly committedMs: number;
  readonly peakMiB: Readonly<Record<string, number>>;
}

async function startAfter(folder: ClusterFolder, age: Age): Promise<Start> {
  const first = start(folder);
  try {
    await submit(folder);
    await until(() => partsIn(folder) >= 4);
  } finally {
    await kill(folder, first);
  }
  if (age.checkpoints > 0) await (age.compacted ? ageCompacted(folder, age) : ageUncompacted(folder, age));
  const files = filesBelow(folder.ha).length + filesBelow(join(folder.sinks, SINK, '.writers')).length;
  const before = partsIn(folder);
  const begunAt = performance.now();
  const again = start(folder);
  try {
    await until(() => isUp(folder, again));
    const upMs = performance.now() - begunAt;
    await until(() => partsIn(folder) > before);
    const committedMs = performance.now() - begunAt;
    await sleep(SETTLE_MS);
    return { files, upMs, committedMs, peakMiB: peaks(folder) };
  } finally {
    await kill(folder, again);
  }
}

const SETTLE_MS = 2_000; // some more checkpoints

function together(what: string, rounds: readonly Start[]): StartsAfter {
  const names = Object.keys(rounds[0]?.peakMiB ?? {});
  return {
    what,
    files: Math.max(...rounds.map(({ files }) => files)),
    upMs: rounds.map(({ upMs }) => upMs),
    committedMs: rounds.map(({ committedMs }) => committedMs),
    peakMiB: Object.fromEntries(
      names.map((name) => [name, Math.max(...rounds.map(({ peakMiB }) => peakMiB[name] ?? 0))]),
    ),
  };
}

function start({ root }: ClusterFolder): ChildProcess {
  return millrace(['cluster', '--cluster', root, '--task-managers', '2', '--rest-port', '0']);
}

function millrace(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [programs.millrace, ...words], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...cachedEnv(), MILLRACE_CONFIG: 'none' },
  });
}

async function submit(folder: ClusterFolder): Promise<void> {
  await until(() => namesIn(folder.rest).length > 0);
  const submission = millrace(['submit', JOB, '--cluster', folder.root, '--job-id', 'week']);
  const [code] = (await once(submission, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`millrace submit ended with ${code}`);
}

/** All at once, by SIGKILL. */
async function kill(folder: ClusterFolder, command: ChildProcess): Promise<void> {
  const pids = Object.values(pidsIn(folder));
  const gone = once(command, 'exit');
  command.kill('SIGKILL');
  await gone;
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it went with its command
    }
  }
  await until(() => pids.every((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false }) === undefined));
}

/** What those who were killed left says nothing. */
function isUp({ rest }: ClusterFolder, { pid: command }: ChildProcess): boolean {
  return namesIn(rest).some((name) => {
    const pid = /"pid":(\d+)/.exec(readFileSync(join(rest, name), 'utf8'))?.[1]; // it may be half written
    const status = join('/proc', pid ?? 'nobody', 'status');
    return statSync(status, { throwIfNoEntry: false }) !== undefined && parentOf(status) === command;
  });
}

function parentOf(status: string): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(status, 'utf8'))?.[1]);
}

function pidsIn({ work }: ClusterFolder): Readonly<Record<string, number>> {
  return Object.fromEntries(
    namesIn(work).map((name) => {
      const { pid } = JSON.parse(readFileSync(join(work, name, 'process.json'), 'utf8')) as { readonly pid: number };
      return [name, pid];
    }),
  );
}

function peaks(folder: ClusterFolder): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(pidsIn(folder)).map(([name, pid]) => [name, peakMiB(pid)]));
}

// ---- Files

/** Writes that a checkpoint makes, of one job with one writer, and no process beside. */
async function diskUse(root: string, checkpoints: number): Promise<DiskUse> {
  const { ha, sinks } = clusterFolder(root);
  const service = haDirectory({ folder: ha });
  const sink = fileSink({ folder: sinks });
  let most: DiskUse = { checkpoints, files: 0, bytes: 0 };
  await asked(sink, { kind: 'sink-open', ...WRITER, token: TOKEN, keep: [] });
  for (let checkpoint = 1; checkpoint <= checkpoints; checkpoint++) {
    await oneCheckpoint(service, sink, checkpoint);
    if (checkpoint % 10 > 0) continue;
    const files = [...filesBelow(ha), ...filesBelow(sinks)];
    const bytes = files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * 512, 0);
    most = { checkpoints, files: Math.max(most.files, files.length), bytes: Math.max(most.bytes, bytes) };
  }
  await service.close();
  await sink.close();
  return most;
}

const TOKEN = { epoch: 1, attempt: 1 };
const WRITER = { sink: SINK, writer: 'job/sink/0' };
const POINTER_BYTES = 500; // of a checkpoint, about as long as one of the job above

async function oneCheckpoint(service: Port, sink: Port, checkpoint: number): Promise<void> {
  const transaction = transactionName(WRITER.writer, checkpoint, transactionAttempt(1, 1));
  for (const key of ['counter/job', 'checkpoints/job'])
    await asked(service, {
      kind: 'ha-write',
      key,
      value: new Uint8Array(POINTER_BYTES),
      ifRevision: null,
      ifEpoch: null,
    });
  await asked(sink, { kind: 'sink-prepare', ...WRITER, token: TOKEN, transaction, chunks: 0 });
  await asked(sink, { kind: 'sink-commit', ...WRITER, token: TOKEN, transaction });
}

async function asked(port: Port, request: PortRequest): Promise<void> {
  const answer = await port.request(request);
  if (answer.kind === 'failed' || answer.kind === 'sink-refused') throw new Error(JSON.stringify(answer));
}

// ---- What is there

function partsIn({ sinks }: ClusterFolder): number {
  return namesIn(join(sinks, SINK)).filter((name) => name.startsWith('part-')).length;
}

const LOOK_MS = 2;

async function until(holds: () => boolean): Promise<void> {
  for (const begunAt = performance.now(); !holds(); await sleep(LOOK_MS))
    if (performance.now() - begunAt > PATIENCE_MS) throw new Error(`nothing happened within ${PATIENCE_MS / 1_000} s`);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // not there yet
  }
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
