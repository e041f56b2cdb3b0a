// Several machines behind one network: `host:port` is the station, which listens and has the streams; `host:port#name` an extension, which has neither.
// What machines of one station say to each other stays in the process; what an extension says to others goes through the streams of its station, and the
// answer comes back the same way. So a client needs no port, no incarnation and no connection of its own.
import { assert } from '../core/base/assert.ts';
import type { Address, Envelope, StreamClass } from '../core/base/vocabulary.ts';
import type { Network, Receiver } from './network.ts';

const SEPARATOR = '#';

/** The address to which a peer connects: that of the station. */
export function stationOf(address: Address): Address {
  const end = address.indexOf(SEPARATOR);
  return end < 0 ? address : address.slice(0, end);
}

export class Switchboard {
  readonly #network: Network;
  readonly #receivers = new Map<Address, Receiver>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** The network of the machine that has the station's own address. It closes the station with itself. Used once. */
  station(): Network {
    const network = this.#network;
    const { address, listening } = network;
    return {
      address,
      listening,
      deliverTo: (receiver) => {
        this.#receivers.set(address, receiver);
        network.deliverTo({
          onMessage: (message, sizeBytes) => this.#receivers.get(message.to)?.onMessage(message, sizeBytes),
          onConnectionLost: (peer, streamClass) => this.#tellLoss(peer, streamClass),
        });
      },
      send: (message) => this.#send(message),
      endTurn: (goesOn) => network.endTurn(goesOn),
      pause: (streamClass) => network.pause(streamClass),
      resume: (streamClass) => network.resume(streamClass),
      close: () => network.close(),
      destroy: () => network.destroy(),
    };
  }

  /** The network of one more machine. What comes for it behind its end is dropped. @param name that no other extension has, or had */
  extension(name: string): Network {
    const address = `${this.#network.address}${SEPARATOR}${name}`;
    const leave = (): void => void this.#receivers.delete(address);
    return {
      address,
      listening: this.#network.listening,
      deliverTo: (receiver) => {
        assert(!this.#receivers.has(address), () => `two machines are ${address}`);
        this.#receivers.set(address, receiver);
      },
      send: (message) => this.#send(message),
      endTurn: () => {}, // the station's turns count
      pause: () => {}, // an extension asks for what it is sent, and cannot hold up a stream that others share
      resume: () => {},
      close: async () => leave(),
      destroy: leave,
    };
  }

  #send(message: Envelope): void {
    if (stationOf(message.to) !== this.#network.address) this.#network.send(message);
    else this.#receivers.get(message.to)?.onMessage(message, 0);
  }

  #tellLoss(peer: Address, streamClass: StreamClass): void {
    for (const receiver of this.#receivers.values()) receiver.onConnectionLost(peer, streamClass);
  }
}
