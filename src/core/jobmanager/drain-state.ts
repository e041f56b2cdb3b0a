// What a leader remembers of drained TaskManagers, as plain data.
import type { Address } from '../base/machine.ts';
import type { Call } from '../base/retry.ts';

/** TaskManagers that are to hold nothing. */
export interface Drains {
  /** As the HA service has them, in the order of their addresses. They need not be registered. */
  taskManagers: readonly Address[];
  /** Of the key; 0: it was never written. */
  revision: number;
  /** The wish that is being made durable, or null. */
  change: DrainChange | null;
  /** The record could be read. */
  isReadable: boolean;
}

export interface DrainChange {
  readonly taskManager: Address;
  readonly isDrained: boolean;
  /** Who is to hear of it. */
  readonly clients: Address[];
  readonly call: Call;
}

export function createDrains(): Drains {
  return { taskManagers: [], revision: 0, change: null, isReadable: true };
}
