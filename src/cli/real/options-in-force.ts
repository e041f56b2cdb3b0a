// Which options hold on real processes: those of the scenario, of its `real`, and of the command line, the later before the earlier. A time of the
// scenario's `options` that is shorter than its default is made for simulated time, in which no machine is slow: it is not in force, and that is told.
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { clusterOptionTable } from '../../core/protocol/cluster-options.ts';
import type { Scenario } from '../../scenario/scenario.ts';

type Given = Partial<ClusterOptions>;

export interface OptionsInForce {
  /** As the processes are told; all others are at their defaults. */
  readonly set: Readonly<Record<string, number>>;
  /** Of the scenario, and not in force. */
  readonly left: Readonly<Record<string, number>>;
}

export function optionsInForce(
  { options = {}, real = {} }: Pick<Scenario, 'options' | 'real'>,
  typed: Given,
): OptionsInForce {
  const own = { ...real.options, ...typed };
  const inherited = Object.entries(options).filter(([name]) => !Object.hasOwn(own, name));
  return {
    set: { ...Object.fromEntries(inherited.filter((one) => !isShortTime(one))), ...own },
    left: Object.fromEntries(inherited.filter(isShortTime)),
  };
}

function isShortTime([name, value]: [string, number]): boolean {
  const { unit, default: usual } = clusterOptionTable[name as keyof ClusterOptions];
  return unit === 'ms' && value < usual;
}

const NAMES_MAX = 3;

/** One line: what differs from the defaults, and what the scenario asked for in vain. */
export function describeOptionsInForce({ set, left }: OptionsInForce): string {
  const held = pairs(set).join(', ') || 'all at their defaults';
  const names = pairs(left);
  if (names.length === 0) return held;
  const rest = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : '';
  const why = 'times below the defaults are for simulated time (real: { options } sets them here)';
  return `${held}; not in force: ${names.slice(0, NAMES_MAX).join(', ')}${rest}: ${why}`;
}

function pairs(options: Readonly<Record<string, number>>): string[] {
  return Object.entries(options).map(([name, value]) => `${name}=${value}`);
}
