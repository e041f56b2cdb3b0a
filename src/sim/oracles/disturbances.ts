// What befell a cluster, whom, and until when: what O-cause may blame. Faults of which the world shows nothing else (a lost barrier, a failed request)
// are taken from the fault itself, all others from what happened, so that no fault counts twice.
import type { Kinded } from '../../core/base/vocabulary.ts';
import type { Kind } from '../../core/protocol/messages.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { FaultKind } from '../../scenario/fault-kinds.ts';
import type { Effect } from '../../core/base/outbox.ts';
import type { Observation, TimeUs, WorldView } from '../observation.ts';

/** Faults that show in nothing else, and observations that show what all others did. */
export type DisturbanceKind =
  | 'stopped'
  | 'paused'
  | 'partitioned'
  | 'service-cut'
  | 'connection-broke'
  /** Somebody spoke into a connection that broke before, and had never heard of that. */
  | 'half-open'
  | 'process-ended'
  | 'barrier-loss'
  | 'message-delay'
  | 'store-fail'
  | 'store-unknown'
  | 'ha-troubled'
  | 'service-troubled'
  | 'storage-torn'
  | 'storage-corrupt'
  | 'storage-stale'
  | 'clock-jump'
  | 'sink-fence'
  | 'slow-node'
  | 'gray-node'
  | 'rare-moment';

export interface Disturbance {
  readonly kind: DisturbanceKind;
  /** A clause: what happened. */
  readonly what: string;
  /** Addresses of nodes that it befell. */
  readonly nodes: readonly string[];
  readonly at: TimeUs;
  /** It lasts until then; Infinity while a process is down. */
  until: TimeUs;
  /** How often it was blamed, by what for. */
  readonly blamed: Map<string, number>;
}

/** How long some faults go on by themselves, in µs. */
export interface Aftermath {
  /** The longest that a message is delayed. */
  readonly delayUs: number;
  /** The longest that a node is slow. */
  readonly slowUs: number;
  /** The longest that a request of unknown outcome may still land. */
  readonly landsUs: number;
}

/** For how long each goes on. */
const faultsByThemselves = {
  'barrier-loss': () => 0,
  'message-delay': ({ delayUs }) => delayUs,
  'store-fail': () => 0,
  'store-unknown': ({ landsUs }) => landsUs,
  'storage-torn': () => 0,
  'storage-corrupt': () => 0,
  'storage-stale': () => 0,
  'clock-jump': () => 0,
  'sink-fence': () => 0,
  'slow-node': ({ slowUs }) => slowUs,
  'gray-node': ({ slowUs }) => slowUs,
  'rare-moment': ({ landsUs }) => landsUs,
} as const satisfies Readonly<Partial<Record<DisturbanceKind, (aftermath: Aftermath) => number>>>;

function isByItself(fault: string): fault is keyof typeof faultsByThemselves {
  return Object.hasOwn(faultsByThemselves, fault);
}

/** The disturbance that an observation shows, or null. */
export function disturbanceIn(seen: Observation, view: WorldView, aftermath: Aftermath): Disturbance | null {
  if (seen.kind === 'applied' || (seen.kind === 'stepped' && !seen.effects.some(endsProcess))) return null; // as most are
  return isHarmless(seen, view) ? null : disturbanceBy(seen, view, aftermath);
}

