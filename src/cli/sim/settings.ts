// What `--set` and `--faults` may say is known by the guest alone: they are judged when it is loaded.
import type { Result } from '../../core/base/value.ts';
import { faultsMistake } from '../../sim/faults/mistake.ts';
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
  const mistake = faults === 'scenario' ? null : faultsMistake(faults, guest);
  if (mistake !== null) return { ok: false, reason: `--faults: ${mistake}` };
  return { ok: true, value: { set: set.value, faults } };
}
