// Which incarnations of processes there were, and when one was stopped or could not reach somebody. It holds of any machines, and looks into nothing
// that they say.
import type { Address } from '../../core/base/machine.ts';
import type { Observation, ObservationOf, StopKind, TimeUs } from '../observation.ts';

/** `unheard`: its successor started, and nobody saw it end. */
export type Death = StopKind | 'unheard';

/** An incarnation. */
export interface LifeFacts {
  readonly node: Address;
  readonly incarnation: number;
  readonly from: TimeUs;
  /** When it was heard last, or stopped. */
  heardAt: TimeUs;
  /** How it ended; null: it did not. */
  death: Death | null;
}

export interface OutageFacts {
  readonly node: Address;
  /** Whom it could not reach, a process or a service; null: it was stopped. */
  readonly other: Address | null;
  readonly from: TimeUs;
  /** It was to last until then; the death of a stopped process, or the end of faults, ends it earlier. */
  until: TimeUs;
}

export interface ProcessFacts {
  readonly lives: LifeFacts[];
  /** The newest incarnation of each process. */
  readonly current: Map<Address, LifeFacts>;
  readonly outages: OutageFacts[];
}

export function createProcessFacts(): ProcessFacts {
  return { lives: [], current: new Map(), outages: [] };
}

export function noteProcess(facts: ProcessFacts, seen: Observation, at: TimeUs): void {
  switch (seen.kind) {
    case 'started':
    case 'stepped':
      return onHeard(facts, seen, at);
    case 'stopped':
      onHeard(facts, seen, at);
      return end(facts, seen.node, seen.why, at);
    case 'paused':
      return void facts.outages.push({ node: seen.node, other: null, from: at, until: seen.until });
    case 'partitioned':
      return void facts.outages.push({ node: seen.from, other: seen.to, from: at, until: seen.until });
    case 'service-cut':
      return void facts.outages.push({ node: seen.node, other: seen.service, from: at, until: seen.until });
    case 'faults-stopped':
      for (const outage of facts.outages) outage.until = Math.min(outage.until, at);
      return;
    default:
      return;
  }
}

/** Whoever is heard for the first time lives, and its predecessor does not. */
function onHeard(
  facts: ProcessFacts,
  { node, incarnation }: ObservationOf<'started' | 'stepped' | 'stopped'>,
  at: TimeUs,
): void {
  const known = facts.current.get(node);
  if (known?.incarnation === incarnation) {
    if (known.death === null) known.heardAt = Math.max(known.heardAt, at);
    return;
  }
  end(facts, node, 'unheard', at);
  const life = { node, incarnation, from: at, heardAt: at, death: null };
  facts.current.set(node, life);
  facts.lives.push(life);
}

function end({ current, outages }: ProcessFacts, node: Address, death: Death, at: TimeUs): void {
  const life = current.get(node);
  if (life === undefined || life.death !== null) return;
  life.death = death;
  if (death !== 'unheard') life.heardAt = at;
  for (const outage of outages)
    if (outage.node === node && outage.other === null) outage.until = Math.min(outage.until, at);
}
