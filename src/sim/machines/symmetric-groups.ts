// Which nodes of a run can change places: those of a role that is said to be symmetric, as far as nothing that the scenario says of them tells them apart.
import { hashState } from '../../core/base/state.ts';
import type { NodeSpec } from '../world-types.ts';
import type { MachinesScenario } from './scenario.ts';

/** Groups of two or more, by address. */
export function symmetricGroups(
  { symmetric = [], aim = {} }: Pick<MachinesScenario, 'symmetric' | 'aim'>,
  nodes: readonly NodeSpec[],
): readonly (readonly string[])[] {
  const signatureOf = ({ address, machine, startAtUs, clockOffsetMs, costFactor }: NodeSpec): string =>
    hashState([
      machine.role,
      startAtUs ?? 0,
      clockOffsetMs ?? 0,
      costFactor ?? 1,
      ...Object.values(aim).map((one) => one.nodes?.includes(address) ?? true),
    ]);
  const members = nodes.filter(({ machine }) => symmetric.includes(machine.role));
  return [...Map.groupBy(members, signatureOf).values()]
    .filter(({ length }) => length > 1)
    .map((group) => group.map(({ address }) => address));
}
