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
  /**
   * A word of letters, digits, dots and dashes: files are named after it.
   * @example
   * ```ts
   * name: 'greeting',
   * ```
   */
  readonly name: string;
  /**
   * One sentence: the story.
   * @example
   * ```ts
   * about: 'Guests say hello until they are welcome, while processes die.',
   * ```
   */
  readonly about: string;
  /**
   * Every kind of message that a machine may send. Another one is a mistake that is told, and not a message that nobody understands.
   * @example
   * ```ts
   * messages: ['hello', 'welcome'],
   * ```
   */
  readonly messages: readonly string[];
  /**
   * The processes, each at an address of its own, with its machine. Machines may share code, as they keep everything in their states. A function makes
   * them from what the run has drawn.
   * @example
   * ```ts
   * nodes: ({ pick }) => [
   *   { address: 'host', machine: host },
   *   ...Array.from({ length: 1 + pick('guests', 3) }, (_, index) => ({ address: `guest-${index}`, machine: guest })),
   * ],
   * ```
   */
  readonly nodes: PerRun<readonly NodeSpec[]>;
  /**
   * Roles of machines whose nodes can change places: neither machines, services nor oracles order by which of them is which. Of states that differ in nothing
   * else an exploration looks at one. Addresses are renamed wherever they stand, alone or as a part of a name.
   * @default none
   * @example
   * ```ts
   * symmetric: ['guest'],
   * ```
   */
  readonly symmetric?: readonly string[];
  /**
   * What machines make requests to: ready ones (`keyValueStore`, `leaseService`, `durableLog`, `fileStore`), or a `Service` of your own.
   * @default none
   * @example
   * ```ts
   * services: [keyValueStore(), leaseService()],
   * ```
   */
  readonly services?: PerRun<readonly AnyService[]>;
  /**
   * How messages travel: on connections, in order (`stream`), or each by itself (`datagram`).
   * @default 'stream'
   * @example
   * ```ts
   * transport: 'datagram',
   * faults: { 'message-loss': 2, 'message-duplicate': 2 },
   * ```
   */
  readonly transport?: Transport;
  /**
   * The simulated world: latencies, costs, and how long a process that halted stays down.
   * @unit in the name of each
   * @default as `MachineWorldOptions` says
   * @example
   * ```ts
   * sim: { networkLatencyUs: 1_000, networkJitterUs: 5_000 },
   * ```
   */
  readonly sim?: Partial<MachineWorldOptions>;
  /**
   * Options of the scenario's own, which `--set` knows and `draw` can draw; nodes, services and oracles read them in their setting.
   * @default none
   * @example
   * ```ts
   * options: { retryMs: { default: 100, unit: 'ms', min: 10, max: 1_000, about: 'before a guest says hello again' } },
   * ```
   */
  readonly options?: OptionTable;
  /**
   * Options that are drawn in each run, by name: `[smallest, largest]`, both included.
   * @unit in the name of each
   * @default none
   * @example
   * ```ts
   * draw: { networkJitterUs: [0, 20_000] },
   * ```
   */
  readonly draw?: Readonly<Record<string, readonly [number, number]>>;
  /**
   * Faults by weight: how many times a run is struck by each kind, on the average. A kind that is not named is off.
   * @unit times a run, 0.5 for every second run
   * @default none
   * @example
   * ```ts
   * faults: { crash: 1, partition: 0.5, 'clock-drift': 1 },
   * ```
   */
  readonly faults?: Readonly<Partial<Record<GenericFaultKind, number>>>;
  /**
   * Where and for how long faults of a kind strike.
   * @default by chance, wherever the kind can
   * @example
   * ```ts
   * faults: { pause: 1 },
   * aim: { pause: { nodes: ['host'], shortestMs: 50, longestMs: 500 } },
   * ```
   */
  readonly aim?: Readonly<Partial<Record<GenericFaultKind, GenericAim>>>;
  /**
   * Who judges a run: ready oracles (`invariant`, `eventually`, `linearizable`), or an `Oracle` of your own.
   * @default none: a machine that throws, and `isOver`, judge alone
   * @example
   * ```ts
   * oracles: [
   *   invariant<{ greeted?: string[] }>('known guests', ({ live }) => {
   *     const greeted = live.flatMap(({ state }) => state.greeted ?? []);
   *     const stranger = greeted.find((name) => !name.startsWith('guest-'));
   *     return stranger === undefined ? null : `the host greeted ${stranger}`;
   *   }),
   * ],
   * ```
   */
  readonly oracles?: PerRun<readonly AnyOracle[]>;
  /**
   * Whether the machines are done. With faults stopped they must be, within `settleMs`; else the verdict is `liveness`.
   * @default a run takes `runMs` under faults and `settleMs` without, and nothing has to be reached
   * @example
   * ```ts
   * isOver: (view) =>
   *   view.nodes().every(({ role, state }) => role === 'host' || (state as { isWelcome: boolean }).isWelcome),
   * ```
   */
  readonly isOver?: (view: WorldView) => boolean;
  /**
   * Faults strike for at most so long.
   * @unit ms of simulated time, 1 at the least
   * @example
   * ```ts
   * runMs: 5_000,
   * ```
   */
  readonly runMs: number;
  /**
   * Without faults, the machines must be done within so long.
   * @unit ms of simulated time
   * @default 10,000
   * @example
   * ```ts
   * settleMs: 30_000,
   * ```
   */
  readonly settleMs?: number;
}
