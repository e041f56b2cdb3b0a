// O-slots (I6): a slot serves one allocation, an allocation lies in one slot, an attempt runs in one place. Judged from deployments and from
// what TaskManagers, the authority, say of themselves in their heartbeat answers.
import type { Address } from '../../core/base/vocabulary.ts';
import type { AttemptId, Bodies, TaskReport } from '../../core/protocol/messages.ts';
import { isTerminal } from '../../core/protocol/states.ts';
import type { EvidenceLine, Oracle, Violate } from '../observation.ts';
import { aboutAttempt, line } from './evidence.ts';
import { sentBy, type Stepped } from './seen.ts';
import { attemptKey } from './text.ts';

/** Where a leader sent an attempt. */
interface Placement {
  readonly taskManager: Address;
  readonly slotIndex: number;
  readonly allocationId: string;
  readonly vertex: number;
}

/** What an incarnation of a TaskManager said last. */
interface Report {
  readonly incarnation: number;
  readonly epoch: number;
  /** Allocations of its slots. */
  readonly allocations: readonly string[];
  /** Attempts that live on it. */
  readonly live: readonly string[];
}

export interface SlotsState {
  /** By job and attempt under its epoch; those of older epochs are dropped. */
  readonly placements: Map<string, Placement>;
  epoch: number;
  readonly reports: Map<Address, Report>;
}

export function slotsOracle(): Oracle<SlotsState> {
  return {
    name: 'O-slots',
    hears: { observations: ['stopped'], sends: ['deploy-task', 'heartbeat-answer'] },
    create: () => ({ placements: new Map(), epoch: 0, reports: new Map() }),
    observe: (state, seen, _view, violate) => {
      if (seen.kind === 'stepped') onStepped(state, seen, violate);
      else if (seen.kind === 'stopped') state.reports.delete(seen.node);
    },
    finish: () => undefined,
  };
}

function onStepped(state: SlotsState, seen: Stepped, violate: Violate): void {
  for (const effect of seen.effects) {
    const message = sentBy(effect);
    if (message?.kind === 'deploy-task') onDeploy(state, message.to, message.body, violate);
    else if (message?.kind === 'heartbeat-answer') onReport(state, seen, message.body, violate);
  }
}

function onDeploy(state: SlotsState, taskManager: Address, body: Bodies['deploy-task'], violate: Violate): void {
  const { epoch, slotIndex, allocationId, task } = body;
  if (epoch < state.epoch) return;
  if (epoch > state.epoch) state.placements.clear();
  state.epoch = epoch;
  const key = placeKey(epoch, task.attempt);
  const before = state.placements.get(key);
  const place = { taskManager, slotIndex, allocationId, vertex: task.attempt.vertex };
  state.placements.set(key, place);
  if (before === undefined || (before.taskManager === taskManager && before.slotIndex === slotIndex)) return;
  violate('deployed-twice', `${key} was deployed in two places`, [describePlace(before), describePlace(place)], {
    about: [aboutAttempt(task.attempt)],
  });
}

/** Attempts of two jobs have the same numbers. */
function placeKey(epoch: number, attempt: AttemptId): string {
  return `${attempt.jobId} ${attemptKey(epoch, attempt)}`;
}

function describePlace({ taskManager, slotIndex, allocationId }: Placement): EvidenceLine {
  return line(`slot ${slotIndex} of ${taskManager}, allocation ${allocationId}`, { allocationId });
}

function onReport(state: SlotsState, seen: Stepped, body: Bodies['heartbeat-answer'], violate: Violate): void {
  const allocations = body.slots.flatMap(({ allocationId }) => (allocationId === null ? [] : [allocationId]));
  const keys = body.tasks.map(({ attempt }) => placeKey(body.epoch, attempt));
  const live = keys.filter((_, index) => !isTerminal((body.tasks[index] as TaskReport).state));
  state.reports.set(seen.node, { incarnation: seen.incarnation, epoch: body.epoch, allocations, live });
  judgeTwice(state, seen.node, violate);
  judgeOccupancy(state, seen.node, body, keys, violate);
}

/** The same allocation in two slots, or the same attempt on two TaskManagers. */
function judgeTwice(state: SlotsState, node: Address, violate: Violate): void {
  const own = state.reports.get(node) as Report;
  const doubled = own.allocations.find((allocation, index) => own.allocations.indexOf(allocation) !== index);
  if (doubled !== undefined)
    violate('allocation-twice', `allocation ${doubled} lies in two slots of ${node}`, [], {
      about: [{ allocationId: doubled }],
    });
  for (const [other, report] of state.reports) {
    if (other === node || report.epoch !== own.epoch) continue;
    const shared = own.allocations.find((allocation) => report.allocations.includes(allocation));
    if (shared !== undefined)
      violate('allocation-twice', `allocation ${shared} lies in slots of ${node} and of ${other}`, [], {
        about: [{ allocationId: shared }],
      });
    const attempt = own.live.find((one) => report.live.includes(one));
    if (attempt !== undefined) violate('attempt-twice', `${attempt} runs on ${node} and on ${other}`, []);
  }
}

/** Live tasks of one slot have one allocation, and are of different vertices. */
function judgeOccupancy(
  state: SlotsState,
  node: Address,
  { tasks }: Bodies['heartbeat-answer'],
  keys: readonly string[],
  violate: Violate,
): void {
  const bySlot = new Map<number, { readonly key: string; readonly place: Placement }[]>();
  for (const [index, task] of tasks.entries()) {
    const key = keys[index] as string;
    const place = isLive(task) ? state.placements.get(key) : undefined;
    if (place === undefined || place.taskManager !== node) continue;
    const others = bySlot.get(place.slotIndex) ?? [];
    bySlot.set(place.slotIndex, [...others, { key, place }]);
    for (const other of others) {
      if (other.place.allocationId === place.allocationId && other.place.vertex !== place.vertex) continue;
      violate('slot-serves-two', `slot ${place.slotIndex} of ${node} serves two`, [
        line(`${other.key} by ${other.place.allocationId}`, { allocationId: other.place.allocationId }),
        line(`${key} by ${place.allocationId}`, aboutAttempt(task.attempt)),
      ]);
    }
  }
}

function isLive(task: TaskReport): boolean {
  return !isTerminal(task.state) && task.state !== 'CANCELING';
}
