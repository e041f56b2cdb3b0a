import { renderFailures, type SeenRow } from './markdown.ts';
import { failureRows, moreRows } from './rows.ts';
import { seeFailure } from './see.ts';

/** All of them, one after the other. */
export async function seeFailures(): Promise<readonly SeenRow[]> {
  const rows: SeenRow[] = [];
  for (const row of [...failureRows, ...moreRows])
    rows.push({ row, seen: 'cannot' in row.shown ? null : await seeFailure(row.shown) }); // oxlint-disable-line no-await-in-loop -- a run takes a core
  return rows;
}

/** docs/faults.md, as it is to be. */
export async function failuresPage(): Promise<string> {
  return renderFailures(await seeFailures());
}
