// Who has to mend what failed in a worker thread, as it crosses to the main thread and becomes an error again.
import { NotRepeatable, ScenarioMistake } from '../../scenario/scenario-mistake.ts';
import { Standstill, UsageError } from '../exit-codes.ts';

/** The user what was asked for, the author of the scenario what does not come back, or comes back as something else, or we. */
export type Whose = 'usage' | 'standstill' | 'not-repeatable' | 'internal';

export interface Failed {
  readonly whose: Whose;
  /** One sentence; if it is ours, its stack. */
  readonly error: string;
}

export function failedOf(thrown: unknown): Failed {
  const whose = whoseIs(thrown);
  const { message, stack = message } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { whose, error: whose === 'internal' ? stack : message };
}

function whoseIs(error: unknown): Whose {
  if (error instanceof Standstill) return 'standstill';
  if (error instanceof NotRepeatable) return 'not-repeatable';
  return error instanceof UsageError || error instanceof ScenarioMistake ? 'usage' : 'internal';
}

/** @param where it failed, if it is ours; may be empty */
export function errorOf({ whose, error }: Failed, where: string): Error {
  if (whose === 'usage') return new UsageError(error);
  if (whose === 'not-repeatable') return new NotRepeatable(error);
  if (whose === 'standstill') return new Standstill(error);
  return new Error(`${where}${error}`);
}
