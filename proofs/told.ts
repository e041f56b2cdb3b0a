// What proofs came to, for people: a table, and a complaint about each that is not as it should be. Pure.
import { formatNumber, formatTable, wrapText } from '../src/cli/terminal.ts';
import type { Standing } from './compare.ts';
import type { Proof } from './list.ts';
import { wordsOf, type Proven } from './run-proof.ts';

/** A proof that was made, or whose process died. */
export type Made =
  | (Proven & { readonly proof: Proof; readonly standing: Standing })
  | { readonly proof: Proof; readonly died: string };

const HEADS = ['name', 'bounds', 'verdict', 'states', 'depth', 'CPU s', 'MB'];

export function tableOf(made: readonly Made[]): readonly string[] {
  return formatTable([HEADS, ...made.map(rowOf)]);
}

function rowOf(made: Made): readonly string[] {
  const { name, options } = made.proof;
  const bounds = options === '' ? 'any order' : options;
  if ('died' in made) return [name, bounds, 'died', '', '', '', ''];
  const { certificate, cpuMs, bytes } = made;
  const { verdict, counts } = certificate;
  return [
    name,
    bounds,
    verdict.outcome,
    formatNumber(counts.unique),
    counts.depth === null ? '' : String(counts.depth),
    (cpuMs / 1_000).toFixed(1),
    formatNumber(bytes / 1_000_000),
  ];
}

/** @param checks certificates that are not current are failures */
export function complaintsOf(made: readonly Made[], checks: boolean): readonly string[] {
  return made.filter((one) => !isGood(one, checks)).map((one) => wrapText('FAIL  ', complaintOf(one)));
}

export function isGood(made: Made, checks: boolean): boolean {
  if ('died' in made) return false;
  return wrongWith(made) === null && made.standing !== 'differs' && (made.standing === 'current' || !checks);
}

function complaintOf(made: Made): string {
  const { name } = made.proof;
  if ('died' in made) return `${name}: ${made.died}`;
  return `${name}: ${wrongWith(made) ?? `its certificate ${says[made.standing]}`}`;
}

/** Null: all was looked at, it led somewhere, and nothing is wrong; or what was to be found was found. */
function wrongWith({ proof, certificate, isRepeated }: Extract<Made, Proven>): string | null {
  const { verdict, bounds } = certificate;
  const again = `npm run sim -- ${wordsOf(proof)}`;
  if (verdict.outcome === 'stopped') return 'a bound ended it before all runs were looked at';
  if (verdict.outcome === 'violated') {
    if (!isRepeated) return `the runner does not find this in the same decisions: ${verdict.sentence}: ${again}`;
    return isOf(proof.finds, verdict.sentence) ? null : `${verdict.sentence}: ${again}`;
  }
  if (proof.finds !== null) return `${proof.finds} has no objection to any run, although a bug was planted: ${again}`;
  return verdict.reachedEnd || bounds.to === null ? null : `no run gets to ${bounds.to}`;
}

/** @param finds an oracle; its sentences begin with its name */
function isOf(finds: string | null, sentence: string | null): boolean {
  return finds !== null && sentence?.startsWith(`${finds}: `) === true;
}

const says: Readonly<Record<Standing, string>> = {
  current: 'is current',
  differs: 'has other counts although code and bounds are the same: something is not repeatable',
  outdated: 'is out of date, as code or bounds have changed: npm run prove writes it again',
  missing: 'is not there: npm run prove writes it',
};
