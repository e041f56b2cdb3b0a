// A network that goes nowhere: what a host sends is noted down, and what it is to receive is given by hand.
import type { Envelope, StreamClass } from '../../src/core/base/vocabulary.ts';
import type { Network, Receiver } from '../../src/net-real/network.ts';

export interface LoopNetwork extends Network {
  readonly sent: string[];
  /** What was done to it: `pause data`, `close`, … */
  readonly calls: string[];
  /** Whether another turn was to follow, at the end of each. */
  readonly turns: boolean[];
  readonly receive: (kind: string, body: unknown, given?: Given) => void;
  readonly breakWith: (peer: string, streamClass: StreamClass) => void;
}

interface Given {
  readonly sizeBytes?: number;
  readonly streamClass?: StreamClass;
}

export function loopNetwork(address = 'self'): LoopNetwork {
  const sent: string[] = [];
  const calls: string[] = [];
  const turns: boolean[] = [];
  let receiver: Receiver | null = null;
  return {
    address,
    listening: address,
    sent,
    calls,
    turns,
    deliverTo: (given) => void (receiver = given),
    send: ({ kind, to, body }) => void sent.push(`${kind} ${JSON.stringify(body)} to ${to}`),
    endTurn: (goesOn) => void turns.push(goesOn),
    pause: (streamClass) => void calls.push(`pause ${streamClass}`),
    resume: (streamClass) => void calls.push(`resume ${streamClass}`),
    close: () => Promise.resolve(void calls.push('close')),
    destroy: () => void calls.push('destroy'),
    receive(kind, body, { sizeBytes = 10, streamClass = 'control' } = {}) {
      const message: Envelope = { effect: 'send', streamClass, from: 'peer', to: address, kind, body };
      receiver?.onMessage(message, sizeBytes);
    },
    breakWith: (peer, streamClass) => receiver?.onConnectionLost(peer, streamClass),
  };
}
