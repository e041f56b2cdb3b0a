// How code of a job ended a process, in words.
import type { ProcessEnd } from '../base/process-ended.ts';
import { describeAttempt } from './describe-ids.ts';
import type { ProcessDeath } from './ids.ts';
import { noNames, type VertexNames } from './vertex-names.ts';

const HOW_ENDED: Readonly<Record<ProcessEnd, string>> = {
  looped: 'did not return',
  exited: 'ended its process',
  'heap-exhausted': 'filled the heap',
};

/** Of a process that somebody ended, as with SIGTERM. */
export const ENDED_IN_ORDER = 'ended-in-good-order';

/** Why a machine of the simulator halts whose process ended so; null: it is no such reason. */
export function describeEnd(kind: string): string | null {
  if (kind === ENDED_IN_ORDER) return 'its process was ended in good order';
  return Object.hasOwn(HOW_ENDED, kind) ? `code of a job ${HOW_ENDED[kind as ProcessEnd]}` : null;
}

export function describeDeath(death: ProcessDeath, names: VertexNames = noNames): string {
  return `${describeAttempt(death.attempt, names)}: ${describeKiller(death)}`;
}

/** Without the attempt. */
export function describeKiller({ operator, record, how }: Pick<ProcessDeath, 'operator' | 'record' | 'how'>): string {
  const whose = operator === null ? 'code of the job' : `operator "${operator}"`;
  return `${record === null ? whose : `${whose}, at record ${record} of its batch,`} ${HOW_ENDED[how]}`;
}
