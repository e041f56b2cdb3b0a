// `millrace run`: a job from its submission to its end, on a cluster for it alone or on one that runs on this host.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientResult } from '../../core/client/client.ts';
import { chainOperators } from '../../core/graph/chaining.ts';
import { describeBecause } from '../../core/protocol/describe-reason.ts';
import { stackOf, withStack } from '../../core/protocol/stack-of.ts';
import { namesIn } from '../../core/protocol/vertex-names.ts';
import type { ClusterFolder } from '../../net-real/cluster-folder.ts';
import { isAlive, readHolder } from '../../net-real/holder.ts';
import { formatJson, formatText, isLogged, type LogLevel, type LogRecord } from '../../net-real/log/record.ts';
import { guarded, type Surroundings } from '../children/guarded.ts';
import { startLocal } from '../cluster/local.ts';
import { pageAddress } from '../cluster/page-address.ts';
import { readConfigured, readLocalCluster, type ReadLine } from '../cluster/read-cluster.ts';
import { loadConfiguration } from '../config/load.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { clusterOptionsHelp, helpText } from '../help.ts';
import { fact } from '../fact-lines.ts';
import { commandHere, fromUser, quote, reasonOf, shownPath } from '../files.ts';
import { loadJobFile, type ShippedJob } from '../job/job-file.ts';
import { tailLogs } from '../logs/log-tail.ts';
import { formatSeconds, type Terminal } from '../terminal.ts';
import { trustSettings } from '../trust-options.ts';
import { hasNamedSink, jobIdFor, missingSources, outputsOf, runRows, sizeFor } from './options.ts';
import { submit, Unanswered, type Submission } from './submission.ts';

export async function runJobCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const read = readConfigured(runRows, words, loadConfiguration);
  if (!read.ok) throw new UsageError(read.reason);
  if (read.value === null) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const [file, ...more] = read.value.line.bare;
  if (file === undefined) throw new UsageError(`run needs the file of a job: ${commandHere('run')} job.ts`);
  if (more.length > 0) throw new UsageError(`run takes one file of a job, and was given ${more.length + 1}`);
  const job = await loadJobFile(file);
  for (const weakness of job.weaknesses) terminal.complain(`millrace: ${weakness}`);
  // A folder that is configured is where a cluster is to be, not one that runs: only who names one wants it.
  const line = read.value;
  const run = line.given.options.has('cluster') ? runThere : runEmbedded;
  return guarded(terminal, (surroundings) => run({ job, line, terminal, surroundings }));
}

interface Run {
  readonly job: ShippedJob;
  readonly line: ReadLine;
  readonly terminal: Terminal;
  readonly surroundings: Surroundings;
}

function only({ line }: ReadLine, name: string): string | null {
  return line.options.get(name)?.[0] ?? null;
}

function jobIdOf({ job, line }: Run): string {
  return only(line, 'job-id') ?? jobIdFor(job.name, randomBytes(3).toString('hex'));
}

// ---- A cluster for the job alone

