// The code of a chain: its operators bound to their functions, one behind the other. This is code, not state: it is built afresh wherever it is needed,
// and holds nothing between two steps but contexts to be filled again.
import { assert, AssertionError } from '../base/assert.ts';
import { createAtWork, OPERATOR, RECORD, type AtWork } from '../base/at-work.ts';
import { isProcessEnded } from '../base/process-ended.ts';
import type { Key, Value } from '../base/value.ts';
import type { JobProgram } from '../graph/functions.ts';
import type { Operator } from '../graph/job-graph.ts';
import { beginsChain } from '../graph/kinds.ts';
import type { CalledRecord } from './calls.ts';
import { bindOperator } from './kinds.ts';
import { FiredTimers, type BoundAsking, type BoundKeyed, type BoundOperator, type ChainState } from './kinds/kind.ts';
import { StageOutput, type RowTarget, type Rows } from './stage-output.ts';
import { describeThrown, showRecord, showTimer, UserCodeError } from './user-code-error.ts';

/** What a step of a chain is at work on. */
interface ChainWork {
  chain: ChainState | null;
  /** What it was given; null: its timers fire. */
  given: Pick<Rows, 'values'> | null;
  readonly fired: FiredTimers;
  readonly atWork: AtWork;
  /** Ids of the operators, in order. */
  readonly ids: readonly string[];
}

/** One operator of a chain, with the records that it gave and the next one did not take yet. */
export class Stage implements RowTarget {
  readonly output: StageOutput;
  readonly #operator: BoundOperator;
  readonly #work: ChainWork;

  constructor(operator: BoundOperator, work: ChainWork, next: RowTarget) {
    this.#operator = operator;
    this.#work = work;
    this.output = new StageOutput(work.atWork, next);
  }

  onRows(rows: Rows, size: number): void {
    try {
      this.#operator.onBatch(this.#work.chain as ChainState, rows, size, this.output);
    } catch (thrown) {
      throw this.#fail(thrown);
    }
    this.output.flush();
  }

  /** Of a keyed operator. */
  onTimers(watermark: number, max: number): void {
    try {
      (this.#operator as BoundKeyed).onTimers(this.#work.chain as ChainState, watermark, max, this.output);
    } catch (thrown) {
      throw this.#fail(thrown);
    }
    this.output.flush();
  }

  /** Of an operator that asks its host. */
  onAnswers(records: readonly CalledRecord[]): void {
    try {
      (this.#operator as BoundAsking).onAnswers(records, this.output);
    } catch (thrown) {
      throw this.#fail(thrown);
    }
    this.output.flush();
  }

  /**
   * What to throw on. What was given before goes on first, and if a later operator fails at it that is what the chain fails with: records fail in their
   * order, however they were cut into batches.
   */
  #fail(thrown: unknown): unknown {
    this.#operator.abandon();
    if (isProcessEnded(thrown)) {
      this.output.clear();
      return thrown; // the cells go on saying whose code it was
    }
    const error = attributeError(this.#work, thrown);
    this.output.flush();
    return error;
  }
}

export interface ChainCode {
  readonly stages: readonly Stage[];
  readonly work: ChainWork;
}

const NOWHERE: RowTarget = {
  onRows: () => {
    throw new AssertionError('a chain gives records outside of a step');
  },
};

/** Throws a UserCodeError if the program has not what the operators need. */
export function resolveChain(
  operators: readonly Operator[],
  program: JobProgram,
  parameters: Value,
  atWork: AtWork = createAtWork(),
): ChainCode {
  const fired = new FiredTimers(atWork);
  const work = { chain: null, given: null, fired, atWork, ids: operators.map(({ id }) => id) };
  const context = { timestamp: 0, parameters };
  const stages: Stage[] = [];
  let next = NOWHERE;
  for (const [index, operator] of [...operators.entries()].reverse()) {
    assert(
      index === 0 || !beginsChain(operator),
      () => `${operator.kind} "${operator.id}" must be the first of its chain`,
    );
    const functions = program.functions.get(operator.id) ?? {};
    const bound = bindOperator(operator, functions, { place: index + 1, parameters, context, atWork, fired });
    next = new Stage(bound, work, next);
    stages.unshift(next as Stage);
  }
  return { stages, work };
}

/** User code's mistake is named with its operator and what the chain was given; a bug stays what it is. */
function attributeError(work: ChainWork, thrown: unknown): unknown {
  const { atWork, ids } = work;
  const running = ids[(atWork[OPERATOR] as number) - 1] ?? null;
  // millrace-lint-ignore module-state: who is at work, for the host; nothing reads it to decide
  atWork[OPERATOR] = 0;
  if (thrown instanceof AssertionError) return thrown;
  if (running === null && !(thrown instanceof UserCodeError)) return thrown;
  const error =
    thrown instanceof UserCodeError
      ? thrown
      : new UserCodeError(running ?? '', `failed: ${describeThrown(thrown)}`, null, thrown);
  error.given ??= showGiven(work);
  return error;
}

/** The record or timer that the chain was given, of which came what is at hand. */
function showGiven({ given, fired, atWork }: ChainWork): string {
  const origin = atWork[RECORD] as number;
  if (origin < 0) return showTimer(fired.times[-origin - 1] as number, fired.keys[-origin - 1] as Key);
  return showRecord((given as Rows).values[origin - 1] as Value);
}
