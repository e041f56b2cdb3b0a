// Addresses of a real run as the names that the simulator gives: `jm-1`, `tm-2`, `client-1`; so a trace reads alike in both worlds.
import type { Address } from '../../core/base/machine.ts';
import { LEADER_KEY } from '../../core/protocol/ha-keys.ts';
import { decodeLeader, encodeLeader } from '../../core/protocol/records-codec.ts';
import { isObject } from '../../core/base/state-kinds.ts';
import type { TraceLine } from '../../run/trace.ts';

export class NodeNames {
  readonly #names = new Map<Address, string>();

  set(address: Address, name: string): void {
    this.#names.set(address, name);
  }

  readonly of = (address: Address): string => this.#names.get(address) ?? address;

  /** A line with a name wherever it holds an address and nothing else; in records nothing is replaced. */
  inLine(line: TraceLine): TraceLine {
    return this.#inData(line) as TraceLine;
  }

  #inData(data: unknown): unknown {
    if (typeof data === 'string') return this.of(data);
    if (Array.isArray(data)) return data.map((one) => this.#inData(one));
    if (!isObject(data) || !isPlain(data)) return data;
    if ('key' in data && data.key === LEADER_KEY) return this.#inLeader(data);
    const fields = Object.entries(data).map(([name, value]) => [
      name,
      ofUsers.includes(name) ? value : this.#inData(value),
    ]);
    return Object.fromEntries(fields) as unknown;
  }

  /** The leader key holds an address, as bytes. */
  #inLeader(entry: object): object {
    const value: unknown = 'value' in entry ? entry.value : null;
    const leader = value instanceof Uint8Array ? decodeLeader(value) : null;
    if (leader?.ok !== true) return entry;
    return { ...entry, value: encodeLeader({ ...leader.value, address: this.of(leader.value.address) }) };
  }
}

/** Fields that hold records, or values of a job. */
const ofUsers: readonly string[] = ['batch', 'values', 'records', 'parameters', 'graph'];

function isPlain(data: object): boolean {
  return Object.getPrototypeOf(data) === Object.prototype;
}
