// A part of O-savepoint: a checkpoint that a client asked for, and is told of, was completed, and begun behind the request. Under one leader a trigger is one
// checkpoint, and no two are the same.
import { COUNTER_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { Bodies, Message } from '../../core/protocol/messages.ts';
import type { Violate } from '../observation.ts';
import { readCounter } from './decode.ts';
import { aboutCheckpoint, aboutMessage, line } from './evidence.ts';
import type { Pointers } from './pointers.ts';
import { isKeyOf } from './seen.ts';

export interface Taken {
  /** The highest id of a checkpoint that may be used, as it is stored. */
  lastId: number;
  /** By trigger: `lastId` when a client first asked. */
  readonly asked: Map<string, number>;
  /** By epoch and checkpoint: of which trigger its leader said that it is. */
  readonly told: Map<string, string>;
}

export function createTaken(): Taken {
  return { lastId: 0, asked: new Map(), told: new Map() };
}

/** @param value null: the job is gone; another one may have its id, and counts anew */
export function noteCounter(taken: Taken, jobId: string, key: string, value: Uint8Array | null): void {
  if (!isKeyOf(COUNTER_PREFIX, jobId, key)) return;
  const read = value === null ? null : readCounter(value);
  if (read?.ok === true) taken.lastId = read.value.lastCheckpointId;
  if (value !== null) return;
  taken.lastId = 0;
  taken.asked.clear();
}

export function noteAsked({ asked, lastId }: Taken, { triggerId }: Bodies['take-checkpoint']): void {
  if (!asked.has(triggerId)) asked.set(triggerId, lastId);
}

export function judgeTaken(
  { asked, told }: Taken,
  { everDurable }: Pointers,
  node: string,
  { to, body }: Pick<Message, 'to'> & { readonly body: Bodies['checkpoint-status'] },
  violate: Violate,
): void {
  const { epoch, triggerId, status, checkpointId } = body;
  const evidence = [line(`told ${to}`, aboutMessage('checkpoint-status', to))];
  if ((status === 'COMPLETED') !== (checkpointId !== null))
    violate('taken-or-not', `${node} said that ${triggerId} is ${status}, as checkpoint ${checkpointId}`, evidence);
  if (checkpointId === null) return;
  const about = { about: [aboutCheckpoint(checkpointId)] };
  if (!everDurable.has(checkpointId))
    violate(
      'taken-before-durable',
      `${node} said that checkpoint ${checkpointId} is complete, as ${triggerId}, which was never durable`,
      evidence,
      about,
    );
  const before = asked.get(triggerId);
  if (before === undefined || checkpointId <= before)
    violate(
      'taken-unasked',
      `${node} said that checkpoint ${checkpointId} is ${triggerId}, which ${before === undefined ? 'nobody asked for' : `was asked for behind checkpoint ${before}`}`,
      evidence,
      about,
    );
  const key = `${epoch} ${checkpointId}`;
  const other = told.get(key) ?? triggerId;
  if (other !== triggerId)
    violate(
      'taken-twice',
      `${node} said that checkpoint ${checkpointId} is ${triggerId}, and before that it is ${other}`,
      evidence,
      about,
    );
  told.set(key, other);
}
