// O-view: what a client is shown of the cluster, of a job with its tasks, and of a checkpoint with its subtasks, is what was seen before by the messages of
// those whom it is about, whoever shows it. A leader that was deposed and does not know it is behind, and yet shows nothing that never was.
import type { Address } from '../../core/base/vocabulary.ts';
import type { Bodies, Message } from '../../core/protocol/messages.ts';
import type { TaskManagerLine } from '../../core/protocol/overview.ts';
import type { EndStatus } from '../../core/protocol/states.ts';
import type { Oracle, Violate } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { aboutEpoch, aboutMessage, aboutNode, line } from './evidence.ts';
import { sentBy, type Stepped } from './seen.ts';
import { judgeCheckpointShown, noteEnded } from './view-checkpoint.ts';
import { judgeJobShown } from './view-job.ts';
import {
  createViewSeen,
  noteApplied,
  noteStepped,
  type SubtaskSeen,
  type ViewSeen,
  type ViewState,
  type Wrong,
} from './view-seen.ts';

const SHOWN = ['cluster-overview', 'job-details', 'checkpoint-details', 'job-checkpoints'] as const;
const SAID = [
  'deploy-task',
  'request-slot',
  'task-state-changed',
  'heartbeat-answer',
  'register-task-manager',
  'task-manager-registered',
  'notify-checkpoint-complete',
  'job-accepted',
  'job-status',
] as const;
const HEARD = ['task-state-changed', 'heartbeat-answer', 'slot-freed', 'acknowledge-checkpoint'] as const;

/** Of runs in which a client looks on. @param jobs all of the run */
export function viewOracle(jobs: readonly OracleContext[]): Oracle<ViewState> {
  return {
    name: 'O-view',
    hears: { observations: ['applied'], inputs: HEARD, sends: [...SHOWN, ...SAID] },
    create: () => ({ seen: createViewSeen(), ended: new Map() }),
    observe: (state, seen, _view, violate) => {
      if (seen.kind === 'applied') noteApplied(state.seen, seen);
      if (seen.kind !== 'stepped') return;
      noteStepped(state.seen, seen);
      for (const effect of seen.effects) {
        const message = sentBy(effect);
        if (message !== null) judge(state, jobs, message, seen, violate);
      }
    },
    finish: () => undefined,
  };
}

function judge(
  state: ViewState,
  jobs: readonly OracleContext[],
  message: Message,
  stepped: Stepped,
  violate: Violate,
): void {
  const wrong: Wrong = (rule, text, ...evidence) => {
    const told = line(`told ${message.to}`, aboutMessage(message.kind, message.to));
    const [what, ...about] = evidence;
    violate(rule, `${stepped.node} ${text}`, what === undefined ? [told] : [told, line(what, ...about)]);
  };
  switch (message.kind) {
    case 'cluster-overview':
      return judgeCluster(state.seen, jobs, message.body, stepped, wrong);
    case 'job-details':
      return judgeJobShown(state.seen, jobs, message.body, wrong);
    case 'checkpoint-details':
      return judgeCheckpointShown(state, message.body, wrong);
    case 'job-checkpoints':
      for (const one of message.body.history) noteEnded(state, message.body, one, wrong);
      return;
    default:
  }
}

// ---- The cluster

function judgeCluster(
  seen: ViewSeen,
  jobs: readonly OracleContext[],
  body: Bodies['cluster-overview'],
  stepped: Stepped,
  wrong: Wrong,
): void {
  const { epoch, leader, taskManagers } = body;
  const { node } = stepped;
  if (leader !== node || seen.leaders.get(epoch) !== node)
    wrong('other-leader', `said that ${leader} leads epoch ${epoch}`, `${epoch}`, aboutEpoch(epoch));
  const addresses = taskManagers.map(({ address }) => address);
  if (new Set(addresses).size < addresses.length)
    wrong('shown-twice', `shows a TaskManager twice: ${addresses.join()}`);
  for (const one of taskManagers) judgeTaskManager(seen, jobs, epoch, one, stepped, wrong);
  if (epoch === seen.leaderEpoch) judgeCounts(seen, body.jobs, wrong);
}

