// What `--set` and `--faults` may say is known by the guest alone: they are judged when it is loaded.
import { unknownName } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import type { Guest } from '../../sim/guest.ts';
import { readSet } from '../set-option.ts';
import type { RunPlan } from './run-seed.ts';

/** As they were typed: pairs of `--set`, names of `--faults`. */
export interface GivenSettings {
  readonly set: readonly string[];
  readonly faults: 'scenario' | readonly string[];
}

type Settings = Pick<RunPlan, 'set' | 'faults'>;

export function judgeSettings(
  guest: Pick<Guest, 'options' | 'faultKinds' | 'whyIdle'>,
  { set: pairs, faults }: GivenSettings,
): Result<Settings> {
  const set = readSet(guest.options, pairs);
  if (!set.ok) return set;
  const mistake = faults === 'scenario' ? null : faultMistake(faults, guest);
  return mistake === null ? { ok: true, value: { set: set.value, faults } } : { ok: false, reason: mistake };
}

function faultMistake(
  names: readonly string[],
  { faultKinds: known, whyIdle }: Pick<Guest, 'faultKinds' | 'whyIdle'>,
): string | null {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) return `--faults: ${unknownName('fault', unknown, known)}`;
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) return `--faults: ${repeated} is given twice`;
  const idle = names.find((name) => whyIdle(name) !== null);
  return idle === undefined ? null : `--faults: ${idle} can hit nothing here: ${whyIdle(idle)}`;
}
