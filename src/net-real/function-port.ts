// Functions of `mapAsync`, called in the process of their TaskManager, with its own timers, clock and chance. Many calls wait at once; nobody ends one that a task no
// longer waits for.
import { describeNonValue, isValue, type Value } from '../core/base/value.ts';
import type { JobProgram } from '../core/graph/functions.ts';
import { describeThrown } from '../core/operators/user-code-error.ts';
import type { PortAnswer, PortRequest } from '../core/protocol/ports.ts';
import { jobStack } from './job-stack.ts';
import { createPort } from './port-answers.ts';
import type { Port } from './port.ts';

type FunctionCall = Extract<PortRequest, { readonly kind: 'function-call' }>;

/** @param table the programs that were loaded, by artifact */
export function functionPort(table: ReadonlyMap<string, JobProgram>): Port {
  return createPort(
    ['function-call'],
    (request) => answerOf(table, request),
    () => Promise.resolve(),
  );
}

async function answerOf(
  table: ReadonlyMap<string, JobProgram>,
  { artifact, operator, value, timestamp, parameters }: FunctionCall,
): Promise<PortAnswer> {
  const mapAsync = table.get(artifact)?.functions.get(operator)?.mapAsync;
  if (mapAsync === undefined) return failed('is not in a loaded artifact', null);
  try {
    return judged(await mapAsync(value, { timestamp, parameters }));
  } catch (thrown) {
    return failed(`failed: ${describeThrown(thrown)}`, jobStack(thrown));
  }
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
