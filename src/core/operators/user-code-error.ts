// What is wrong with a job's own code, as one sentence with the operator's name. It fails the task, and is no bug of Millrace.
import { describeNonValue } from '../base/value.ts';

const PROBLEM_LENGTH_MAX = 500;

export class UserCodeError extends Error {
  override readonly name = 'UserCodeError';
  readonly operator: string;

  constructor(operator: string, problem: string) {
    super(
      `operator "${operator}" ${problem.length > PROBLEM_LENGTH_MAX ? `${problem.slice(0, PROBLEM_LENGTH_MAX)}…` : problem}`,
    );
    this.operator = operator;
  }
}

/** The error for something that is not a value; `action` is `emitted` or `stored`. */
export function notAValue(operator: string, action: string, found: unknown): UserCodeError {
  return new UserCodeError(
    operator,
    `${action} what is not data: ${describeNonValue(found) ?? 'something that changed meanwhile'}`,
  );
}

/** Anything can be thrown, and looking at it must not throw again. */
export function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    return 'something that cannot be described';
  }
}
