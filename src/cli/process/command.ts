// `millrace jobmanager` and `millrace taskmanager`: one machine in this process, until somebody stops it.
import { fstatSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { Leader } from '../../core/leadership/leader-watch.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { JobNames } from '../../core/protocol/describe-note.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { JobManagerState } from '../../core/jobmanager/state.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import { programs, readManifest } from '../../layout.ts';
import { whyNoFolder } from '../../net-real/folder-promises.ts';
import { isHaFolder } from '../../net-real/ha-service.ts';
import { tellPlace } from '../../net-real/cluster-folder.ts';
import type { MetricsServer } from '../../net-real/metrics/server.ts';
import type { SaidKind } from '../../net-real/log/process-log.ts';
import type { RunningJobManager } from '../../net-real/job-manager-process.ts';
import type { ProcessConfig, RunningMachine } from '../../net-real/processes.ts';
import type { RestServer } from '../../rest/server.ts';
import { messageOf } from '../../core/base/stack-lines.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { judgeThrownBy } from '../last-word.ts';
import type { Terminal } from '../terminal.ts';
import { loadConfiguration } from '../config/load.ts';
import { tellLongCalls } from './long-calls.ts';
import { describeThrown, uncaughtOf } from './job-errors.ts';
import { describeDeed, refuseExits } from './job-exit.ts';
import { tellLeaderless } from './leaderless.ts';
import { keptLogs, openProcessLog } from './open-log.ts';
import { tellStandby, type Standing } from './standby.ts';
import { takePlace } from './place.ts';
import { processHelp, type ProcessRole } from './options.ts';
import { readProcessCommand, type ProcessCommand } from './read-process.ts';

/** What a process says on its standard output when it is up, as one JSON line. */
export interface Greeting {
  readonly role: ProcessRole;
  readonly name: string;
  readonly address: string;
  readonly listening: string;
  readonly incarnation: number;
  readonly pid: number;
  /** Where it tells its metrics, if it does. */
  readonly metrics?: string;
  /** Where it answers REST, if it does. */
  readonly rest?: string;
}

/** What it says there of code of a job, as further lines. */
export interface WordOfJob {
  /** Without its subject: `left this behind: RangeError: too late`. */
  readonly userCode: string;
}

const STACK_FRAMES = 50;

export async function processCommand(
  role: ProcessRole,
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const command = readProcessCommand(role, words, (flag) => loadConfiguration(flag));
  if (!command.ok) throw new UsageError(command.reason);
  if (command.value.kind === 'help') {
    terminal.line(processHelp(role));
    return exitCodes.pass;
  }
  process.stderr.on('error', () => {}); // a log on a full disk: that it cannot complain is no reason to end
  const { value } = command;
  const why = whyNoFolder(promisedFolders(value));
  if (why !== null) throw new UsageError(`this ${role} cannot start: ${why}`);
  const { work, name, cluster, release } = takePlace(role, value.place);
  const processLog = openProcessLog(name, cluster, value.logging, terminal);
  process.once('exit', () => processLog.close()); // also of a process that ends where nobody waits for it
  const runsJobs = value.kind === 'taskmanager';
  if (runsJobs) {
    refuseExits();
    Error.stackTraceLimit = STACK_FRAMES; // a library of a job may have many of them above the job's own
  }
  judgeThrownBy(
    uncaughtOf(runsJobs, {
      tell: (text) => processLog.say('job-code', text),
      end: endAsThrown,
      onJob: (error) => tellDeed(terminal, error),
    }),
  );
  const ownLogs = keptLogs(name, cluster, processLog);
  const ofProcess = {
    work,
    logs: ownLogs,
    log: (line: string, kind: SaidKind = 'network') => processLog.say(kind, line),
    onNote: (note: Note, namesOf: JobNames) => processLog.note(note, namesOf),
  };
  let metrics: MetricsServer | null = null;
  let rest: RestServer | null = null;
  let endLooks: (() => void) | null = null;
  try {
    const running = await startRole(value, ofProcess).catch((error: unknown) => {
      throw new UsageError(`this ${role} cannot start: ${messageOf(error)}`); // an address, a folder, a file: what it was told
    });
    if (cluster !== null) tellPlace(cluster, name, { role, address: running.address, version: readManifest().version });
    metrics = await tellMetrics(value, running);
    if (value.kind === 'jobmanager' && value.rest !== null) {
      const { serveRest } = await import('./serve-rest.ts'); // hono, which others need not wait for
      const place = { name, cluster, processLog, ownLogs };
      rest = await serveRest(value.rest, value.config, running as RunningJobManager, place);
    }
    stopWhenAsked(running, (why) => processLog.say('process', `stops: ${why}`));
    const { address, listening, incarnation } = running;
    const told = {
      ...(metrics === null ? {} : { metrics: metrics.url }),
      ...(rest === null ? {} : { rest: rest.url }),
    };
    const greeting: Greeting = { role, name, address, listening, incarnation, pid: process.pid, ...told };
    terminal.line(JSON.stringify(greeting));
    processLog.say('process', `${role} is up at ${address}, incarnation ${incarnation}, process ${process.pid}`);
    flushCompileCache(); // Node writes it at a good end alone: whoever is killed would compile all anew at each start
    if (runsJobs) {
      const leader = (): Leader | null => (running.state() as TaskManagerState).watch.leader;
      const endLeaderless = tellLeaderless(value.config.ha, leader, processLog);
      const endCalls = tellLongCalls(() => (running.state() as TaskManagerState).tasks, processLog);
      endLooks = () => {
        endLeaderless();
        endCalls();
      };
    } else
      endLooks = tellStandby(
        value.config.ha,
        standingOf(running as RunningJobManager, value.config.options),
        processLog,
      );
    return await untilHalted(running, (text) => processLog.say('halted', text));
  } finally {
    endLooks?.();
    void metrics?.close();
    await rest?.close();
    processLog.close();
    release();
  }
}

/** Those that it would write to, and of which it counts on something. */
function promisedFolders({
  config,
  place,
}: Exclude<ProcessCommand, { kind: 'help' }>): Parameters<typeof whyNoFolder>[0] {
  const { ha, storage, sinks } = config;
  const work = place.work ?? place.cluster?.work ?? null;
  return [
    ...(isHaFolder(ha) ? ([['ha', ha]] as const) : []),
    ...(storage === null ? [] : ([['storage', storage]] as const)),
    ['sinks', sinks],
    ...(work === null ? [] : ([['work', work]] as const)),
  ];
}

/** With the code of its role alone: that of the other one would be a third of its start. */
async function startRole(
  value: Exclude<ProcessCommand, { kind: 'help' }>,
  ofProcess: Pick<ProcessConfig, 'work' | 'log' | 'logs' | 'onNote'>,
): Promise<RunningMachine<unknown>> {
  if (value.kind === 'jobmanager') {
    const { startJobManager } = await import('../../net-real/job-manager-process.ts');
    return startJobManager({ ...value.config, ...ofProcess, delivery: programs.delivery });
  }
  const { startTaskManager } = await import('../../net-real/task-manager-process.ts');
  return startTaskManager({ ...value.config, ...ofProcess, watchdog: programs.watchdog });
}

async function tellMetrics(
  { kind, metrics: where }: Exclude<ProcessCommand, { kind: 'help' }>,
  running: RunningMachine<unknown>,
): Promise<MetricsServer | null> {
  if (where === null) return null;
  try {
    const { tellJobManager, tellTaskManager } = await import('../../net-real/metrics/process-metrics.ts'); // 30 ms that others need not wait for
    return await (kind === 'jobmanager' ? tellJobManager : tellTaskManager)(where, running);
  } catch (error) {
    await running.stop();
    throw new UsageError(messageOf(error));
  }
}

function standingOf(running: RunningJobManager, { leaseRenewIntervalMs }: ClusterOptions): Standing {
  return {
    address: running.address,
    leaseRenewIntervalMs,
    election: () => (running.state() as JobManagerState).election,
    haAnsweredAt: () => running.haAnsweredAt(),
  };
}

function endAsThrown(): void {
  process.exit(exitCodes.threw);
}

function tellDeed(terminal: Terminal, error: unknown): void {
  terminal.line(JSON.stringify({ userCode: describeDeed(error) } satisfies WordOfJob));
}

/** Until the machine ends, whoever ends it. */
export async function untilHalted(
  running: Pick<RunningMachine<unknown>, 'halted'>,
  complain: (text: string) => void,
): Promise<ExitCode> {
  try {
    const why = await running.halted;
    if (why === STOPPED) return exitCodes.pass;
    complain(`halted: ${why}`);
  } catch (error) {
    complain(describeThrown(error));
  } finally {
    process.stdin.destroy(); // or it would keep the process
  }
  return exitCodes.threw;
}

const STOPPED = 'stopped';

/** By a signal, or when whoever started the process is gone. */
export function stopWhenAsked(
  running: Pick<RunningMachine<unknown>, 'stop'>,
  tell: (why: string) => void = () => {},
): void {
  let isAsked = false;
  const stop = (why: string): void => {
    if (!isAsked) tell(why);
    isAsked = true;
    void running.stop(why);
  };
  process.on('SIGTERM', () => stop('SIGTERM')); // a group gets it as a whole, and then from whoever leads it
  process.once('SIGINT', () => stop('SIGINT'));
  if (!isPipe()) return;
  const gone = (): void => stop('whoever started it is gone');
  process.stdin.once('close', gone).on('error', gone).resume();
}

/** Whoever holds the other end is the parent. A terminal, a file or /dev/null says nothing about it. */
function isPipe(): boolean {
  const stdin = fstatSync(0);
  return stdin.isFIFO() || stdin.isSocket();
}