function disturbanceBy(seen: Observation, view: WorldView, aftermath: Aftermath): Disturbance | null {
  const { now } = view;
  const begun = (kind: DisturbanceKind, nodes: readonly string[], what: string, until: TimeUs = now): Disturbance => ({
    kind,
    what,
    nodes,
    at: now,
    until,
    blamed: new Map(),
  });
  switch (seen.kind) {
    case 'stopped':
      return begun(
        seen.kind,
        [seen.node],
        `${seen.node} stopped (${seen.why})`,
        isGone(seen.node, view) ? now : Infinity,
      );
    case 'paused':
      return begun(seen.kind, [seen.node], `${seen.node} was paused`, seen.until);
    case 'partitioned':
      return begun(seen.kind, [seen.from, seen.to], `${seen.from} could not reach ${seen.to}`, seen.until);
    case 'service-cut':
      return begun(seen.kind, [seen.node], `${seen.node} could not reach the ${seen.service} service`, seen.until);
    case 'service-troubled': {
      const { service, nodes, how, until } = seen;
      const kind = service === 'ha' ? 'ha-troubled' : 'service-troubled';
      return begun(kind, nodes, `the ${service} service ${how === 'slow' ? 'was slow' : 'failed'}`, until);
    }
    case 'connection-broke': {
      const { from, to, streamClass } = seen;
      return begun(seen.kind, [from, to], `the ${streamClass} connection from ${from} to ${to} broke`);
    }
    case 'lost': {
      const { from, to, kind } = seen.message;
      if (seen.why !== 'connection-broken') return null;
      return begun('half-open', [from, to], `${kind} of ${from} went into a broken connection to ${to}`);
    }
    case 'fault': {
      const { fault, target, text } = seen;
      if (!isByItself(fault)) return null;
      return begun(fault, target.split('>'), text, now + faultsByThemselves[fault](aftermath));
    }
    case 'stepped':
      return begun('process-ended', [seen.node], whyEnded(seen));
    default:
      return null;
  }
}

function whyEnded({ node, effects }: Extract<Observation, { readonly kind: 'stepped' }>): string {
  const isTold = effects.some(isGoodbye);
  return isTold ? `${node} was told to end` : `code of a job ended ${node}`;
}

/** No machine decides by a wall clock, or by what code gives, all bear clocks that run a little fast or slow, and nobody needs what is damaged for good. */
const HARMLESS: ReadonlySet<string> = new Set<FaultKind>([
  'wall-clock',
  'clock-drift',
  'storage-damage',
  'user-chance',
]);

/** Nothing may fail for such a fault. */
export function isHarmless(seen: Observation, view: WorldView): boolean {
  return (seen.kind === 'fault' && HARMLESS.has(seen.fault)) || befallsClient(seen, view);
}

/** Nothing of a cluster fails because something befell one of its clients. */
function befallsClient(seen: Observation, view: WorldView): boolean {
  return nodesOf(seen).some((address) => view.node(address)?.role === 'client');
}

/** Whom it befell; nobody, if it is no disturbance. */
function nodesOf(seen: Observation): readonly string[] {
  switch (seen.kind) {
    case 'stopped':
    case 'paused':
    case 'service-cut':
      return [seen.node];
    case 'partitioned':
    case 'connection-broke':
      return [seen.from, seen.to];
    case 'lost':
      return [seen.message.from, seen.message.to];
    case 'fault':
      return seen.target.split('>');
    default:
      return [];
  }
}

/** Whoever died for good is missed once: that may take as long as anything else that is over, and no longer. */
function isGone(address: string, view: WorldView): boolean {
  return view.node(address)?.isGone === true;
}

/** Code of a job ends a TaskManager, which may be silent for a time before; or somebody ends a process in good order, of which it tells before it is gone. */
export function endsProcess(effect: Effect): boolean {
  return isGoodbye(effect) || (effect.effect === 'request' && (effect.request as Kinded).kind === 'death-write');
}

const GOODBYE: Kind = 'task-manager-stopped';

/** Of a TaskManager, or of a leader. */
function isGoodbye(effect: Effect): boolean {
  if (effect.effect === 'send') return effect.kind === GOODBYE;
  if (effect.effect !== 'note') return false;
  const note = effect.note as Note;
  return note.kind === 'leadership-lost' && note.reason.kind === 'process-stops';
}

/** A process that was down is back. */
export function endStops(disturbances: readonly Disturbance[], node: string, now: TimeUs): void {
  for (const disturbance of disturbances)
    if (disturbance.until === Infinity && disturbance.nodes[0] === node) disturbance.until = now;
}

/** Nothing lasts any longer; what is down ends when it starts. */
export function endAll(disturbances: readonly Disturbance[], now: TimeUs): void {
  for (const disturbance of disturbances)
    if (disturbance.until !== Infinity) disturbance.until = Math.min(disturbance.until, now);
}