async function runEmbedded(run: Run): Promise<ExitCode> {
  const { job, line, terminal, surroundings } = run;
  const numberOf = (name: string): number | null => (only(line, name) === null ? null : Number(only(line, name)));
  const size = sizeFor(job.graph, numberOf('task-managers'), numberOf('slots'));
  if (!size.ok) throw new UsageError(size.reason);
  if (line.given.options.has('ha'))
    throw new UsageError(
      '--ha is for a cluster that runs: name its folder with --cluster; one for the job alone has its own HA service',
    );
  for (const name of trustSettings)
    if (line.given.options.has(name))
      throw new UsageError(
        `--${name} is for a cluster that runs: name its folder with --cluster; one for the job alone needs none`,
      );
  const named = only(line, 'sources');
  const sources = named === null ? null : fromUser(named);
  const missing = missingSources(job.graph, sources);
  if (missing !== null) throw new UsageError(missing);
  const jobId = jobIdOf(run);
  const sinks = fromUser(only(line, 'output') ?? join('millrace-out', jobId));
  if (hasNamedSink(job.graph)) refuseOldOutput(sinks);
  const root = temporaryFolder();
  surroundings.guard.watchFolder(root);
  try {
    const cluster = readLocalCluster(line, root);
    if (!cluster.ok) throw new UsageError(cluster.reason);
    terminal.progress(`starting a cluster of ${size.value.taskManagers} TaskManagers`);
    const restPort = Number(line.given.options.get('rest-port')?.[0] ?? 0); // what is configured is that of a cluster that stays
    const local = { ...cluster.value, ...size.value, ha: null, trust: {}, trustWords: [], sinks, sources, restPort };
    const running = await startLocal(local, { level: 'info', format: 'json', write: null }, surroundings);
    try {
      if (process.stdout.isTTY) tellPage(terminal, pageAddress(local, running.supervisor, true));
      return await runOn(run, local.folder, {
        jobId,
        sinks,
        ha: local.folder.ha,
        set: local.set,
        trust: local.trust,
        work: root,
        isOwn: true,
      });
    } finally {
      await running.stop();
    }
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    surroundings.guard.forgetFolder(root);
  }
}

function tellPage(terminal: Terminal, page: string | null): void {
  if (page !== null) terminal.line(fact('page', page));
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'millrace-run-'));
  } catch (error) {
    throw new UsageError(`there is no place for the cluster of the job: ${reasonOf(error)}`);
  }
}

/** The new output would stand beside it, and nobody could tell which is which. */
function refuseOldOutput(sinks: string): void {
  if (existsSync(sinks) && readdirSync(sinks).length > 0)
    throw new UsageError(
      `the folder ${shownPath(sinks)} is for output, and is not empty: name another one with --output`,
    );
}

// ---- A cluster that runs

