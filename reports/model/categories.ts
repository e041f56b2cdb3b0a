// Sorts messages, requests and steps by what a person looks for, by the tables in the header of the trace.
import type { Envelope } from '../../src/core/base/vocabulary.ts';
import type { Bodies } from '../../src/core/protocol/messages.ts';
import type { Category, GuestHeader } from '../../src/run/trace.ts';
import { NONE } from './model.ts';

type Kinded = { readonly kind: string };

/** A barrier in a channel is a matter of its checkpoint, whatever travels with it. */
export function categoryOfMessage(guest: GuestHeader, message: Envelope): Category {
  return barrierIn(guest, message) === NONE ? tabled(guest.messages, message.kind, 'control') : 'checkpoint';
}

export function categoryOfRequest({ requests }: GuestHeader, { kind }: Kinded): Category {
  return tabled(requests, kind, 'request');
}

export function serviceOf({ services }: GuestHeader, { kind }: Kinded): string {
  return tabled(services, kind, 'service');
}

/** The checkpoint of the first barrier that travels in a message of a cluster, or NONE. */
export function barrierIn({ kind: guest }: GuestHeader, { kind, body }: Envelope): number {
  if (guest !== 'job' || kind !== 'channel-elements') return NONE;
  const { elements } = body as Bodies['channel-elements'];
  const barrier = elements.find((element) => element.kind === 'barrier');
  return barrier?.kind === 'barrier' ? barrier.checkpointId : NONE;
}

/** A kind of the guest may have any name, also one that every object has. */
function tabled<T>(table: Readonly<Record<string, T>>, name: string, otherwise: T): T {
  return Object.hasOwn(table, name) ? (table[name] as T) : otherwise;
}
