// `--set key=value`, as often as one likes, read against a table of options.
import { nearestName, parseOption } from '../core/base/options.ts';
import type { OptionTable } from '../core/base/options.ts';
import type { Result } from '../core/base/value.ts';

/** The values by name, or what is wrong with the first pair that cannot be followed. */
export function readSet(table: OptionTable, pairs: readonly string[]): Result<Readonly<Record<string, number>>> {
  const set: Record<string, number> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    const known = Object.hasOwn(table, key);
    if (equals < 0 && known) return { ok: false, reason: `--set ${pair} needs a value: --set ${key}=NUMBER` };
    const parsed = parseOption(table, key, pair.slice(equals + 1));
    if (!parsed.ok && !known && nearestName(key, Object.keys(table)) === null)
      return { ok: false, reason: `--set ${parsed.reason}: --help lists those that there are` };
    if (!parsed.ok) return { ok: false, reason: `--set ${parsed.reason}` };
    if (Object.hasOwn(set, key)) return { ok: false, reason: `--set ${key} is given twice` };
    set[key] = parsed.value;
  }
  return { ok: true, value: set };
}