async function runThere(run: Run): Promise<ExitCode> {
  const { line } = run;
  for (const name of ['task-managers', 'job-managers', 'slots', 'output', 'sources', 'rest-port'])
    if (line.given.options.has(name))
      throw new UsageError(`--${name} and --cluster contradict each other: that cluster runs already`);
  const cluster = readLocalCluster(line);
  if (!cluster.ok) throw new UsageError(cluster.reason);
  const { folder, set, ha, trust } = cluster.value;
  if (!isRun(folder))
    throw new UsageError(
      `no process of a cluster runs in ${shownPath(folder.root)} on this host: ${commandHere('cluster')} --cluster ${quote(shownPath(folder.root))} starts one`,
    );
  const work = temporaryFolder();
  run.surroundings.guard.watchFolder(work);
  try {
    return await runOn(run, folder, {
      jobId: jobIdOf(run),
      sinks: folder.sinks,
      ha: ha ?? folder.ha,
      set,
      trust,
      work,
      isOwn: false,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
    run.surroundings.guard.forgetFolder(work);
  }
}

function isRun({ work }: ClusterFolder): boolean {
  const names = existsSync(work) ? readdirSync(work) : [];
  return names.some((name) => {
    const holder = readHolder(join(work, name, 'process.json'));
    return holder !== null && isAlive(holder);
  });
}

// ---- The job

interface Place {
  readonly jobId: string;
  readonly sinks: string;
  readonly ha: string;
  readonly set: Parameters<typeof submit>[2]['set'];
  readonly trust: Parameters<typeof submit>[2]['trust'];
  readonly work: string;
  /** The cluster is for this job alone. */
  readonly isOwn: boolean;
}

const LOOK_MS = 100;

async function runOn(run: Run, folder: ClusterFolder, place: Place): Promise<ExitCode> {
  const { terminal, surroundings, job } = run;
  const begunAt = performance.now();
  const watch = watchLogs(folder, place, terminal);
  const submission = await submit(job, place.jobId, { folder, ...place });
  const timer = setInterval(() => {
    watch.look();
    terminal.progress(progressOf(submission, watch.status(), performance.now() - begunAt));
  }, LOOK_MS);
  try {
    const result = await submission.ended(surroundings.abort);
    watch.look();
    return tellEnd(run, place, result, performance.now() - begunAt);
  } catch (error) {
    terminal.progress('');
    if (error instanceof Unanswered) {
      const doctor = `${commandHere('doctor')} --cluster ${quote(shownPath(folder.root))}`;
      terminal.complain(`millrace: ${error.message}${place.isOwn ? '' : ` (${doctor} looks for the cause)`}`);
      return exitCodes.unavailable;
    }
    if (!surroundings.abort.aborted) throw error;
    terminal.complain(`millrace: ${interrupted(place, submission)}`);
    return exitCodes.interrupted;
  } finally {
    clearInterval(timer);
    terminal.progress('');
    await submission.close();
  }
}

function interrupted({ isOwn, jobId }: Place, submission: Submission): string {
  if (isOwn) return `interrupted: job ${jobId} and its cluster are gone; what it committed is there`;
  return submission.isAccepted()
    ? `job ${jobId} goes on without this command`
    : `interrupted before anybody said that job ${jobId} is accepted: it may run, or not`;
}

const UNANSWERED_MS = 5_000;

function progressOf(submission: Submission, status: string, elapsedMs: number): string {
  const { jobId } = submission;
  if (!submission.isAccepted())
    return elapsedMs < UNANSWERED_MS
      ? `submitting ${jobId}`
      : `submitting ${jobId}: no leader has answered for ${formatSeconds(elapsedMs)}`;
  return `${jobId} ${status} ${formatSeconds(elapsedMs)}`;
}

/** Shows what an operator would be woken for, and knows in which state the job is. */
function watchLogs(
  folder: ClusterFolder,
  { jobId, isOwn }: Place,
  terminal: Terminal,
): { look(): void; status(): string } {
  const tail = tailLogs(folder.logs, null);
  tail.read(); // what was told before is no news
  const format = process.stderr.isTTY ? formatText : formatJson;
  const least: LogLevel = 'warn';
  let status = 'is accepted';
  return {
    look() {
      for (const record of tail.read()) {
        const { data } = record as LogRecord & { readonly data?: { readonly jobId?: string; readonly to?: string } };
        if (record.kind === 'job-status-changed' && data?.jobId === jobId) status = data.to ?? status;
        if (isLogged(record.level, least) && (isOwn || data?.jobId === jobId)) terminal.complain(format(record));
      }
    },
    status: () => status,
  };
}

function tellEnd({ job, terminal }: Run, { jobId, sinks }: Place, result: ClientResult, elapsedMs: number): ExitCode {
  terminal.progress('');
  if (result.kind !== 'job') throw new Error(`job ${jobId}: its submission was answered with ${result.kind}`);
  const { status, reason } = result;
  terminal.line(fact('job', `${jobId} ${status} after ${formatSeconds(elapsedMs)}`));
  for (const { sink, where } of outputsOf(job.graph, sinks))
    terminal.line(fact('output', `${sink}: ${shownPath(where)}`));
  if (status === 'FINISHED') return exitCodes.pass;
  const names = namesIn(chainOperators(job.graph).vertices);
  const sentence = `millrace: job ${jobId} is ${status}${describeBecause(reason, names)}`;
  terminal.complain(withStack(sentence, reason === null ? null : stackOf(reason)));
  return status === 'CANCELED' ? exitCodes.jobCanceled : exitCodes.jobFailed;
}

function help(): string {
  return helpText({
    command: 'run',
    words: 'FILE',
    about: `Runs the job of a file from its submission to its end: on a cluster of processes on this host for it alone, which is gone afterwards,
or on one that runs. On a terminal it shows where the page of its own cluster is, and how far the job is; what an operator would be
woken for is told on standard error.`,
    options: runRows,
    exits: {
      0: 'the job FINISHED',
      2: 'it cannot be run as it was told',
      4: 'a process did not come up',
      8: 'the job FAILED; the last line says why',
      9: 'the job was CANCELED',
      69: 'no leader accepted it for 30 s',
      130: 'interrupted',
    },
    behind: [clusterOptionsHelp()],
  });
}
