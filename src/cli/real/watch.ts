// Looks on while a job runs on real processes: reads their traces, lets the striker strike, and sees how it ends. Then everything is stopped.
import { describeBecause, describeReason } from '../../core/protocol/describe-reason.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { Decisions } from '../../sim/decisions.ts';
import type { RealCluster } from './cluster.ts';
import type { Mistake } from './judge-output.ts';
import { createFacts, noteLine, runningAttempts, runningBy, type RealFacts } from './facts.ts';
import type { Hands, Striker, Struck } from './strike.ts';
import type { TraceLine } from '../../run/trace.ts';
import { wallNow } from './wall-now.ts';

/** What is known of a run before it begins. */
export interface RunFrame {
  readonly decisions: Decisions;
  readonly options: ClusterOptions;
  /** Subtasks of the job. */
  readonly tasks: number;
  /** How long the sources take to be read. */
  readonly readingMs: number;
  readonly cluster: Scenario['cluster'];
  /** Wall time in ms: that of all traces counts from it. */
  readonly startedAt: number;
  /** Of the job itself: after its first restart nothing else is waited for. */
  readonly mistake: Mistake | null;
}

/** Null: nobody strikes. */
export type StrikerOf = (frame: RunFrame, submittedAtMs: number, hands: Hands) => Striker | null;

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
  readonly submittedAtMs: number;
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
  const submittedAtMs = now();
  const striker = request.strikerOf(frame, submittedAtMs, cluster.hands);
  const lines: TraceLine[] = [];
  const facts = createFacts();
  const look = (): void => {
    for (const line of cluster.readTraces()) {
      lines.push(line);
      noteLine(facts, line);
    }
  };
  try {
    let ending: Ending | null = null;
    let [lookedAt, waitedMs] = [submittedAtMs, 0];
    while (ending === null) {
      await pause(request.abort);
      if (request.isGone()) throw new Interrupted();
      look();
      striker?.look(facts, now());
      request.onProgress(describeProgress(facts, now()));
      waitedMs += Math.min(now() - lookedAt, LOOK_LATE_MS);
      lookedAt = now();
      ending = endingOf(cluster, facts, frame.mistake, waitedMs > patienceMs(frame));
    }
    const endedAtMs = now();
    striker?.end(endedAtMs);
    while (ending.kind === 'finished' && !facts.cleanedUp && now() < endedAtMs + CLEAN_UP_MS) {
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
      submittedAtMs,
      endedAtMs,
    };
  } finally {
    await cluster.kill();
  }
}

const byTime = (a: TraceLine, b: TraceLine): number => a.at - b.at;

async function pause(abort: AbortSignal): Promise<void> {
  await sleep(LOOK_MS);
  if (abort.aborted) throw new Interrupted();
}

const STARTING_MS = 15_000; // on a machine that is busy with something else
const FACTOR = 3; // as in the simulator's bound of liveness

/** A job that takes longer than this, from its submission on, will not end. */
function patienceMs({ options, readingMs }: RunFrame): number {
  const { heartbeatTimeoutMs, checkpointTimeoutMs, deployTimeoutMs, leaseMs } = options;
  const timeout = Math.max(heartbeatTimeoutMs, checkpointTimeoutMs, deployTimeoutMs, leaseMs);
  return STARTING_MS + FACTOR * (timeout + options.restartDelayMaxMs + options.checkpointIntervalMs) + 2 * readingMs;
}

function endingOf(cluster: RealCluster, facts: RealFacts, mistake: Mistake | null, isLate: boolean): Ending | null {
  const word = cluster.wordOfJob();
  if (word !== null) return { kind: 'correctness', sentence: word, evidence: [] };
  const failure = cluster.failure();
  if (failure !== null) {
    // A process whose job is wrong may have been ended by it: `process.exit` in a function.
    return mistake === null
      ? { kind: 'threw', sentence: failure, evidence: [] }
      : { kind: 'correctness', sentence: mistake.sentence, evidence: [...mistake.evidence, failure] };
  }
  const { result } = cluster.client();
  if (result?.kind === 'job' && result.status === 'FINISHED') return { kind: 'finished' };
  if (result?.kind === 'job')
    return {
      kind: 'correctness',
      sentence: `the job ended ${result.status}${describeBecause(result.reason)}`,
      evidence: [],
    };
  if (mistake !== null && facts.failures.length > 0) return { kind: 'correctness', ...mistake };
  const { notLoaded } = facts;
  if (notLoaded !== null)
    return {
      kind: 'correctness',
      sentence: `the job's own code cannot be loaded on ${notLoaded.node}: ${notLoaded.text}`,
      evidence: [],
    };
  return isLate
    ? { kind: 'liveness', sentence: 'the job did not end in time', evidence: describeWaiting(facts) }
    : null;
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
