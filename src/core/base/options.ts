// Options as tables: name, default, unit, range. One table serves defaults, checks, help and the error that names the nearest option.
import type { Result } from './value.ts';

export interface OptionSpec {
  readonly default: number;
  readonly unit: 'ms' | 'us' | 'records' | 'batches' | 'count' | 'permille' | 'groups' | 'flag';
  readonly min: number;
  readonly max: number;
  readonly about: string;
}

export type OptionTable = { readonly [name: string]: OptionSpec };
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]: number };

/** All options of a table at their defaults, with the given ones in place of theirs. */
export function withDefaults<T extends OptionTable>(table: T, given: Partial<OptionsOf<T>> = {}): OptionsOf<T> {
  const options: Record<string, number> = {};
  for (const [name, spec] of Object.entries(table)) options[name] = given[name as keyof T] ?? spec.default;
  return Object.freeze(options) as OptionsOf<T>;
}

/** Reads the value of one option, given as text. */
export function parseOption(table: OptionTable, name: string, text: string): Result<number> {
  const spec = Object.hasOwn(table, name) ? table[name] : undefined;
  if (spec === undefined) return { ok: false, reason: unknownName('option', name, Object.keys(table)) };
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN; // no 1e3, no 0x10: what is typed is what is meant
  if (Number.isNaN(value) || value < spec.min || value > spec.max) {
    return {
      ok: false,
      reason: `${name}=${text}: expected a whole number of ${spec.unit} from ${spec.min} to ${spec.max}`,
    };
  }
  return { ok: true, value };
}

const NAMES_LISTED_MAX = 15; // more are no help in a sentence

/** One sentence for a name that is not known, with the nearest right one, or with all of them if they are few. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  if (near !== null) return meantName(what, name, near);
  const all = known.length > 0 && known.length <= NAMES_LISTED_MAX ? `: there are ${known.join(', ')}` : '';
  return `unknown ${what} "${name}"${all}`;
}

export function meantName(what: string, name: string, meant: string): string {
  return `unknown ${what} "${name}", did you mean "${meant}"?`;
}

/**
 * The known name nearest to `name` by edits, where some words of it count as the whole: `heartbaet` is near `heartbeatIntervalMs`, and
 * `timeout` is in `heartbeatTimeoutMs`. A name that is one edit away as a whole goes first: `slot` is `slots`, and no word of
 * `slotTimeoutMs`. Of names that are equally near, the first; null if all are far.
 */
export function nearestName(name: string, known: readonly string[]): string | null {
  const slip = known.find((candidate) => editDistance(name.toLowerCase(), candidate.toLowerCase()) <= 1);
  if (slip !== undefined) return slip;
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.ceil(name.length / 2));
  for (const candidate of known) {
    const distance = Math.min(
      ...partsOf(candidate).map((part) => editDistance(name.toLowerCase(), part.toLowerCase())),
    );
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Its words that follow each other: `tm-crash` has `tm`, `tm-crash` and `crash`. */
function partsOf(name: string): string[] {
  const words = name.split(/(?=[A-Z])|(?<=-)/);
  return words.flatMap((_, first) =>
    words.slice(first).map((__, more) =>
      words
        .slice(first, first + more + 1)
        .join('')
        .replace(/-$/, ''),
    ),
  );
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
