// What must hold of drained TaskManagers. A throw here is a bug.
import { assert } from '../base/assert.ts';
import { CLIENTS_MAX } from './dispatcher.ts';
import { DRAINS_MAX } from './drains.ts';
import type { Leader } from './state.ts';

/** Each is listed once, in the order of addresses, and a wish that is being written changes the list. */
export function checkDrains({ drains, recovery }: Leader): void {
  const { taskManagers, change } = drains;
  assert(taskManagers.length <= DRAINS_MAX, 'too many TaskManagers are drained');
  assert(
    taskManagers.every((address, index) => index === 0 || (taskManagers[index - 1] as string) < address),
    () => `drained TaskManagers are out of order, or listed twice: ${taskManagers.join(', ')}`,
  );
  if (change === null) return;
  assert(recovery.done && drains.isReadable, 'what is drained is changed before it is known');
  assert(change.clients.length <= CLIENTS_MAX, 'too many clients wait for a drain');
  assert(
    taskManagers.includes(change.taskManager) !== change.isDrained,
    () => `what is wanted of ${change.taskManager} is durable, and written again`,
  );
}
