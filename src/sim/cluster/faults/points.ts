// The points of the protocol at which faults strike, in groups. Each group gets its share of the weight of a kind of fault, however often a
// plain run asks it: so a restore, which is rare, is struck as readily as a heartbeat, which is not.
import type { Message } from '../../../core/protocol/messages.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { WorldView } from '../../observation.ts';
import type { FaultPoint } from '../../world-types.ts';
import type { RunEstimate } from './estimate.ts';
import {
  isAwaitingTasks,
  isJobAlive,
  isLeadingJob,
  isLeadingSubmission,
  isNothingStored,
  isResultUnknown,
  isTaskRunner,
} from './peek.ts';
import type { ClusterRule } from './rule.ts';

export interface PointGroup {
  readonly kinds: readonly string[];
  /** Those of a list add up to 1, but for those around the job: these come on top. */
  readonly share: number;
  /** How often a plain run comes by. Where only runs with faults do, how often one of those does. */
  readonly questions: number;
  /** Of the frames of a channel, only those with a barrier, or only those without. Absent: all. */
  readonly barriers?: 'with' | 'without';
  /** Points where the job does not run: they hit something of their own, and are asked on streams of their own. */
  readonly around?: Around;
}

/** Before the job is durable; on a TaskManager that waits for its tasks; between the job's end and its client. */
type Around = 'submission' | 'allocation' | 'answer';

// What most rules ask, at each point: one function for all of them.

export function atTaskRunner({ node }: FaultPoint, view: WorldView): boolean {
  return isTaskRunner(view, node);
}

export function atLeadingJob({ node }: FaultPoint, view: WorldView): boolean {
  return isLeadingJob(view, node);
}

export function whileJobAlive(_: FaultPoint, view: WorldView): boolean {
  return isJobAlive(view);
}

const hitsAround: Readonly<Record<Around, ClusterRule['mayStrike']>> = {
  submission: ({ at, node, kind }, view) =>
    at === 'send' ? isNothingStored(view) : isLeadingSubmission(view, node, kind),
  allocation: ({ node, kind }, view) => isAwaitingTasks(view, node, kind),
  answer: (point, view) => isAnswerAwaited(messageAt(point), view),
};

function isAnswerAwaited(message: Message | null, view: WorldView): boolean {
  if (message?.kind === 'request-job-status') return isResultUnknown(view, message.body.jobId, message.from);
  return message?.kind === 'job-status' && isResultUnknown(view, message.body.jobId, message.to);
}

/** What all groups of points have in common. */
interface GroupedRule extends Omit<ClusterRule, 'kinds' | 'share' | 'questions'> {
  /** Nobody is struck now, also not around the job: what would be lost is the last of its kind. Absent: never so. */
  readonly isSpared?: (view: WorldView) => boolean;
}

/** A rule for each group of points. `share` is the part of the weight that all of them have together. */
export function overGroups(
  groups: readonly PointGroup[],
  { isSpared, ...rule }: GroupedRule,
  share = 1,
): readonly ClusterRule[] {
  return groups.map((group) => {
    const { around } = group;
    const hits = around === undefined ? rule.mayStrike : hitsAround[around];
    return {
      ...rule,
      stream: around === undefined ? rule.stream : `${rule.stream}-${around}`,
      kinds: group.kinds,
      share: share * group.share,
      questions: group.questions,
      mayStrike: within(group, isSpared === undefined ? hits : (point, view) => hits(point, view) && !isSpared(view)),
    };
  });
}

/** Where it may strike, but for frames that are not of the group. */
function within(group: PointGroup, hits: ClusterRule['mayStrike']): ClusterRule['mayStrike'] {
  if (group.barriers === undefined) return hits;
  return (point, view) => isIn(group, point) && hits(point, view);
}

function isIn({ barriers }: PointGroup, point: FaultPoint): boolean {
  return point.kind !== 'channel-elements' || hasBarrier(point) === (barriers === 'with');
}

