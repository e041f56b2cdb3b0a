// Addresses of a real run as the names that the simulator gives: `jm-1`, `tm-2`, `client-1`; so a trace reads alike in both worlds.
import type { Address } from '../../core/base/machine.ts';
import type { TraceLine } from './trace-line.ts';

export class NodeNames {
  readonly #names = new Map<Address, string>();
  #anyAddress: RegExp | null = null;

  set(address: Address, name: string): void {
    this.#names.set(address, name);
    this.#anyAddress = null;
  }

  of(address: Address): string {
    return this.#names.get(address) ?? address;
  }

  inLine(line: TraceLine): TraceLine {
    const { node, input, effects } = line;
    return {
      ...line,
      node: this.of(node),
      ...(input === undefined ? {} : { input: this.#inText(input) }),
      ...(effects === undefined ? {} : { effects: effects.map((effect) => this.#inText(effect)) }),
    };
  }

  #inText(text: string): string {
    this.#anyAddress ??= anyOf([...this.#names.keys()]);
    return text.replace(this.#anyAddress, (address) => this.of(address));
  }
}

/** A port is not the beginning of a longer one. */
function anyOf(addresses: readonly Address[]): RegExp {
  const literals = addresses.map((address) => address.replaceAll('.', String.raw`\.`));
  return new RegExp(String.raw`(?:${literals.join('|')})(?!\d)`, 'g');
}
