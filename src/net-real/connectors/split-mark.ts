// Marks of sources of which split s of n has each nth record, from the sth on: a position means something only with both numbers. They begin every mark,
// so that a job that goes on from a savepoint with another number of splits is refused, and reads nothing twice, or never.
import { Refusal } from '../refusal.ts';

/** Which share of all records a split has. */
export interface Share {
  readonly split: number;
  readonly splits: number;
}

export function markOf({ split, splits }: Share, place: string): string {
  return `${split}/${splits}:${place}`;
}

/** What was marked. Throws where the mark is that of another share. */
export function placeIn(mark: string, { split, splits }: Share): string {
  const [, ofSplit, ofSplits, place] = /^(\d+)\/(\d+):(.*)$/s.exec(mark) ?? [];
  if (place === undefined) throw new Refusal(`the mark of a checkpoint is none of this source: "${mark.slice(0, 80)}"`);
  if (Number(ofSplit) === split && Number(ofSplits) === splits) return place;
  throw new Refusal(
    `the checkpoint is of split ${ofSplit} of ${ofSplits}, and this is split ${split} of ${splits}: the number of splits must stay`,
  );
}