export function hasBarrier(point: FaultPoint): boolean {
  const message = messageAt(point);
  return message?.kind === 'channel-elements' && message.body.elements.some((element) => element.kind === 'barrier');
}

/** The message of a point, or null. */
export function messageAt(point: FaultPoint): Message | null {
  if (point.at === 'send') return point.message as unknown as Message;
  return point.at === 'step' && point.input.kind === 'message' ? point.input.message : null;
}

/** The request of a point, with what it is about: `ha-write checkpoints/job-1`. */
export function requestAt(point: FaultPoint): string {
  const subject = point.at === 'request' ? subjectOf(point.request as PortRequest) : '';
  return subject === '' ? point.kind : `${point.kind} ${subject}`;
}

/** What a point goes by where a fault is forced: `stored`, `stored/jm-1`, `barrier`, `ha-write:checkpoints`, `task-state-changed:RUNNING`. */
export function namesOfPoint(point: FaultPoint): readonly string[] {
  const { kind, node } = point;
  const more = hasBarrier(point) ? [...moreOf(point), 'barrier'] : moreOf(point);
  return [kind, ...more.map((one) => `${kind}:${one}`)].flatMap((name) => [name, `${name}/${node}`]);
}

function moreOf(point: FaultPoint): readonly string[] {
  if (point.at === 'request') return [subjectOf(point.request as PortRequest).split('/', 1)[0] as string];
  const message = messageAt(point);
  return message !== null && 'state' in message.body ? [message.body.state] : [];
}

function subjectOf(request: PortRequest): string {
  switch (request.kind) {
    case 'ha-write':
    case 'ha-watch':
      return request.key;
    case 'storage-put':
    case 'storage-get':
    case 'storage-delete':
      return request.name;
    case 'sink-write':
    case 'sink-prepare':
    case 'sink-commit':
      return request.transaction;
    case 'sink-open':
      return request.writer;
    case 'source-read':
      return `${request.topic}/${request.split}`;
    default:
      return '';
  }
}

/** Inputs of a TaskManager at which something can be half done. */
export function taskManagerGroups(run: RunEstimate): readonly PointGroup[] {
  const { checkpoints, tasks, sources, sinks, channels, heartbeats, taskManagers, reads, frames } = run;
  const deployment = ['task-manager-registered', 'request-slot', 'slots-accepted', 'deploy-task', 'artifact-loaded'];
  const work = ['heartbeat', 'records', 'sink-written', 'channel-elements'];
  const checkpoint = ['trigger-checkpoint', 'channel-elements', 'stored', 'sink-prepared'];
  return [
    { kinds: deployment, share: 0.1, questions: 3 * tasks + taskManagers },
    { kinds: ['loaded', 'sink-opened'], share: 0.15, questions: tasks },
    { kinds: checkpoint, share: 0.3, questions: checkpoints * (sources + channels + tasks + sinks), barriers: 'with' },
    { kinds: ['notify-checkpoint-complete', 'sink-committed'], share: 0.2, questions: checkpoints * (tasks + sinks) },
    {
      kinds: work,
      share: 0.15,
      questions: heartbeats * taskManagers + reads + checkpoints * sinks + frames,
      barriers: 'without',
    },
    { kinds: ['cancel-task', 'abort-checkpoint', 'ha-changed', 'failed'], share: 0.1, questions: tasks + taskManagers },
    {
      kinds: ['request-slot', 'slots-accepted', 'deploy-task'],
      share: 0.05,
      questions: 2 * tasks,
      around: 'allocation',
    },
  ];
}

