// Options of the simulated world around a cluster: latencies, costs, bounds. The cluster's own options are core's table.
import type { OptionSpec, OptionsOf } from '../core/base/options.ts';

const us = (value: number, min: number, max: number, about: string): OptionSpec => ({
  default: value,
  unit: 'us',
  min,
  max,
  about,
});

export const simOptionTable = {
  networkLatencyUs: us(200, 0, 10_000_000, 'a message takes at least'),
  networkJitterUs: us(800, 0, 10_000_000, 'a message may take longer'),
  storageLatencyUs: us(3_000, 0, 60_000_000, 'a request to storage takes at least'),
  storageJitterUs: us(10_000, 0, 60_000_000, 'a request to storage may take longer'),
  haLatencyUs: us(2_000, 0, 60_000_000, 'a request to the HA service takes at least'),
  haJitterUs: us(4_000, 0, 60_000_000, 'a request to the HA service may take longer'),
  stepCostUs: us(20, 0, 1_000_000, 'a step takes'),
  recordCostUs: us(5, 0, 1_000_000, 'a record takes in addition'),
  slowestFactor: {
    default: 1,
    unit: 'count',
    min: 1,
    max: 1_000,
    about: 'steps of a TaskManager cost up to this many times more than those of others (drawn for each)',
  },
  parallelismMax: {
    default: 0,
    unit: 'count',
    min: 0,
    max: 1_000,
    about: 'subtasks of an operator and splits of a source, at most, on as few TaskManagers (0: as the scenario says)',
  },
  restartNodeMs: { default: 1_500, unit: 'ms', min: 1, max: 600_000, about: 'a crashed process is down' },
  safetyMs: {
    default: 0,
    unit: 'ms',
    min: 0,
    max: 86_400_000,
    about: 'faults go on at most (0: until the job is over or three times its plain length)',
  },
} as const satisfies { readonly [name: string]: OptionSpec };

/** Under these nothing takes time. */
export const timelessCluster = {
  networkLatencyUs: 0,
  networkJitterUs: 0,
  storageLatencyUs: 0,
  storageJitterUs: 0,
  haLatencyUs: 0,
  haJitterUs: 0,
  stepCostUs: 0,
  recordCostUs: 0,
} as const satisfies Partial<Record<keyof typeof simOptionTable, 0>>;

export type SimOptions = OptionsOf<typeof simOptionTable>;
