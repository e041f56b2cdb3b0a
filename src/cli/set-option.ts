// `--set key=value`, as often as one likes, read against a table of options.
import { nearestName, parseOption } from '../core/base/options.ts';
import type { OptionTable } from '../core/base/options.ts';
import type { Result } from '../core/base/value.ts';

/**
 * The values by name, or what is wrong with the first pair that cannot be followed.
 *
 * @param flags of the command, without dashes: who takes one for an option is told so.
 */
export function readSet(
  table: OptionTable,
  pairs: readonly string[],
  flags: readonly string[] = [],
): Result<Readonly<Record<string, number>>> {
  const set: Record<string, number> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (!Object.hasOwn(table, key)) return { ok: false, reason: unknownKey(table, pair, key, flags) };
    if (equals < 0) return { ok: false, reason: `--set ${pair} needs a value: --set ${key}=NUMBER` };
    const parsed = parseOption(table, key, pair.slice(equals + 1));
    if (!parsed.ok) return { ok: false, reason: `--set ${parsed.reason}` };
    if (Object.hasOwn(set, key)) return { ok: false, reason: `--set ${key} is given twice` };
    set[key] = parsed.value;
  }
  return { ok: true, value: set };
}

function unknownKey(table: OptionTable, pair: string, key: string, flags: readonly string[]): string {
  const value = pair.slice(key.length + 1);
  const right = value === '' ? 'NUMBER' : value;
  if (flags.includes(key)) return `--set ${pair}: "${key}" is no option of --set, did you mean "--${key} ${right}"?`;
  const near = nearestName(key, Object.keys(table));
  if (near !== null) return `--set ${pair}: unknown option "${key}", did you mean "--set ${near}=${right}"?`;
  return `--set ${pair}: unknown option "${key}", expected --set KEY=NUMBER with a KEY of those that --help lists`;
}
