// What is wrong with a job's own code, whatever happens to the cluster: its guard saw it, or a sequential run throws as well. Such a job cannot get to its
// end, and no schedule is to blame.
import type { OracleContext } from './context.ts';
import { referenceOf, type ReferenceFailure } from './reference.ts';

/** The rule that such code breaks. */
export const OWN_CODE = 'own-code';

/** What the guard saw so far. */
export function guardedMistake({ code }: OracleContext): ReferenceFailure | null {
  const mistake = code?.mistake ?? null;
  if (mistake === null) return null;
  const { operator, function: name, sentence, evidence } = mistake;
  return { sentence: `the job's own code: ${sentence}`, evidence, place: `${operator} ${name ?? ''}` };
}

/** Of the whole job, for which it is run in sequence if it was not yet. */
export function mistakeOfJob(context: OracleContext): ReferenceFailure | null {
  const mistake = guardedMistake(context);
  return mistake === null && context.ends !== 'FAILED' ? referenceOf(context).failure() : mistake;
}
