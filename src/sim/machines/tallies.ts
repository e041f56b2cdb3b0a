// What is counted in a run of machines: messages, requests, processes, and faults that fired. It never complains.
import type { Counts, FaultLogEntry, FaultTallies } from '../guest.ts';
import type { Observation, Oracle, WorldView } from '../observation.ts';

/** Plain data. */
export interface Tallies extends FaultTallies {
  readonly faults: Record<string, number>;
  readonly faultLog: FaultLogEntry[];
  /** Steps other than those of `start`. */
  steps: number;
  delivered: number;
  lost: number;
  /** Applied. */
  requests: number;
  /** Processes that were started again. */
  restarts: number;
  halts: number;
  /** Messages that were sent, by kind. */
  readonly sent: Record<string, number>;
}

function createTallies(): Tallies {
  return {
    faults: {},
    faultPhases: {},
    faultLog: [],
    steps: 0,
    delivered: 0,
    lost: 0,
    requests: 0,
    restarts: 0,
    halts: 0,
    sent: {},
  };
}

/** `onCreate` is given its tallies, which it keeps up to date from then on; a fork has some of its own. */
export function tallyingOracle(onCreate: (tallies: Tallies) => void): Oracle<Tallies> {
  return {
    name: 'tallies',
    create() {
      const tallies = createTallies();
      onCreate(tallies);
      return tallies;
    },
    observe: (tallies, seen, view) => observe(tallies, seen, view),
    finish: () => {},
  };
}

function observe(tallies: Tallies, seen: Observation, view: WorldView): void {
  switch (seen.kind) {
    case 'stepped':
      return onStepped(tallies, seen);
    case 'applied':
      tallies.requests += 1;
      return;
    case 'lost':
      tallies.lost += 1;
      return;
    case 'started':
      if (seen.incarnation > 1) tallies.restarts += 1;
      return;
    case 'stopped':
      if (seen.why === 'halt') tallies.halts += 1;
      return;
    case 'fault':
      return onFault(tallies, seen, view);
    default:
      return;
  }
}

function onStepped(tallies: Tallies, { input, effects }: Extract<Observation, { readonly kind: 'stepped' }>): void {
  if (input.kind !== 'start') tallies.steps += 1;
  if (input.kind === 'message') tallies.delivered += 1;
  for (const effect of effects) if (effect.effect === 'send') add(tallies.sent, effect.kind);
}

function onFault(tallies: Tallies, seen: Extract<Observation, { readonly kind: 'fault' }>, view: WorldView): void {
  const { fault, target, text, hit, decision } = seen;
  const entry = { atMs: Math.floor(view.now / 1_000), fault, target, text, hit };
  tallies.faultLog.push(decision === null ? entry : { ...entry, decision });
  if (hit) add(tallies.faults, fault);
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

const SENT = 'sent: ';

/** What a sweep adds up. */
export function countsOf({ steps, delivered, lost, requests, restarts, halts, sent }: Tallies): Counts {
  const bySort = Object.fromEntries(Object.entries(sent).map(([kind, times]) => [`${SENT}${kind}`, times]));
  return { steps, delivered, lost, requests, restarts, halts, ...bySort };
}

/** Kinds of messages that were never sent. */
export function neverSent(messages: readonly string[], counts: Counts): readonly string[] {
  return messages.filter((kind) => (counts[`${SENT}${kind}`] ?? 0) === 0);
}
