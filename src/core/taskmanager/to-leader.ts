// Messages to the leader. Each begins with the epoch of the leader and the incarnation of the TaskManager: the leader ignores all others.
import { must } from '../base/assert.ts';
import type { Leader } from '../leadership/leader-watch.ts';
import type { Bodies } from '../protocol/messages.ts';
import type { TaskStep } from '../task/step.ts';
import type { TaskManagerState } from './state.ts';

type KindToLeader =
  | 'register-task-manager'
  | 'heartbeat-answer'
  | 'task-manager-stopped'
  | 'slot-answer'
  | 'slot-freed'
  | 'offer-slots'
  | 'task-state-changed'
  | 'decline-checkpoint';

/** The body of a message without its beginning. */
type Fields<K extends KindToLeader> = Omit<Bodies[K], 'epoch' | 'incarnation'>;

export function sendToLeader<K extends KindToLeader>(
  state: TaskManagerState,
  kind: K,
  fields: Fields<K>,
  step: TaskStep,
): void {
  const { epoch, address } = leaderOf(state);
  const body = { epoch, incarnation: state.incarnation, ...fields } as Bodies[K];
  step.out.send(address, kind, body);
}

/** Only where there is a leader: while its message is acted upon, or while slots are held. */
export function leaderOf(state: TaskManagerState): Leader {
  return must(state.watch.leader, 'leader');
}
