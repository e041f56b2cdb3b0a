// What a kind of operator is to the graph, where its code is of no concern: each kind is one file beside this one, and `../kinds.ts` lists them.
// What a kind does to records stands in `../../operators/kinds`.
import type { RulesOf } from '../field-rules.ts';
import type { CodeSettings, OperatorFunctions } from '../functions.ts';
import type { Operator, OperatorKind } from '../job-graph.ts';

/** The operator of a kind, also where several kinds share one type. */
export type OperatorOf<K, O = Operator> = O extends { readonly kind: infer Kinds }
  ? K extends Kinds
    ? O
    : never
  : never;

/** Where a function lies in `OperatorFunctions`. */
export type FunctionPath =
  | Exclude<keyof OperatorFunctions, 'aggregate' | keyof CodeSettings>
  | `aggregate.${keyof NonNullable<OperatorFunctions['aggregate']>}`;

export interface KindInput {
  /** Each record comes with its key: the edges that lead here are hash edges. */
  readonly isKeyed: boolean;
}

export interface GraphKind<K extends OperatorKind> {
  /** A rule for each field that operators of this kind have beside `id`, `kind` and `parallelism`. */
  readonly fields: RulesOf<Omit<OperatorOf<K>, 'id' | 'kind' | 'parallelism'>>;
  /** By number. None: it brings records from outside. */
  readonly inputs: readonly KindInput[];
  /** How many there are. None: it takes records outside. */
  readonly outputs: number;
  readonly functions: {
    readonly required: readonly FunctionPath[];
    /** A function where there is one. */
    readonly optional: readonly FunctionPath[];
  };
  /** What of it a checkpoint holds. */
  readonly keeps: 'nothing' | 'positions' | 'keys' | 'calls' | 'transactions';
  /** Its records need an event time. */
  readonly needsTime: boolean;
}
