// What the oracles of a cluster run are told: the job, its input, and the rules in force. Nothing here changes during a run.
import type { Address } from '../../core/base/vocabulary.ts';
import type { JobProgram } from '../../core/graph/functions.ts';
import type { JobGraph } from '../../core/graph/job-graph.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { UserCode } from '../../scenario/code/user-code.ts';
import type { Scenario, Topic, VaryingCode } from '../../scenario/scenario.ts';
import type { SimOptions } from '../../scenario/sim-options.ts';
import type { ReferenceCall } from './reference-plan.ts';

/** One job of a run. */
export interface OracleContext {
  readonly jobId: string;
  /** Addresses of its clients. */
  readonly clients: readonly Address[];
  /** When it is submitted first, in ms of world time. */
  readonly submitAtMs: number;
  readonly graph: JobGraph;
  readonly program: JobProgram;
  /** What is known of the program's own mistakes; absent: it is not under guard. */
  readonly code?: UserCode;
  readonly topics: Readonly<Record<string, Topic>>;
  readonly options: ClusterOptions;
  /** What steps, records and messages cost in this world: the bound of liveness is computed from it. */
  readonly costs: Pick<
    SimOptions,
    | 'stepCostUs'
    | 'recordCostUs'
    | 'slowestFactor'
    | 'networkLatencyUs'
    | 'networkJitterUs'
    | 'storageLatencyUs'
    | 'storageJitterUs'
  >;
  /** The output multiset does not depend on the order between splits: it is judged by the sequential reference. */
  readonly reference: boolean;
  readonly check?: Scenario['check'];
  /** Code of it that does not give the same result each time, in this run: values that follow from it are nobody's to know. Default: none. */
  readonly varies?: Pick<VaryingCode, 'operator' | 'identity'>;
  /** Calls functions of `mapAsync`. Default: the job has none. */
  readonly call?: ReferenceCall;
  /** The job whose savepoint it starts from, if it starts from one. */
  readonly follows?: string | null;
  /** It follows a job, or is followed by one, that writes to the same sinks: what a transaction is of, its name says. */
  readonly sharesSinks?: boolean;
  /** A client asks for its checkpoints or its failures. Default: none does. */
  readonly asksHistory?: boolean;
  /** A client looks on. Default: none does. */
  readonly looksOn?: boolean;
  /** FAILED: its own code fails, and that is wanted. Default: it does not. */
  readonly ends?: 'FAILED' | null;
}

/** The external sinks that the job writes to. No two jobs of a run share one, unless one follows the other. */
export function sinksOfJob({ graph }: OracleContext): ReadonlySet<string> {
  return new Set(graph.operators.flatMap((operator) => (operator.kind === 'sink' ? [operator.sink] : [])));
}
