// What is new in the last lines of a log, of which some were seen before.

export interface NewLines {
  readonly lines: readonly string[];
  /** No line was seen before: some may be missing between those that were and these. */
  readonly isApart: boolean;
}

/** @param seen the last lines of the look before. @param now the last lines of this one */
export function newLines(seen: readonly string[], now: readonly string[]): NewLines {
  const from = Math.max(0, seen.length - now.length);
  for (let at = from; at < seen.length; at++) {
    const common = seen.length - at;
    if (isSame(seen, at, now, common)) return { lines: now.slice(common), isApart: false };
  }
  return { lines: now, isApart: seen.length > 0 };
}

/** Whether `seen` from there on is what `now` begins with. */
function isSame(seen: readonly string[], at: number, now: readonly string[], count: number): boolean {
  for (let index = 0; index < count; index++) if (seen[at + index] !== now[index]) return false;
  return true;
}
