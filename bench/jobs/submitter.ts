// The client of the bench with many jobs: one machine that submits all of them, so many at a time, and repeats what is not answered. To be 500 clients
// would cost more than what is measured.
import { NEVER, type Machine } from '../../src/core/base/machine.ts';
import type { Outbox } from '../../src/core/base/outbox.ts';
import { closeRequest, createRequests, type Requests } from '../../src/core/base/requests.ts';
import { deepFreeze } from '../../src/core/base/state.ts';
import type { JobGraph } from '../../src/core/graph/job-graph.ts';
import {
  createLeaderWatch,
  onLeaderWatched,
  watchLeader,
  type LeaderWatch,
} from '../../src/core/leadership/leader-watch.ts';
import type { ClusterVocabulary } from '../../src/core/protocol/ports.ts';

export interface SubmitterPlan {
  readonly jobs: number;
  readonly graph: JobGraph;
  readonly artifact: string;
  /** Submissions in flight: a JobManager stores 64 at once, and ignores more. */
  readonly atOnce: number;
  readonly retryMs: number;
}

export interface SubmitterState {
  readonly watch: LeaderWatch;
  readonly requests: Requests<'watch-leader'>;
  /** By job, when it was sent last, in ms on the node's clock. */
  readonly sentAt: Map<string, number>;
  /** Jobs that nobody was asked to take yet, the next one last. */
  readonly left: string[];
  accepted: number;
  retryAt: number;
}

type V = ClusterVocabulary;

interface Step {
  readonly plan: SubmitterPlan;
  readonly state: SubmitterState;
  readonly now: number;
  readonly out: Outbox<V>;
}

export function jobName(number: number): string {
  return `job-${String(number).padStart(4, '0')}`;
}

export function submitter(plan: SubmitterPlan): Machine<SubmitterState, V> {
  deepFreeze(plan.graph);
  return {
    role: 'client',
    create: () => ({
      watch: createLeaderWatch(),
      requests: createRequests(),
      sentAt: new Map(),
      left: Array.from({ length: plan.jobs }, (_, index) => jobName(plan.jobs - index)),
      accepted: 0,
      retryAt: NEVER,
    }),
    step(state, input, out) {
      const step: Step = { plan, state, now: input.now, out };
      if (input.kind === 'start') watchLeader(state.watch, state.requests, out);
      else if (input.kind === 'completed') onWatched(step, input.request, input.answer);
      else if (input.kind === 'message' && input.message.kind === 'job-accepted')
        onAccepted(step, input.message.body.jobId);
      else if (input.kind === 'message' && input.message.kind === 'job-rejected')
        throw new Error(`${input.message.body.jobId} was rejected: ${JSON.stringify(input.message.body.reason)}`);
      submitMore(step);
    },
    wakeAt: ({ retryAt }) => retryAt,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}

function onWatched(
  { state, plan, now, out }: Step,
  request: number,
  answer: Parameters<typeof onLeaderWatched>[1],
): void {
  if (closeRequest(state.requests, request) === null) return;
  const leader = onLeaderWatched(state.watch, answer, now + plan.retryMs, out);
  if (leader !== null) state.watch.leader = leader;
  watchLeader(state.watch, state.requests, out);
}

function onAccepted({ state }: Step, jobId: string): void {
  if (state.sentAt.delete(jobId)) state.accepted += 1;
}

function submitMore(step: Step): void {
  const { state, plan, now } = step;
  if (state.watch.leader === null) return;
  for (const [jobId, at] of state.sentAt) if (now - at >= plan.retryMs) submit(step, jobId);
  while (state.sentAt.size < plan.atOnce && state.left.length > 0) submit(step, state.left.pop()!);
  state.retryAt = state.sentAt.size === 0 ? NEVER : Math.min(...state.sentAt.values()) + plan.retryMs;
}

function submit({ state, plan, now, out }: Step, jobId: string): void {
  state.sentAt.set(jobId, now);
  const { artifact } = plan;
  const graph = withSink(plan.graph, jobId);
  out.send(state.watch.leader!.address, 'submit-job', { jobId, graph, artifact, restore: null });
}

/** No two jobs write the same sink. */
function withSink(graph: JobGraph, sink: string): JobGraph {
  const operators = graph.operators.map((operator) => (operator.kind === 'sink' ? { ...operator, sink } : operator));
  return deepFreeze({ ...graph, operators });
}
