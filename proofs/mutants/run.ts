// `npm run prove -- --mutants`: plants each mutant in a copy of the checkout, says what finds it, and keeps that in found.json.
import { count, formatNumber, formatTable, type Terminal } from '../../src/cli/terminal.ts';
import { searchFor, sweepFor } from './hunt.ts';
import { keepFound, readFound, readMutants, type Found, type Mutant, type Searched, type Swept } from './mutants.ts';
import { withCopy, withMutant } from './plant.ts';

/** @param names only these; none: all */
export async function proveMutants(names: readonly string[], terminal: Terminal): Promise<void> {
  const chosen = readMutants().filter(({ name }) => names.length === 0 || names.includes(name));
  await withCopy(async (folder) => {
    for (const mutant of chosen) await hunt(folder, mutant, terminal);
  });
  for (const line of formatTable(mutantRows(chosen, readFound()))) terminal.line(line);
}

/** Kept as it goes: it takes hours. */
async function hunt(folder: string, mutant: Mutant, terminal: Terminal): Promise<void> {
  const tell = (what: string): void => terminal.progress(`${mutant.name}: ${what}`);
  await withMutant(folder, mutant, async () => {
    const searched = await searchFor(folder, mutant.name, tell);
    keepFound({ mutant: mutant.name, searched, swept: null });
    keepFound({ mutant: mutant.name, searched, swept: await sweepFor(folder, mutant.name, tell) });
  });
  terminal.progress('');
}

const HEADS = ['mutant', 'planted', 'found by', 'as', 'states', 'CPU s', 'sweep'];

/** Of those that were looked for. States and CPU time are those of the exploration that found it. */
export function mutantRows(mutants: readonly Mutant[], found: readonly Found[]): readonly (readonly string[])[] {
  const rows = mutants.flatMap(({ name, planted }) => {
    const one = found.find(({ mutant }) => mutant === name);
    return one === undefined ? [] : [[name, planted, ...proofCells(one.searched), sweepCell(one.swept)]];
  });
  return [HEADS, ...rows];
}

function proofCells(searched: readonly Searched[]): readonly string[] {
  const last = searched.at(-1);
  if (last === undefined) return ['not looked for', '', '', ''];
  if (last.outcome !== 'violated') return [nothingIn(searched), '', '', ''];
  return [last.name, last.sentence ?? '', formatNumber(last.states), (last.cpuMs / 1_000).toFixed(1)];
}

/** What was looked at to the end, and what was not. */
function nothingIn(searched: readonly Searched[]): string {
  const stopped = searched.filter(({ outcome }) => outcome === 'stopped').map(({ name }) => name);
  const complete = `none of ${count(searched.length, 'exploration')}`;
  return stopped.length === 0 ? complete : `${complete} (stopped: ${stopped.join('; ')})`;
}

function sweepCell(swept: Swept | null): string {
  if (swept === null) return 'not run';
  const { scenario, last, seed, sentence } = swept;
  if (seed === null) return `${scenario}: none of ${last}`;
  const oracle = /^O-\w+/.exec(sentence ?? '')?.[0] ?? 'assertion';
  return `${scenario} ${seed}, ${oracle}`;
}
