// Looks on while jobs run on real processes: reads their traces, lets the striker strike, and sees how they end. Then everything is stopped.
import { describeReason } from '../../core/protocol/describe-reason.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { Decisions } from '../../sim/decisions.ts';
import type { ClientView } from './client-plans.ts';
import type { RealCluster } from './cluster.ts';
import { createFacts, isCleanedUp, noteLine, runningAttempts, runningBy, type RealFacts } from './facts.ts';
import { toldEnd, wrongEnd, type JobsOfRun } from './jobs/ends.ts';
import type { Mistake } from './judge-output.ts';
import type { Hands, Striker, Struck } from './strike.ts';
import type { TraceLine } from '../../run/trace.ts';
import { wallNow } from './wall-now.ts';

/** What is known of a run before it begins. */
export interface RunFrame {
  readonly decisions: Decisions;
  readonly options: ClusterOptions;
  readonly jobs: JobsOfRun;
  /** How long it takes without faults until all input is read. */
  readonly plainMs: number;
  /** What takes longer will not end. */
  readonly patienceMs: number;
  readonly cluster: Scenario['cluster'];
  /** Wall time in ms: that of all traces counts from it. */
  readonly startedAt: number;
  /** Of a job itself: after its first restart nothing else is waited for. */
  readonly mistake: Mistake | null;
  /** The parts of a job's output that are there right now. */
  readonly partsOf: (jobId: string) => ReadonlySet<string>;
}

/** Null: nobody strikes. */
export type StrikerOf = (frame: RunFrame, upAtMs: number, hands: Hands) => Striker | null;

export interface WatchRequest {
  readonly strikerOf: StrikerOf;
  /** Aborted: the run is given up. */
  readonly abort: AbortSignal;
  /** Files that the run needs are not there any more. */
  readonly isGone: () => boolean;
  readonly onProgress: (text: string) => void;
}

export type Ending =
  | { readonly kind: 'finished' }
  | {
      readonly kind: 'correctness' | 'liveness' | 'threw';
      readonly sentence: string;
      readonly evidence: readonly string[];
    };

export interface Watched {
  readonly ending: Ending;
  /** What the job's own code did that no job may do, as a sentence, or null. */
  readonly wordOfJob: string | null;
  /** Processes that did not stop in good order behind it, a sentence each. */
  readonly unruly: readonly string[];
  /** In the order of time. */
  readonly lines: readonly TraceLine[];
  readonly struck: readonly Struck[];
  readonly clients: readonly ClientView[];
  /** Of each job whose end a client was told: the parts that were there then. */
  readonly partsAtEnd: ReadonlyMap<string, ReadonlySet<string>>;
  /** When all processes were up. */
  readonly upAtMs: number;
  readonly endedAtMs: number;
}

/** The run was given up from outside. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const LOOK_MS = 20;
const LOOK_LATE_MS = 1_000; // a look that is later was stopped itself (Ctrl-Z, a machine that sleeps), as was the job: that is no time to end in
const CLEAN_UP_MS = 15_000; // of the job, behind its end: a bound for a busy machine

export async function watchAndStop(cluster: RealCluster, request: WatchRequest, frame: RunFrame): Promise<Watched> {
  const now = (): number => wallNow() - frame.startedAt;
  const upAtMs = now();
  const striker = request.strikerOf(frame, upAtMs, cluster.hands);
  const lines: TraceLine[] = [];
  const facts = createFacts();
  const partsAtEnd = new Map<string, ReadonlySet<string>>();
  const look = (): void => {
    noteEnds(cluster.clients(), partsAtEnd, frame);
    for (const line of cluster.readTraces()) {
      lines.push(line);
      noteLine(facts, line);
    }
  };
  try {
    let ending: Ending | null = null;
    let [lookedAt, waitedMs] = [upAtMs, 0];
    while (ending === null) {
      await pause(request.abort);
      if (request.isGone()) throw new Interrupted();
      look();
      striker?.look(facts, now());
      request.onProgress(describeProgress(facts, now()));
      waitedMs += Math.min(now() - lookedAt, LOOK_LATE_MS);
      lookedAt = now();
      ending = endingOf(cluster, facts, frame, waitedMs > frame.patienceMs);
    }
    const endedAtMs = now();
    striker?.end(endedAtMs);
    while (ending.kind === 'finished' && !isCleanedUp(facts) && now() < endedAtMs + CLEAN_UP_MS) {
      await pause(request.abort);
      look();
    }
    const unruly = await cluster.stop();
    look();
    return {
      ending,
      wordOfJob: cluster.wordOfJob(),
      unruly,
      lines: lines.sort(byTime),
      struck: striker?.struck ?? [],
      clients: cluster.clients(),
      partsAtEnd,
      upAtMs,
      endedAtMs,
    };
  } finally {
    await cluster.kill();
  }
}

/** As soon as a client was told: what comes behind it comes too late. */
function noteEnds(
  clients: readonly ClientView[],
  partsAtEnd: Map<string, ReadonlySet<string>>,
  { partsOf }: RunFrame,
): void {
  for (const view of clients)
    if (toldEnd(view) !== null && !partsAtEnd.has(view.jobId)) partsAtEnd.set(view.jobId, partsOf(view.jobId));
}

