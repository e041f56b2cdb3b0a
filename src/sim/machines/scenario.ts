// A scenario of machines: what a file of a user's says about machines of their own, data first.
import type { OptionTable } from '../../core/base/options.ts';
import type { GenericFaultKind } from '../faults/kinds.ts';
import type { GenericAim } from '../faults/rule.ts';
import type { Oracle, WorldView } from '../observation.ts';
import type { Service } from '../service.ts';
import type { NodeSpec, Transport } from '../world-types.ts';
import type { MachineWorldOptions } from './world-options.ts';

/** What a run has drawn, for nodes, services and oracles that depend on it. */
export interface MachineSetting {
  /** Every option of the run by name: those of the world, `runMs`, `settleMs`, and the scenario's own. */
  readonly options: Readonly<Record<string, number>>;
  /** An integer in [0, n), all as likely: a decision of stream `workload/<question>`, which shrinks to 0. */
  readonly pick: (question: string, n: number) => number;
}

/** The same in every run, or made from what a run has drawn. */
export type PerRun<T> = T | ((setting: MachineSetting) => T);

// oxlint-disable-next-line typescript/no-explicit-any -- an oracle's state is its own
export type AnyOracle = Oracle<any>;
// oxlint-disable-next-line typescript/no-explicit-any -- a service takes its own state and requests
export type AnyService = Service<any, any>;

/**
 * Machines of the user's own in a simulated world: `defineMachines` checks one, `npm run sim -- --scenario FILE` runs what FILE exports as
 * `scenario`. A run has three parts. Faults strike until the machines are done, for at most `runMs`; then they stop, and the machines must be
 * done within `settleMs`; then the oracles say their last word.
 */
export interface MachinesScenario {
  /** A word of letters, digits, dots and dashes: files are named after it. */
  readonly name: string;
  /** One sentence: the story. */
  readonly about: string;
  /** Every kind of message that a machine may send. Another one is a mistake that is told, and not a message that nobody understands. */
  readonly messages: readonly string[];
  /**
   * The processes, each at an address of its own, with its machine. Machines may share code, as they keep everything in their states.
   * An example: `[{ address: 'server', machine: lockServer }, { address: 'client-1', machine: client }]`.
   */
  readonly nodes: PerRun<readonly NodeSpec[]>;
  /** What machines make requests to: ready ones, or a `Service` of the user's. Default: none. */
  readonly services?: PerRun<readonly AnyService[]>;
  /** How messages travel: on connections (`stream`), or each by itself (`datagram`). Default `stream`. */
  readonly transport?: Transport;
  /** The simulated world: latencies, costs, and how long a process that halted stays down. What is absent has the default of its table. */
  readonly sim?: Partial<MachineWorldOptions>;
  /** Options of the scenario's own, that `--set` knows and `draw` can draw. Default: none. */
  readonly options?: OptionTable;
  /** Options that are drawn in each run, by name: `[smallest, largest]`. Default: none. */
  readonly draw?: Readonly<Record<string, readonly [number, number]>>;
  /** Faults by weight: the mean number of times that a run is struck. A kind that is not named is off. Default: none. */
  readonly faults?: Readonly<Partial<Record<GenericFaultKind, number>>>;
  /** Where and for how long faults of a kind strike, where that is not left to chance. */
  readonly aim?: Readonly<Partial<Record<GenericFaultKind, GenericAim>>>;
  /** Who judges a run: ready oracles (`linearizable`, `invariant`, `eventually`), or an `Oracle` of the user's. Default: none. */
  readonly oracles?: PerRun<readonly AnyOracle[]>;
  /**
   * Whether the machines are done. With faults stopped they must be, within `settleMs`; else the verdict is `liveness`. Without it a run takes
   * `runMs` under faults and `settleMs` without, and nothing has to be reached.
   * An example: `(view) => view.nodes().every(({ role, state }) => role !== 'client' || (state as ClientState).isDone)`.
   */
  readonly isOver?: (view: WorldView) => boolean;
  /** Faults strike for at most so long. In ms, from 1. */
  readonly runMs: number;
  /** Without faults, the machines must be done within so long. In ms, from 0. Default 10,000. */
  readonly settleMs?: number;
}