function judgeTaskManager(
  seen: ViewSeen,
  jobs: readonly OracleContext[],
  epoch: number,
  one: TaskManagerLine,
  stepped: Stepped,
  wrong: Wrong,
): void {
  const { address, incarnation, slots, freeSlots, silentMs, allocated } = one;
  const about = [`${address} as incarnation ${incarnation}`, aboutNode(address)] as const;
  const registered = seen.registered.get(`${epoch} ${address}`);
  if (registered?.incarnation !== incarnation)
    return wrong(
      'not-registered',
      `shows ${address} as incarnation ${incarnation}, which it never registered`,
      ...about,
    );
  if (slots !== seen.slots.get(`${address} ${incarnation}`))
    wrong('other-slots', `shows ${slots} slots of ${address}, which did not say so`, ...about);
  const indices = new Set(allocated.map(({ slotIndex }) => slotIndex));
  const isPossible = freeSlots >= 0 && freeSlots + allocated.length <= slots && indices.size === allocated.length;
  if (!isPossible || [...indices].some((index) => index < 0 || index >= slots))
    wrong('impossible-slots', `shows ${freeSlots} free and ${allocated.length} used of ${slots} slots`, ...about);
  const free = [...registered.free].filter((index) => !indices.has(index)).length;
  if (freeSlots > free)
    wrong('free-unsaid', `shows ${freeSlots} free slots of ${address}, which said so of ${free}`, ...about);
  const heardMs = stepped.input.now - registered.heardAt;
  if (silentMs < heardMs)
    wrong('livelier', `shows ${address} as silent for ${silentMs} ms, and heard it ${heardMs} ms ago`, ...about);
  for (const slot of allocated) judgeSlot(seen, jobs, { epoch, address, incarnation }, slot, wrong);
}

interface Place {
  readonly epoch: number;
  readonly address: Address;
  readonly incarnation: number;
}

/** Between what is known to live there, and what may. */
function judgeSlot(
  { subtasks }: ViewSeen,
  jobs: readonly OracleContext[],
  place: Place,
  { slotIndex, jobId, tasks }: TaskManagerLine['allocated'][number],
  wrong: Wrong,
): void {
  const where = `slot ${slotIndex} of ${place.address}`;
  if (jobs.every((job) => job.jobId !== jobId)) return wrong('invented-job', `shows ${where} as that of job ${jobId}`);
  const deployed = [...subtasks].flatMap(([key, one]) =>
    one.jobId === jobId && key.startsWith(`${place.epoch} `) && isThere(one, place, slotIndex) ? [one] : [],
  );
  const alive = deployed.filter(({ attempts, latest }) => attempts.get(latest)?.heardLive === true);
  if (tasks > deployed.length || tasks < alive.length)
    wrong(
      'miscounted-tasks',
      `shows ${tasks} tasks of job ${jobId} in ${where}, and deployed ${deployed.length}, of which ${alive.length} said so`,
    );
}

/** As far as its leader knows. */
function isThere({ attempts, latest }: SubtaskSeen, { address, incarnation }: Place, slotIndex: number): boolean {
  const task = attempts.get(latest);
  if (task === undefined || task.heardOver) return false;
  return task.taskManager === address && task.incarnation === incarnation && task.slotIndex === slotIndex;
}

const COUNTED = { FINISHED: 'finished', CANCELED: 'canceled', FAILED: 'failed' } as const satisfies Record<
  EndStatus,
  keyof Bodies['cluster-overview']['jobs']
>;

/** Whatever clients know is counted, and nothing that never was. */
function judgeCounts({ jobs }: ViewSeen, counts: Bodies['cluster-overview']['jobs'], wrong: Wrong): void {
  const all = [...jobs.values()];
  const judgeCount = (what: string, shown: number, least: number, most: number): void => {
    if (shown < least || shown > most)
      wrong('miscounted-jobs', `counts ${shown} jobs ${what}, and there are at least ${least} and at most ${most}`);
  };
  for (const [status, name] of Object.entries(COUNTED) as [EndStatus, (typeof COUNTED)[EndStatus]][])
    judgeCount(
      `that are ${status}`,
      counts[name],
      all.filter(({ told }) => told === status).length,
      all.filter(({ ends }) => ends.has(status)).length,
    );
  const stored = all.filter((one) => one.stored);
  const isOver = (told: (typeof all)[number]['told']): boolean => told !== null && told !== 'accepted';
  judgeCount('that run', counts.running, 0, stored.filter(({ told }) => !isOver(told)).length);
  const { running, finished, canceled, failed } = counts;
  const known = all.filter(({ told }) => told !== null).length;
  judgeCount('in all', running + finished + canceled + failed, known, stored.length);
}
