// Addresses of nodes that change places, renamed wherever they stand in data: as a string, or as a part of one between characters that no
// address of such a node has. Bytes stay, and what holds no such address is given back as it is.

export class Renamer {
  readonly #names = new Map<string, string>();
  readonly #pattern: RegExp | null;
  readonly #known = new Map<string, string>();

  /** @param to where each node goes, by the index of its address */
  constructor(addresses: readonly string[], to: readonly number[]) {
    to.forEach((other, node) => {
      if (other !== node) this.#names.set(addresses[node] as string, addresses[other] as string);
    });
    const names = [...this.#names.keys()].toSorted((one, other) => other.length - one.length).map(escaped);
    this.#pattern = names.length === 0 ? null : new RegExp(`(?<![\\w-])(?:${names.join('|')})(?![\\w-])`, 'g');
  }

  value<T>(value: T): T {
    return this.#pattern === null ? value : (this.#value(value) as T);
  }

  #value(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return this.#list(value);
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#set(value);
    return this.#fields(value as Readonly<Record<string, unknown>>);
  }

  #text(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const renamed = text.replace(this.#pattern as RegExp, (name) => this.#names.get(name) ?? name);
    this.#known.set(text, renamed);
    return renamed;
  }

  #list(list: readonly unknown[]): unknown {
    const renamed = list.map((item) => this.#value(item));
    return renamed.some((item, index) => item !== list[index]) ? renamed : list;
  }

  #map(map: ReadonlyMap<unknown, unknown>): unknown {
    const renamed = [...map].map(([key, item]) => [this.#value(key), this.#value(item)] as const);
    const isSame = renamed.every(([key, item]) => map.has(key) && map.get(key) === item);
    return isSame ? map : new Map(renamed);
  }

  #set(set: ReadonlySet<unknown>): unknown {
    const items = [...set];
    const renamed = items.map((item) => this.#value(item));
    return renamed.some((item, index) => item !== items[index]) ? new Set(renamed) : set;
  }

  #fields(fields: Readonly<Record<string, unknown>>): unknown {
    const entries = Object.entries(fields);
    const renamed = entries.map(([name, item]) => [this.#text(name), this.#value(item)] as const);
    const isSame = renamed.every(([name, item], index) => name === entries[index]?.[0] && item === entries[index]?.[1]);
    return isSame ? fields : Object.fromEntries(renamed);
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
