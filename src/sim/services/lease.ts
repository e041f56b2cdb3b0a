// Leases behind a port: one holder at a time, for a while, with a fencing token that rises with each new holder. Time is the service's own:
// a holder that was paused, or whose clock is slow, does not know that its lease is over. The token is what a resource must ask for.
import type { Address } from '../../core/base/machine.ts';
import type { TimeUs } from '../observation.ts';
import type { Caller, Service } from '../service.ts';
import { aboutBytes } from './size.ts';

/** What a machine asks of a `leaseService`. `forMs`: from the moment at which the service applies it. */
export type LeaseRequest =
  /** Granted if nobody holds it. The incarnation that holds it gets it again, with its old token: the first answer may have been lost. */
  | { readonly kind: 'lease-acquire'; readonly lease: string; readonly forMs: number }
  /** Longer, by whoever holds this token, as long as the lease did not expire. */
  | { readonly kind: 'lease-renew'; readonly lease: string; readonly token: number; readonly forMs: number }
  /** Ends it before its time. */
  | { readonly kind: 'lease-release'; readonly lease: string; readonly token: number };

/** What a `leaseService` answers. */
export type LeaseAnswer =
  /** Acquired or renewed. `token`: 1 for the first holder of a lease, and one more for each after it. */
  | { readonly kind: 'lease-granted'; readonly lease: string; readonly token: number; readonly forMs: number }
  /** Another holds it, for so long if it is not renewed. */
  | {
      readonly kind: 'lease-refused';
      readonly lease: string;
      readonly holder: Address;
      readonly token: number;
      readonly expiresInMs: number;
    }
  | { readonly kind: 'lease-released'; readonly lease: string }
  /** The token holds nothing any more: it expired, was released, or another has come. */
  | { readonly kind: 'lease-lost'; readonly lease: string; readonly token: number };

/** State of a lease service: the latest grant of each lease, by name. */
export interface LeaseState {
  readonly leases: Map<string, HeldLease>;
}

/** The latest grant of a lease: kept when it is over, for its token. */
export interface HeldLease {
  readonly holder: Address;
  readonly incarnation: number;
  readonly token: number;
  /** World time from which on nobody holds it. */
  readonly expiresAt: TimeUs;
}

type Acquire = Extract<LeaseRequest, { readonly kind: 'lease-acquire' }>;
type Renew = Extract<LeaseRequest, { readonly kind: 'lease-renew' }>;
type Release = Extract<LeaseRequest, { readonly kind: 'lease-release' }>;

/**
 * Leases by name.
 *
 *     out.request(1, { kind: 'lease-acquire', lease: 'printer', forMs: 2_000 });
 *     // completed with { kind: 'lease-granted', token: 3, … }: until input.now + 2_000, counted from before it was asked for, others are kept
 *     // out; whatever is written under the lease carries the token, and who receives it refuses a lower one than it has seen.
 *
 * @param name of the service, in decision streams and for `view.service(name)`.
 */
export function leaseService(name = 'lease'): Service<LeaseState, LeaseRequest> {
  return {
    name,
    serves: ['lease-acquire', 'lease-renew', 'lease-release'],
    create: () => ({ leases: new Map() }),
    apply: (state, request, caller, now) => [{ caller, answer: answerOf(state, request, caller, now) }],
    forget: () => {}, // a lease outlives its holder: that is what it is for
    sizeOf: ({ lease }) => aboutBytes(lease),
    writes: () => true,
    relative: {
      shift(state, by) {
        for (const [lease, held] of state.leases)
          state.leases.set(lease, { ...held, expiresAt: by.worldDeadline(held.expiresAt) });
      },
    },
  };
}

/** Who holds a lease at this time, or null. */
export function leaseHolder(state: LeaseState, lease: string, now: TimeUs): HeldLease | null {
  const latest = state.leases.get(lease);
  return latest !== undefined && latest.expiresAt > now ? latest : null;
}

function answerOf(state: LeaseState, request: LeaseRequest, caller: Caller, now: TimeUs): LeaseAnswer {
  switch (request.kind) {
    case 'lease-acquire':
      return acquire(state, request, caller, now);
    case 'lease-renew':
      return renew(state, request, now);
    case 'lease-release':
      return release(state, request, now);
  }
}

function acquire(state: LeaseState, { lease, forMs }: Acquire, caller: Caller, now: TimeUs): LeaseAnswer {
  const held = leaseHolder(state, lease, now);
  const isHolder = held !== null && held.holder === caller.node && held.incarnation === caller.incarnation;
  if (held !== null && !isHolder) return refused(lease, held, now);
  const token = held?.token ?? (state.leases.get(lease)?.token ?? 0) + 1;
  return grant(state, lease, { holder: caller.node, incarnation: caller.incarnation, token }, forMs, now);
}

function refused(lease: string, { holder, token, expiresAt }: HeldLease, now: TimeUs): LeaseAnswer {
  return { kind: 'lease-refused', lease, holder, token, expiresInMs: Math.ceil((expiresAt - now) / 1_000) };
}

function grant(
  state: LeaseState,
  lease: string,
  to: Omit<HeldLease, 'expiresAt'>,
  forMs: number,
  now: TimeUs,
): LeaseAnswer {
  state.leases.set(lease, { ...to, expiresAt: now + forMs * 1_000 });
  return { kind: 'lease-granted', lease, token: to.token, forMs };
}

function renew(state: LeaseState, { lease, token, forMs }: Renew, now: TimeUs): LeaseAnswer {
  const held = leaseHolder(state, lease, now);
  return held?.token === token ? grant(state, lease, held, forMs, now) : { kind: 'lease-lost', lease, token };
}

function release(state: LeaseState, { lease, token }: Release, now: TimeUs): LeaseAnswer {
  const held = leaseHolder(state, lease, now);
  if (held?.token !== token) return { kind: 'lease-lost', lease, token };
  state.leases.set(lease, { ...held, expiresAt: now });
  return { kind: 'lease-released', lease };
}
