// `npm run prove`: makes the proofs of the list, prints what they came to, and writes their certificates or compares them with those that are there.
import { findContradiction, readArguments, type OptionRow } from '../src/cli/arguments.ts';
import { unknownName } from '../src/core/base/options.ts';
import { describeOptions } from '../src/cli/arguments.ts';
import { exitCodes, UsageError, type ExitCode } from '../src/cli/exit-codes.ts';
import { writeCertificate } from '../src/cli/sim/explore/certificate.ts';
import { formatNumber, formatTable, wrapText, type Terminal } from '../src/cli/terminal.ts';
import { isOutdated, standingOf, type Standing } from './compare.ts';
import { proofs, type Proof } from './list.ts';
import { readMutants } from './mutants/mutants.ts';
import { proveMutants } from './mutants/run.ts';
import { certificatePath, codeOf, keptCertificate, runProof, wordsOf, type Proven } from './run-proof.ts';

const options: readonly OptionRow[] = [
  { name: 'quick', value: null, about: 'only those that CI repeats' },
  { name: 'check', value: null, about: 'write nothing; a certificate that is not current is a failure' },
  { name: 'proof', value: 'NAME', about: 'only this one; may be repeated', repeatable: true },
  { name: 'mutants', value: null, about: 'plant bugs in a copy, and say which exploration finds each: takes hours' },
  { name: 'mutant', value: 'NAME', about: 'only this one of proofs/mutants; may be repeated', repeatable: true },
  { name: 'help', value: null, about: 'this text' },
];

const HELP = `npm run prove -- [options]

Explores every run inside the bounds of each proof of proofs/list.ts, and writes its certificate to
proofs/NAME.json.

${describeOptions(options)}

Exit code 0: all are complete, and with --check all certificates are current.`;

interface Asked {
  readonly chosen: readonly Proof[];
  readonly checks: boolean;
  /** Mutants are wanted, and no proofs: all if none is named. */
  readonly mutants: readonly string[] | null;
}

export async function prove(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const asked = read(words);
  if (asked === null) {
    terminal.line(HELP);
    return exitCodes.pass;
  }
  if (asked.mutants !== null) {
    await proveMutants(asked.mutants, terminal);
    return exitCodes.pass;
  }
  const made: Made[] = [];
  for (const proof of asked.chosen) made.push(await make(proof, asked, terminal));
  for (const line of tableOf(made)) terminal.line(line);
  const others = proofs.filter((proof) => !asked.chosen.includes(proof));
  for (const line of [...complaintsOf(made, asked), ...(await outdatedLines(others))]) terminal.line(line);
  return made.every((one) => isGood(one, asked)) ? exitCodes.pass : exitCodes.correctness;
}

/** Null: help is asked for. */
function read(words: readonly string[]): Asked | null {
  const line = readArguments(options, words);
  if (!line.ok) throw new UsageError(line.reason);
  const given = line.value.options;
  if (given.has('help')) return null;
  const because = 'either those of CI are made, or those that are named';
  const contradiction = findContradiction([{ these: ['quick', 'proof'], because }, ...withoutMutants], given);
  if (contradiction !== null) throw new UsageError(contradiction);
  if (line.value.bare.length > 0) throw new UsageError(`"${line.value.bare[0]}" belongs to no option`);
  const named = given.get('proof') ?? [];
  checkNames('proof', named, proofs);
  const mutants = given.get('mutant') ?? [];
  checkNames('mutant', mutants, readMutants());
  const isChosen = ({ name, isQuick }: Proof): boolean =>
    named.length > 0 ? named.includes(name) : isQuick || !given.has('quick');
  const plants = given.has('mutants') || mutants.length > 0;
  return { chosen: proofs.filter(isChosen), checks: given.has('check'), mutants: plants ? mutants : null };
}

const withoutMutants = ['quick', 'check', 'proof'].flatMap((name) =>
  ['mutants', 'mutant'].map((other) => ({ these: [name, other] as const, because: 'a mutant has no certificate' })),
);

function checkNames(kind: string, named: readonly string[], known: readonly { readonly name: string }[]): void {
  const names = known.map(({ name }) => name);
  const unknown = named.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(unknownName(kind, unknown, names));
}

interface Made extends Proven {
  readonly proof: Proof;
  readonly standing: Standing;
}

/** What differs although nothing has changed is never written over. */
async function make(proof: Proof, { checks }: Asked, terminal: Terminal): Promise<Made> {
  const proven = await runProof(proof, terminal);
  const standing = standingOf(proven.certificate, keptCertificate(proof));
  if (!checks && standing !== 'differs') writeCertificate(proven.certificate, certificatePath(proof));
  return { ...proven, proof, standing };
}

function isGood({ certificate, standing }: Made, { checks }: Asked): boolean {
  return isProof(certificate.verdict) && standing !== 'differs' && (standing === 'current' || !checks);
}

/** All was looked at, and it led somewhere. */
function isProof({ outcome, reachedEnd }: Proven['certificate']['verdict']): boolean {
  return outcome === 'complete' && reachedEnd;
}

const HEADS = ['name', 'bounds', 'verdict', 'states', 'depth', 'CPU s', 'MB'];

function tableOf(made: readonly Made[]): readonly string[] {
  const rows = made.map(({ proof, certificate: { verdict, counts }, cpuMs, bytes }) => [
    proof.name,
    proof.options === '' ? 'any order' : proof.options,
    verdict.outcome,
    formatNumber(counts.unique),
    counts.depth === null ? '' : String(counts.depth),
    (cpuMs / 1_000).toFixed(1),
    formatNumber(bytes / 1_000_000),
  ]);
  return formatTable([HEADS, ...rows]);
}

function complaintsOf(made: readonly Made[], asked: Asked): readonly string[] {
  return made.filter((one) => !isGood(one, asked)).map((one) => wrapText('FAIL  ', complaintOf(one)));
}

function complaintOf({ proof, certificate, standing }: Made): string {
  const { outcome, sentence } = certificate.verdict;
  const again = `npm run sim -- ${wordsOf(proof)}`;
  if (outcome === 'violated') return `${proof.name}: ${sentence}: ${again}`;
  if (outcome === 'stopped') return `${proof.name}: a bound ended it before all runs were looked at`;
  if (!certificate.verdict.reachedEnd) return `${proof.name}: no run gets to ${certificate.bounds.to}`;
  return `${proof.name}: its certificate ${says[standing]}`;
}

const says: Readonly<Record<Standing, string>> = {
  current: 'is current',
  differs: 'has other counts although code and bounds are the same: something is not repeatable',
  outdated: 'is out of date, as code or bounds have changed: npm run prove writes it again',
  missing: 'is not there: npm run prove writes it',
};

/** Proofs that were not made, and whose certificates are of other code. */
async function outdatedLines(others: readonly Proof[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const proof of others) if (isOutdated(keptCertificate(proof), await codeOf(proof))) names.push(proof.name);
  if (names.length === 0) return [];
  const options = names.map((name) => `--proof ${name}`).join(' ');
  return [wrapText('OUT OF DATE  ', `${names.join(', ')}: code has changed since; npm run prove -- ${options}`)];
}
