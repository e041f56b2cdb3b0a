// Where the runs of a job are too many, its input is made shorter until they can all be looked at. Each try is told.
import { count } from '../../terminal.ts';
import type { Tried } from './explore-once.ts';
import type { ExplorePlan, InputLimits } from './explore-plan.ts';

/** The last try, and what the others were. */
export interface Fitted extends Tried {
  /** A sentence for each try before. */
  readonly tries: readonly string[];
}

/** @param explore one try. @param tell each try before the last, as soon as it is over */
export async function exploreFitting(
  plan: ExplorePlan,
  explore: (inputLimits: InputLimits) => Tried | Promise<Tried>,
  tell: (sentence: string) => void,
): Promise<Fitted> {
  const tries: string[] = [];
  let best: Tried | null = null;
  for (const recordsMax of recordsToTry(plan)) {
    const tried = await explore(limitsOf(plan, recordsMax)); // oxlint-disable-line no-await-in-loop -- the next is shorter
    if (tried.explored === null && best !== null) return { ...best, tries };
    best = tried;
    if (tried.explored?.outcome !== 'stopped' || tried.explored.reason === 'time') break;
    tries.push(sentenceOf(plan, tried, recordsMax));
    if (plan.recordsMax === null) tell(tries.at(-1) as string);
  }
  return { ...(best as Tried), tries };
}

/** Records of a split, from all of them down to none; null: nothing is cut. */
function recordsToTry({ recordsMax, lengths }: ExplorePlan): readonly (number | null)[] {
  if (recordsMax !== null) return [recordsMax];
  const halves: number[] = [];
  for (let most = Math.max(0, ...Object.values(lengths)); most > 0;) {
    most = Math.floor(most / 2);
    halves.push(most);
  }
  return [null, ...halves];
}

function limitsOf({ lengths }: ExplorePlan, recordsMax: number | null): InputLimits {
  if (recordsMax === null) return {};
  return Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, Math.min(length, recordsMax)]));
}

function sentenceOf({ lengths }: ExplorePlan, { explored }: Tried, recordsMax: number | null): string {
  const records = Object.values(lengths).reduce((sum, length) => sum + Math.min(length, recordsMax ?? length), 0);
  const what = Object.keys(lengths).length === 0 ? '' : `with ${count(records, 'record')} `;
  return `${what}there are more than ${count(explored?.unique ?? 0, 'state')}`;
}
