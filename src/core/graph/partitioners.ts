// Which subtask of the consumer a record goes to, by the partitioning of its edge. `forward` needs no function: subtask i feeds subtask i.
import type { Key } from '../base/value.ts';
import { keyGroupOf, subtaskOfKeyGroup } from './key-groups.ts';

/** `hash`: the owner of the key's group. */
export function subtaskOfKey(key: Key, maxParallelism: number, parallelism: number): number {
  return subtaskOfKeyGroup(keyGroupOf(key, maxParallelism), maxParallelism, parallelism);
}

/** `rebalance`: where a producer begins, so that few producers do not all begin at the same consumer. */
export function firstRebalanceSubtask(producer: number, parallelism: number): number {
  return producer % parallelism;
}

/** `rebalance`: the one after `current`, round robin. */
export function nextRebalanceSubtask(current: number, parallelism: number): number {
  return current + 1 < parallelism ? current + 1 : 0;
}