const byTime = (a: TraceLine, b: TraceLine): number => a.at - b.at;

async function pause(abort: AbortSignal): Promise<void> {
  await sleep(LOOK_MS);
  if (abort.aborted) throw new Interrupted();
}

function endingOf(cluster: RealCluster, facts: RealFacts, frame: RunFrame, isLate: boolean): Ending | null {
  const { mistake, jobs } = frame;
  const word = cluster.wordOfJob();
  if (word !== null) return { kind: 'correctness', sentence: word, evidence: [] };
  const failure = cluster.failure();
  if (failure !== null) {
    // A process whose job is wrong may have been ended by it: `process.exit` in a function.
    return mistake === null
      ? { kind: 'threw', sentence: failure, evidence: [] }
      : { kind: 'correctness', sentence: mistake.sentence, evidence: [...mistake.evidence, failure] };
  }
  const clients = cluster.clients();
  const wrong = wrongEndTold(jobs, clients);
  if (wrong !== null) return { kind: 'correctness', sentence: wrong, evidence: [] };
  if (clients.every(({ result }) => result !== null)) return { kind: 'finished' };
  if (mistake !== null && facts.failures.length > 0) return { kind: 'correctness', ...mistake };
  const { notLoaded } = facts;
  if (notLoaded !== null)
    return {
      kind: 'correctness',
      sentence: `the job's own code cannot be loaded on ${notLoaded.node}: ${notLoaded.text}`,
      evidence: [],
    };
  if (!isLate) return null;
  const sentence = jobs.jobs.length === 1 ? 'the job did not end in time' : 'the jobs did not all end in time';
  return { kind: 'liveness', sentence, evidence: [...describeClients(clients), ...describeWaiting(facts)] };
}

function wrongEndTold(jobs: JobsOfRun, clients: readonly ClientView[]): string | null {
  for (const view of clients) {
    const told = toldEnd(view);
    const wrong = told === null ? null : wrongEnd(jobs, view.jobId, told);
    if (wrong !== null) return wrong;
  }
  return null;
}

/** Where there are several: which of them still wait. */
function describeClients(clients: readonly ClientView[]): string[] {
  if (clients.length === 1) return [];
  return clients
    .filter(({ result }) => result === null)
    .map(({ address, wants, jobId }) => `${address} waits for its answer: ${wants}${jobId === '' ? '' : ` ${jobId}`}`);
}

/** Who waits for what, as far as it shows. */
function describeWaiting(facts: RealFacts): string[] {
  const { leader, deployments, completed, noted, refusal } = facts;
  const running = [...runningBy(facts)].map(([node, attempts]) => `${node} runs ${attempts.join(', ')}`);
  const deployment = deployments.at(-1);
  return [
    leader === null ? 'nobody leads' : `${leader.node} leads, epoch ${leader.epoch}`,
    deployment === undefined ? 'nothing was deployed' : `attempt ${deployment.attempt} is deployed by ${deployment.by}`,
    `the latest completed checkpoint is ${completed.at(-1)?.checkpointId ?? 'none'}`,
    ...noted.restarts.slice(-1).map((reason) => `the last restart: ${describeReason(reason)}`),
    ...(running.length === 0 ? ['no task runs'] : running),
    ...(refusal === null ? [] : [`the last request that failed: ${refusal.node}: ${describeReason(refusal.reason)}`]),
  ];
}

function describeProgress(facts: RealFacts, nowMs: number): string {
  const leads = facts.leader === null ? 'nobody leads' : `${facts.leader.node} leads`;
  const checkpoint = facts.completed.at(-1)?.checkpointId ?? 0;
  return `${(nowMs / 1_000).toFixed(1)} s, ${leads}, ${runningAttempts(facts)} tasks run, checkpoint ${checkpoint}`;
}
