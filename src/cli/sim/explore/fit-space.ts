// Where the runs of a job are too many, it is made smaller until they can all be looked at: first fewer records, then less parallelism as well. The
// smallest is explored first, for it takes least, and then what is larger, while that can be looked at. Each try is told.
import { count, formatNumber } from '../../terminal.ts';
import type { Tried } from './explore-once.ts';
import { withParallelism, type ExplorePlan, type InputLimits } from './explore-plan.ts';

/** The try that counts, and what the others were. */
export interface Fitted extends Tried {
  /** Of the size that was explored. */
  readonly plan: ExplorePlan;
  /** A sentence for each other try. */
  readonly tries: readonly string[];
}

interface Size {
  /** Of each split; null: all. */
  readonly records: number | null;
  /** Of each operator; 0: as the scenario says. */
  readonly parallelism: number;
}

type Explore = (plan: ExplorePlan, inputLimits: InputLimits) => Tried | Promise<Tried>;

/** The whole alone, however many runs it has. */
export async function exploreWhole(plan: ExplorePlan, explore: Explore): Promise<Fitted> {
  return { ...(await explore(plan, limitsOf(plan, plan.recordsMax))), plan, tries: [] };
}

/** @param explore one try. @param tell each try but the one that counts, as soon as it is known not to be it */
export async function exploreFitting(
  plan: ExplorePlan,
  explore: Explore,
  tell: (sentence: string) => void,
): Promise<Fitted> {
  const fitting = new Fitting(plan, explore, tell);
  const whole = await fitting.try({ records: plan.recordsMax, parallelism: 0 });
  if (isTooMuch(whole)) await fitting.climb();
  return fitting.fitted();
}

type Try = Tried & { readonly plan: ExplorePlan; readonly size: Size };

class Fitting {
  readonly #plan: ExplorePlan;
  readonly #explore: Explore;
  readonly #tell: (sentence: string) => void;
  readonly #tries: string[] = [];
  #counts: Try | null = null;

  constructor(plan: ExplorePlan, explore: Explore, tell: (sentence: string) => void) {
    this.#plan = plan;
    this.#explore = explore;
    this.#tell = tell;
  }

  fitted(): Fitted {
    return { ...(this.#counts as Try), tries: this.#tries };
  }

  /** One that can be looked at counts more than one that cannot, and else the later one. */
  async try(size: Size): Promise<Try> {
    const plan = size.parallelism === 0 ? this.#plan : withParallelism(this.#plan, size.parallelism);
    const tried = { ...(await this.#explore(plan, limitsOf(plan, size.records))), plan, size };
    const before = this.#counts;
    const isBetter = before === null || !isStopped(tried) || isStopped(before);
    if (tried.explored !== null) this.#counts = isBetter ? tried : before;
    else this.#counts ??= tried;
    const [other] = [before, tried].filter((one) => one !== null && one !== this.#counts && one.explored !== null);
    if (other !== undefined && other !== null) this.#note(sentenceOf(other));
    return tried;
  }

  #note(sentence: string): void {
    this.#tries.push(sentence);
    this.#tell(sentence);
  }

  /** As much parallelism as can be, with a record of each split; then as many records as can be. */
  async climb(): Promise<void> {
    const records = recordsToTry(this.#plan);
    const few = records[0] === 0 ? 1 : 0;
    const [fewRecords = null, noRecords = null] = [records[few], records[0]];
    const parallelism = await this.#climbParallelism(fewRecords);
    if (!isStopped(this.#counts)) await this.#climbRecords(records.slice(few + 1), parallelism);
    else if (few > 0 && this.#counts?.explored?.reason !== 'time') await this.try({ records: noRecords, parallelism });
  }

  /** The most that could be looked at, or the least. */
  async #climbParallelism(records: number | null): Promise<number> {
    let found = this.#plan.parallelisms[0] as number;
    for (const parallelism of this.#plan.parallelisms) {
      if (this.#isWhole({ records, parallelism })) break;
      const tried = await this.try({ records, parallelism }); // oxlint-disable-line no-await-in-loop -- the next is larger
      if (tried.explored !== null && tried.explored.outcome !== 'complete') break;
      found = parallelism;
    }
    return found;
  }

  async #climbRecords(more: readonly (number | null)[], parallelism: number): Promise<void> {
    if (this.#counts?.explored?.outcome === 'violated') return;
    for (const records of more) {
      if (this.#isWhole({ records, parallelism })) return;
      const tried = await this.try({ records, parallelism }); // oxlint-disable-line no-await-in-loop -- the next is larger
      if (tried.explored?.outcome !== 'complete') return;
    }
  }

  /** It was tried first. */
  #isWhole({ records, parallelism }: Size): boolean {
    return parallelism === 0 && records === this.#plan.recordsMax;
  }
}

/** A bound that another size might keep. */
function isTooMuch({ explored }: Tried): boolean {
  return explored?.outcome === 'stopped' && explored.reason !== 'time';
}

function isStopped(tried: Tried | null): boolean {
  return tried?.explored?.outcome === 'stopped';
}

/** Records of a split, from none to all of them (null). */
function recordsToTry({ recordsMax, lengths }: ExplorePlan): readonly (number | null)[] {
  if (recordsMax !== null) return [recordsMax];
  const halves: number[] = [];
  for (let most = Math.max(0, ...Object.values(lengths)); most > 0;) {
    most = Math.floor(most / 2);
    halves.unshift(most);
  }
  return [...halves, null];
}

function limitsOf({ lengths }: ExplorePlan, recordsMax: number | null): InputLimits {
  if (recordsMax === null) return {};
  return Object.fromEntries(Object.entries(lengths).map(([name, length]) => [name, Math.min(length, recordsMax)]));
}

function sentenceOf({ plan: { lengths }, explored, size: { records, parallelism } }: Try): string {
  const all = Object.values(lengths).reduce((sum, length) => sum + Math.min(length, records ?? length), 0);
  const what = [
    ...(Object.keys(lengths).length === 0 ? [] : [count(all, 'record')]),
    ...(parallelism === 0 ? [] : [`parallelism ${parallelism}`]),
  ].join(' and ');
  const states = isStopped({ explored } as Tried) ? 'more than ' : '';
  return `${what === '' ? '' : `with ${what} `}there are ${states}${formatNumber(explored?.unique ?? 0)} states`;
}
