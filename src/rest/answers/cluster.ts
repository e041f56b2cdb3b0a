// The cluster and its TaskManagers, as Flink shows them. What Millrace does not have (slots of different size, managed memory) is 0, or -1 where Flink says so
// of what is unknown.
import type { Bodies } from '../../core/protocol/messages.ts';
import type { TaskManagerLine } from '../../core/protocol/overview.ts';
import type { TypeOf } from '../schema.ts';
import type * as shapes from '../shapes.ts';

type Overview = Pick<Bodies['cluster-overview'], 'jobs' | 'taskManagers'>;

export function overviewOf(
  { jobs, taskManagers }: Overview,
  version: { readonly number: string; readonly commit: string },
): TypeOf<typeof shapes.overview> {
  return {
    taskmanagers: taskManagers.length,
    'slots-total': sumOf(taskManagers.map(({ slots }) => slots)),
    'slots-available': sumOf(taskManagers.map(({ freeSlots }) => freeSlots)),
    'jobs-running': jobs.running,
    'jobs-finished': jobs.finished,
    'jobs-cancelled': jobs.canceled,
    'jobs-failed': jobs.failed,
    'flink-version': version.number,
    'flink-commit': version.commit,
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

const NO_RESOURCE = {
  cpuCores: 0,
  taskHeapMemory: 0,
  taskOffHeapMemory: 0,
  managedMemory: 0,
  networkMemory: 0,
  extendedResources: {},
} as const;

const NO_MEMORY = {
  frameworkHeap: 0,
  taskHeap: 0,
  frameworkOffHeap: 0,
  taskOffHeap: 0,
  networkMemory: 0,
  managedMemory: 0,
  jvmMetaspace: 0,
  jvmOverhead: 0,
  totalFlinkMemory: 0,
  totalProcessMemory: 0,
} as const;

/** @param wallNow in ms */
export function taskManagerOf(line: TaskManagerLine, wallNow: number): TypeOf<typeof shapes.taskManager> {
  const { address, slots, freeSlots, silentMs, drain, allocated } = line;
  return {
    id: address,
    path: address,
    dataPort: Number(address.slice(address.lastIndexOf(':') + 1)),
    jmxPort: -1,
    timeSinceLastHeartbeat: Math.round(wallNow - silentMs),
    slotsNumber: slots,
    freeSlots,
    assignedTasks: sumOf(allocated.map(({ tasks }) => tasks)),
    totalResource: NO_RESOURCE,
    freeResource: NO_RESOURCE,
    hardware: { cpuCores: 0, physicalMemory: 0, freeMemory: 0, managedMemory: 0 },
    memoryConfiguration: NO_MEMORY,
    drain,
    allocatedSlots: allocated.map(({ jobId, tasks }) => ({ jobId, resource: NO_RESOURCE, assignedTasks: tasks })),
  };
}

export function taskManagersOf(lines: readonly TaskManagerLine[], wallNow: number): TypeOf<typeof shapes.taskManagers> {
  return {
    taskmanagers: lines.map((line) => {
      const { allocatedSlots: _, ...shown } = taskManagerOf(line, wallNow);
      return shown;
    }),
  };
}