/** Inputs of a leading JobManager at which something can be half done. */
export function jobManagerGroups(run: RunEstimate): readonly PointGroup[] {
  const { checkpoints, tasks, heartbeats, taskManagers, renewals } = run;
  const deployment = [
    'submit-job',
    'register-task-manager',
    'slot-answer',
    'offer-slots',
    'task-state-changed',
    'loaded',
  ];
  return [
    { kinds: deployment, share: 0.15, questions: 3 * tasks + 2 * taskManagers },
    { kinds: ['acknowledge-checkpoint'], share: 0.3, questions: checkpoints * tasks },
    { kinds: ['ha-written', 'stored'], share: 0.25, questions: 3 * checkpoints },
    { kinds: ['deleted'], share: 0.15, questions: checkpoints * tasks },
    {
      kinds: ['heartbeat-answer', 'ha-renewed', 'listed'],
      share: 0.1,
      questions: heartbeats * taskManagers + renewals,
    },
    { kinds: ['decline-checkpoint', 'ha-conflict', 'ha-entries', 'failed'], share: 0.05, questions: 4 },
    { kinds: ['submit-job', 'ha-written'], share: 0.05, questions: 2, around: 'submission' },
  ];
}

/** Messages that something waits for. */
export function messageGroups(run: RunEstimate): readonly PointGroup[] {
  const { checkpoints, tasks, sources, channels, heartbeats, taskManagers, frames } = run;
  const slots = [
    'register-task-manager',
    'task-manager-registered',
    'request-slot',
    'slot-answer',
    'offer-slots',
    'slots-accepted',
    'free-slot',
    'slot-freed',
  ];
  return [
    { kinds: ['submit-job', 'job-accepted', ...slots], share: 0.05, questions: 4 * tasks + 2 * taskManagers },
    { kinds: ['deploy-task', 'task-state-changed', 'request-partition'], share: 0.1, questions: 3 * tasks + channels },
    { kinds: ['cancel-task', 'decline-checkpoint', 'abort-checkpoint'], share: 0.1, questions: tasks },
    {
      kinds: ['trigger-checkpoint', 'acknowledge-checkpoint'],
      share: 0.2,
      questions: checkpoints * (sources + tasks),
    },
    { kinds: ['notify-checkpoint-complete'], share: 0.1, questions: checkpoints * tasks },
    { kinds: ['channel-elements'], share: 0.25, questions: checkpoints * channels, barriers: 'with' },
    {
      kinds: ['channel-elements', 'channel-credit', 'channel-status'],
      share: 0.15,
      questions: 2 * frames,
      barriers: 'without',
    },
    { kinds: ['heartbeat', 'heartbeat-answer'], share: 0.05, questions: 2 * heartbeats * taskManagers },
    // It often leaves before its leader knows that it leads, a moment that is struck more readily.
    { kinds: ['submit-job'], share: 0.05, questions: 10, around: 'submission' },
    { kinds: ['request-job-status', 'job-status'], share: 0.05, questions: 2, around: 'answer' },
  ];
}

/** Requests to ports, by what hangs on them. A watch waits by nature, so it is left alone. */
export function requestGroups(run: RunEstimate): readonly PointGroup[] {
  const { checkpoints, tasks, sinks, reads, renewals, jobManagers } = run;
  return [
    { kinds: ['ha-renew', 'ha-lease'], share: 0.1, questions: renewals * jobManagers },
    { kinds: ['ha-read', 'ha-write'], share: 0.15, questions: 2 * checkpoints + 4 },
    { kinds: ['storage-put', 'sink-write', 'sink-prepare'], share: 0.25, questions: checkpoints * (tasks + 2 * sinks) },
    { kinds: ['sink-commit'], share: 0.15, questions: checkpoints * sinks },
    { kinds: ['storage-get', 'sink-open', 'artifact-load'], share: 0.15, questions: 3 * tasks },
    { kinds: ['storage-list', 'storage-delete'], share: 0.1, questions: checkpoints * tasks },
    { kinds: ['source-read'], share: 0.1, questions: reads },
    { kinds: ['ha-write'], share: 0.05, questions: 1, around: 'submission' },
  ];
}
