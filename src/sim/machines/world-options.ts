// Options of a world around machines of a user's: latencies, costs, and how long a process that halted is down.
import type { OptionSpec, OptionsOf, OptionTable } from '../../core/base/options.ts';

const us = (value: number, about: string): OptionSpec => ({
  default: value,
  unit: 'us',
  min: 0,
  max: 60_000_000,
  about,
});

export const machineWorldTable = {
  networkLatencyUs: us(200, 'a message takes at least'),
  networkJitterUs: us(800, 'a message may take longer'),
  serviceLatencyUs: us(500, 'a request takes at least, and its answer as long'),
  serviceJitterUs: us(1_500, 'a request, or its answer, may take longer'),
  stepCostUs: us(20, 'a step takes'),
  recordCostUs: us(5, 'a record that a step counts takes in addition'),
  restartNodeMs: {
    default: 500,
    unit: 'ms',
    min: 0,
    max: 600_000,
    about: 'a process that halted is down (0: for good)',
  },
} as const satisfies OptionTable;

/** Under these nothing takes time. */
export const timelessMachines = {
  networkLatencyUs: 0,
  networkJitterUs: 0,
  serviceLatencyUs: 0,
  serviceJitterUs: 0,
  stepCostUs: 0,
  recordCostUs: 0,
} as const satisfies Partial<Record<keyof typeof machineWorldTable, 0>>;

/** Options of a world around machines, by name: latencies and costs in µs, `restartNodeMs` in ms. Their defaults are those of the table. */
export type MachineWorldOptions = OptionsOf<typeof machineWorldTable>;
