// `npm run prove`: makes the proofs of the list, prints what they came to, and writes their certificates or compares them with those that are there.
import { availableParallelism } from 'node:os';
import { findContradiction, readArguments, type OptionRow } from '../src/cli/arguments.ts';
import { unknownName } from '../src/core/base/options.ts';
import { describeOptions } from '../src/cli/arguments.ts';
import { exitCodes, UsageError, type ExitCode } from '../src/cli/exit-codes.ts';
import { writeCertificate } from '../src/cli/sim/explore/certificate.ts';
import { wrapText, type Terminal } from '../src/cli/terminal.ts';
import { isOutdated, standingOf } from './compare.ts';
import { proofs, type Proof } from './list.ts';
import { readMutants } from './mutants/mutants.ts';
import { proveMutants } from './mutants/run.ts';
import { runAll, type Answer } from './run-in-process.ts';
import { certificatePath, codeOf, keptCertificate } from './run-proof.ts';
import { complaintsOf, isGood, tableOf, type Made } from './told.ts';

const options: readonly OptionRow[] = [
  { name: 'quick', value: null, about: 'only those that CI repeats' },
  { name: 'check', value: null, about: 'write nothing; a certificate that is not current is a failure' },
  { name: 'proof', value: 'NAME', about: 'only this one; may be repeated', repeatable: true },
  { name: 'mutants', value: null, about: 'plant bugs in a copy, and say which exploration finds each: takes hours' },
  { name: 'mutant', value: 'NAME', about: 'only this one of proofs/mutants; may be repeated', repeatable: true },
  { name: 'threads', value: 'N', about: 'so many at a time; default: as many as there are cores, but 2 at most' },
  { name: 'help', value: null, about: 'this text' },
];

const HELP = `npm run prove -- [options]

Explores every run inside the bounds of each proof of proofs/list.ts, and writes its certificate to
proofs/NAME.json.

${describeOptions(options)}

Exit code 0: all are complete, but for planted bugs, which are found; and with --check all certificates are current.`;

interface Asked {
  readonly chosen: readonly Proof[];
  readonly checks: boolean;
  /** Mutants are wanted, and no proofs: all if none is named. */
  readonly mutants: readonly string[] | null;
  /** So many proofs are made at a time. */
  readonly threads: number;
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
  const { chosen, checks, threads } = asked;
  const tell = (names: readonly string[]): void => terminal.progress(`proving ${names.join(', ')}`);
  const made = await runAll(chosen, threads, tell, (proof, answer) => keep(proof, answer, asked));
  terminal.progress('');
  for (const line of tableOf(made)) terminal.line(line);
  const others = proofs.filter((proof) => !chosen.includes(proof));
  for (const line of [...complaintsOf(made, checks), ...(await outdatedLines(others))]) terminal.line(line);
  return made.every((one) => isGood(one, checks)) ? exitCodes.pass : exitCodes.correctness;
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
  return {
    chosen: proofs.filter(isChosen),
    checks: given.has('check'),
    threads: threadsOf(given.get('threads')?.[0]),
    mutants: plants ? mutants : null,
  };
}

const withoutMutants = ['quick', 'check', 'proof', 'threads'].flatMap((name) =>
  ['mutants', 'mutant'].map((other) => ({
    these: [name, other] as const,
    because: 'it is of proofs, and mutants are none',
  })),
);

function checkNames(kind: string, named: readonly string[], known: readonly { readonly name: string }[]): void {
  const names = known.map(({ name }) => name);
  const unknown = named.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(unknownName(kind, unknown, names));
}

const NAMES_MAX = 3; // of more, all are made again
const THREADS_MAX = 64;
const THREADS_DEFAULT = 2; // at most: each may need 4 GB

function threadsOf(text: string | undefined): number {
  if (text === undefined) return Math.min(THREADS_DEFAULT, availableParallelism());
  const threads = /^\d+$/.test(text) ? Number(text) : 0;
  if (threads >= 1 && threads <= THREADS_MAX) return threads;
  throw new UsageError(`--threads ${text}: expected a whole number from 1 to ${THREADS_MAX}`);
}

/** What differs although nothing has changed is never written over. */
function keep(proof: Proof, answer: Answer, { checks }: Asked): Made {
  if ('died' in answer) return { proof, ...answer };
  const { proven } = answer;
  const standing = standingOf(proven.certificate, keptCertificate(proof));
  if (!checks && standing !== 'differs') writeCertificate(proven.certificate, certificatePath(proof));
  return { ...proven, proof, standing };
}

/** Proofs that were not made, and whose certificates are of other code. */
async function outdatedLines(others: readonly Proof[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const proof of others) if (isOutdated(keptCertificate(proof), await codeOf(proof))) names.push(proof.name);
  if (names.length === 0) return [];
  const options = names.length > NAMES_MAX ? '' : ` -- ${names.map((name) => `--proof ${name}`).join(' ')}`;
  return [wrapText('OUT OF DATE  ', `${names.join(', ')}: code has changed since; npm run prove${options}`)];
}
