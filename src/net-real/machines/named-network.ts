// A network on which processes go by the names of a scenario: machines know each other as `node-1`, and TCP knows `host:port`.
import { assert } from '../../core/base/assert.ts';
import type { Address } from '../../core/base/vocabulary.ts';
import type { Network } from '../network.ts';

export interface Names {
  /** Of this process. */
  readonly name: Address;
  /** `host:port` of all processes by name, this one's included. */
  readonly endpoints: ReadonlyMap<Address, Address>;
  /** False: machines speak in datagrams, and never hear of connections. */
  readonly hearsOfConnections: boolean;
}

export function namedNetwork(network: Network, { name, endpoints, hearsOfConnections }: Names): Network {
  const names = new Map([...endpoints].map(([one, endpoint]) => [endpoint, one]));
  const nameOf = (endpoint: Address): Address => names.get(endpoint) ?? endpoint;
  return {
    address: name,
    listening: network.listening,
    deliverTo: (receiver) =>
      network.deliverTo({
        onMessage: (message, sizeBytes) =>
          receiver.onMessage({ ...message, from: nameOf(message.from), to: name }, sizeBytes),
        onConnectionLost: (peer, streamClass) => {
          if (hearsOfConnections) receiver.onConnectionLost(nameOf(peer), streamClass);
        },
      }),
    send(message) {
      const to = endpoints.get(message.to);
      assert(to !== undefined, () => `no process has the name ${message.to}`);
      network.send({ ...message, from: network.address, to });
    },
    endTurn: (goesOn) => network.endTurn(goesOn),
    pause: (streamClass) => network.pause(streamClass),
    resume: (streamClass) => network.resume(streamClass),
    close: () => network.close(),
    destroy: () => network.destroy(),
  };
}
