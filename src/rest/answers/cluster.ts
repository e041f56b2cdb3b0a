// The cluster and its TaskManagers, as Flink shows them. What Millrace does not have (slots of different size, managed memory) is 0, or -1 where Flink says so
// of what is unknown.
import type { Bodies } from '../../core/protocol/messages.ts';
import type { TaskManagerLine } from '../../core/protocol/overview.ts';
import type { TypeOf } from '../schema.ts';
import type { ProcessReading } from '../../net-real/metrics/readings.ts';
import type * as shapes from '../shapes.ts';
import { round, type Told } from './measured.ts';

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

/** What is known of a TaskManager besides what the leader tells. */
export interface Known {
  readonly name: string | null;
  /** What it tells of itself. */
  readonly process: ProcessReading | null;
}

/** @param wallNow in ms */
export function taskManagerOf(
  line: TaskManagerLine,
  { name, process }: Known,
  wallNow: number,
): TypeOf<typeof shapes.taskManager> {
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
    name,
    drain,
    process: process === null ? null : processOf(process),
    metrics: memoryOf(process),
    allocatedSlots: allocated.map(({ jobId, tasks }) => ({ jobId, resource: NO_RESOURCE, assignedTasks: tasks })),
  };
}

function processOf(process: ProcessReading): NonNullable<TypeOf<typeof shapes.taskManager>['process']> {
  return {
    'resident-bytes': process.residentBytes,
    'heap-used-bytes': process.heapUsedBytes,
    'cpu-cores': round(process.cpuCores),
    'loop-delay-ms': round(process.loopDelayMs),
    'loop-delay-max-ms': round(process.loopDelayMaxMs),
    'inbox-length': process.inboxLength,
    'uptime-ms': Math.round(process.uptimeMs),
  };
}

/** The buffers of Flink's network and its mapped memory are not there. */
function memoryOf(process: ProcessReading | null): TypeOf<typeof shapes.taskManager>['metrics'] {
  const { heapUsedBytes = 0, heapTotalBytes = 0, heapMaxBytes = 0, externalBytes = 0 } = process ?? {};
  return {
    heapUsed: heapUsedBytes,
    heapCommitted: heapTotalBytes,
    heapMax: heapMaxBytes,
    nonHeapUsed: 0,
    nonHeapCommitted: 0,
    nonHeapMax: -1,
    directCount: 0,
    directUsed: externalBytes,
    directMax: 0,
    mappedCount: 0,
    mappedUsed: 0,
    mappedMax: 0,
    nettyShuffleMemorySegmentsAvailable: 0,
    nettyShuffleMemorySegmentsUsed: 0,
    nettyShuffleMemorySegmentsTotal: 0,
    nettyShuffleMemoryAvailable: 0,
    nettyShuffleMemoryUsed: 0,
    nettyShuffleMemoryTotal: 0,
    garbageCollectors: [],
  };
}

/** @param told by address. @param nameAt of an address */
export function taskManagersOf(
  lines: readonly TaskManagerLine[],
  told: Told,
  nameAt: (address: string) => string | null,
  wallNow: number,
): TypeOf<typeof shapes.taskManagers> {
  return {
    taskmanagers: lines.map((line) => {
      const process = told.get(line.address)?.process ?? null;
      const {
        allocatedSlots: _,
        metrics: __,
        ...shown
      } = taskManagerOf(line, { name: nameAt(line.address), process }, wallNow);
      return shown;
    }),
  };
}
