// Addresses in sentences that people read: behind the name of the process that is there, or was, where that is known.
import type { Address } from '../core/base/vocabulary.ts';

/** The name of the process at an address; null: not known here. */
export type NameAt = (address: Address) => string | null;

const ADDRESS = /(?<![\w.:[\]-])(?:\[[0-9a-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*):\d{1,5}(?![\w:]|\.\d)/g;

/** `127.0.0.1:4242 is lost` becomes `tm-2 at 127.0.0.1:4242 is lost`. */
export function withNames(text: string, nameAt: NameAt): string {
  return text.replaceAll(ADDRESS, (address) => {
    const name = nameAt(address);
    return name === null ? address : `${name} at ${address}`;
  });
}
