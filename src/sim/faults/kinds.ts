// The kinds of faults that any guest can have, without a line of its own. They strike nodes, links, ports and clocks, never a machine.

/** The kinds of faults that any guest can have. */
export const genericFaultKinds = [
  /** A process dies and starts again later. What it had not synced may be lost. */
  'crash',
  /** A process dies and never comes back, also when faults stop, as long as enough others live. */
  'crash-for-good',
  /** A process is stopped, as by SIGSTOP, and goes on later with all that it had queued. */
  'pause',
  /** Two nodes cannot reach each other, or one is cut off from all others, or from a service. */
  'partition',
  /** A node cannot reach another, or all others; it hears them. */
  'partition-one-way',
  /** A message takes much longer than usual. On a connection it holds up what is sent behind it. */
  'message-delay',
  /** A datagram is lost. */
  'message-loss',
  /** A datagram comes twice. */
  'message-duplicate',
  /** A connection breaks; each side hears of it soon, late, or never. */
  'connection-break',
  /** A request fails and is not applied. */
  'request-fail',
  /** A request that changes something fails, and was applied, was not, or will be later. */
  'request-unknown',
  /** The clocks of a node are not those of others, from the beginning on. */
  'clock-offset',
  /** The clocks of a node run fast or slow, until faults stop. */
  'clock-drift',
  /** The clocks of a node jump: both forward, or the wall clock alone, forward or back. */
  'clock-jump',
] as const;

/** A kind of fault that any guest can have. */
export type GenericFaultKind = (typeof genericFaultKinds)[number];

/** Kinds that need messages without connections, and the kind that needs connections. */
const ONLY_ON: Readonly<Partial<Record<GenericFaultKind, 'stream' | 'datagram'>>> = {
  'message-loss': 'datagram',
  'message-duplicate': 'datagram',
  'connection-break': 'stream',
};

/** The kinds of faults that can come where messages travel like this. */
export function faultKindsOn(transport: 'stream' | 'datagram'): readonly GenericFaultKind[] {
  return genericFaultKinds.filter((kind) => (ONLY_ON[kind] ?? transport) === transport);
}
