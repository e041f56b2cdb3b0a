// Functions of `mapAsync`, called in the process of their TaskManager, with its own timers, clock and chance. Many calls wait at once; nobody ends one that a task no
// longer waits for. What a timer or callback behind a call throws is what the call comes to (`call-at-hand.ts`).
import { describeNonValue, isValue, type Value } from '../core/base/value.ts';
import type { JobProgram, RecordContext } from '../core/graph/functions.ts';
import { describeThrown } from '../core/operators/user-code-error.ts';
import type { PortAnswer, PortRequest } from '../core/protocol/ports.ts';
import { inCall, type CallAtHand } from './call-at-hand.ts';
import { jobStack } from './job-stack.ts';
import { createPort } from './port-answers.ts';
import type { Port } from './port.ts';

type MapAsync = (value: Value, context: RecordContext) => Promise<Value>;
type FunctionCall = Extract<PortRequest, { readonly kind: 'function-call' }>;

/** @param table the programs that were loaded, by artifact */
export function functionPort(table: ReadonlyMap<string, JobProgram>): Port {
  return createPort(
    ['function-call'],
    (request) => answerOf(table, request),
    () => Promise.resolve(),
  );
}

function answerOf(
  table: ReadonlyMap<string, JobProgram>,
  { artifact, operator, value, timestamp, parameters }: FunctionCall,
): Promise<PortAnswer> {
  const mapAsync = table.get(artifact)?.functions.get(operator)?.mapAsync;
  if (mapAsync === undefined) return Promise.resolve(failed('is not in a loaded artifact', null));
  return new Promise((resolve) => {
    const call = new PendingCall(operator, resolve);
    void inCall(call, () => callOf(mapAsync, value, { timestamp, parameters })).then(
      (given) => call.settle(judged(given)),
      (thrown: unknown) => call.settle(failedBy(thrown)),
    );
  });
}

/** What it throws before it gives a promise rejects as well. */
async function callOf(mapAsync: MapAsync, value: Value, context: RecordContext): Promise<Value> {
  return mapAsync(value, context);
}

/** Answered once: by what its function gives, or by what something throws that the function left behind. */
class PendingCall implements CallAtHand {
  readonly operator: string;
  readonly #answer: (answer: PortAnswer) => void;
  #isOver = false;

  constructor(operator: string, answer: (answer: PortAnswer) => void) {
    this.operator = operator;
    this.#answer = answer;
  }

  settle(answer: PortAnswer): void {
    this.#isOver = true;
    this.#answer(answer);
  }

  fail(thrown: unknown, where: string): boolean {
    if (this.#isOver) return false;
    this.settle(failedBy(thrown, `, ${where}`));
    return true;
  }
}

function failedBy(thrown: unknown, where = ''): PortAnswer {
  return failed(`failed: ${describeThrown(thrown)}${where}`, jobStack(thrown));
}

/** Nobody compiled the job: it may give anything. */
function judged(value: Value): PortAnswer {
  if (isValue(value)) return { kind: 'function-returned', value };
  const problem = describeNonValue(value) ?? 'something that changed meanwhile';
  return failed(`emitted what is not data: ${problem}`, null);
}

function failed(problem: string, stack: string | null): PortAnswer {
  return { kind: 'function-failed', problem, stack };
}
