// Which oracles an observation is shown to. Most steps of most nodes concern few of them, and each says by kinds what it hears.
import type { Envelope, Kinded } from '../core/base/vocabulary.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Hears, Observation, Oracle } from './observation.ts';

/** A bit for each oracle; those that come last share one, and are shown more than they hear. */
export type Listeners = number;

const BITS = 31;
const EVERYBODY: Listeners = 0x7fff_ffff;
const NOWHERE = Number.MAX_SAFE_INTEGER;

/** Who hears something, by its kind, and of kinds that nobody names. */
interface ByKind {
  readonly named: ReadonlyMap<string, Listeners>;
  readonly others: Listeners;
}

/** All that oracles hear, by what is asked for at an observation. */
export interface Hearing {
  readonly observations: ByKind;
  readonly inputs: ByKind;
  readonly sends: ByKind;
  readonly requests: ByKind;
  readonly notes: ByKind;
}

/** The bit of an oracle, by its place among all. */
export function listenerAt(index: number): Listeners {
  return 1 << Math.min(index, BITS - 1);
}

/** The place of the first oracle at or behind `from` that listens; a place behind all oracles, if none does. */
export function firstOf(listeners: Listeners, from: number): number {
  if (from >= BITS - 1) return (listeners & listenerAt(from)) === 0 ? NOWHERE : from;
  const rest = (listeners >>> from) << from;
  return rest === 0 ? NOWHERE : 31 - Math.clz32(rest & -rest);
}

export function hearingOf(oracles: readonly Pick<Oracle, 'hears'>[]): Hearing {
  const ofField = (field: keyof Hears): ByKind => {
    const named = new Map<string, Listeners>();
    let others = 0;
    for (const [index, { hears }] of oracles.entries()) {
      const kinds = hears === undefined ? 'all' : (hears[field] ?? []);
      if (kinds === 'all') others |= listenerAt(index);
      else for (const kind of kinds) named.set(kind, (named.get(kind) ?? 0) | listenerAt(index));
    }
    for (const [kind, listeners] of named) named.set(kind, listeners | others);
    return { named, others };
  };
  return {
    observations: ofField('observations'),
    inputs: ofField('inputs'),
    sends: ofField('sends'),
    requests: ofField('requests'),
    notes: ofField('notes'),
  };
}

/** Those that hear an observation. */
export function listenersTo(hearing: Hearing, seen: Observation): Listeners {
  if (seen.kind !== 'stepped') return among(hearing.observations, seen.kind);
  const { input, effects } = seen;
  let listeners = among(hearing.inputs, input.kind === 'message' ? (input.message as Envelope).kind : input.kind);
  for (let index = 0; index < effects.length && listeners !== EVERYBODY; index++)
    listeners |= listenersToEffect(hearing, effects[index] as Effect);
  return listeners;
}

function listenersToEffect({ sends, requests, notes }: Hearing, effect: Effect): Listeners {
  switch (effect.effect) {
    case 'send':
      return among(sends, effect.kind);
    case 'request':
      return among(requests, (effect.request as Kinded).kind);
    case 'note':
      return among(notes, effect.note.kind);
    default:
      return 0; // who hears all steps hears of the end of a process
  }
}

function among({ named, others }: ByKind, kind: string): Listeners {
  return named.get(kind) ?? others;
}
