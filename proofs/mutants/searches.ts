// Where a mutant is looked for, as data: bounds of explorations, the cheapest first, and the scenario of the sweep beside them.
import type { Proof } from '../list.ts';

/** So long at the most: of some mutants there are more runs than of what is right. */
const LIMITS = '--states-max 3000000 --memory-max-mb 4000 --minutes-max 3';
const FIRST_CHECKPOINT = `--from first-trigger --to first-commit --until-ms 530 ${LIMITS}`;
const WHOLE_JOB = `--from begin --until-ms 300000 --must-arrive --order depth --reorders-max 0 --fates-max 0 ${LIMITS}`;

const recovery = (jobManagers: 1 | 2, faults: string): Search => ({
  name: `recovery-${jobManagers} ${faults}`,
  scenario: `scenarios/proofs/recovery-${jobManagers}.ts`,
  options: `${WHOLE_JOB} --faults ${faults}`,
});

/** An exploration without a certificate. */
export type Search = Omit<Proof, 'isQuick' | 'finds'>;

/** In this order, up to the first that finds something. */
const searches: readonly Search[] = [
  { name: 'checkpoint-1', scenario: 'scenarios/proofs/checkpoint-1.ts', options: FIRST_CHECKPOINT },
  recovery(1, 'barrier-loss'),
  recovery(1, 'message-delay'),
  recovery(1, 'store-fail,store-unknown'),
  recovery(1, 'connection-break'),
  recovery(1, 'tm-crash'),
  recovery(1, 'jm-crash'),
  recovery(2, 'lease-loss'),
  { name: 'checkpoint-2', scenario: 'scenarios/proofs/checkpoint-2.ts', options: FIRST_CHECKPOINT },
];

/** By the beginning of a mutant's name, where only some explorations can come to what is wrong: the others are left out. */
const reaching: Readonly<Record<string, readonly string[]>> = {
  '01': ['connection-break', 'tm-crash'],
  '03': ['barrier-loss', 'message-delay', 'store-fail,store-unknown'],
  '04': ['barrier-loss', 'message-delay', 'store-fail,store-unknown'],
  '05': ['message-delay', 'connection-break', 'tm-crash'],
  '06': ['jm-crash', 'lease-loss'],
  '09': ['barrier-loss', 'message-delay'],
  '10': ['barrier-loss', 'message-delay'],
  '14': ['barrier-loss', 'message-delay'],
  '16': ['connection-break', 'tm-crash'],
  '17': ['connection-break', 'tm-crash'],
  '18': ['connection-break', 'tm-crash'],
  '26': ['lease-loss'],
  '27-outlive-new': ['jm-crash', 'lease-loss'],
  '27-outlive-silent': ['lease-loss'],
  '28': ['lease-loss'],
  '29-older': ['jm-crash', 'lease-loss'],
  '29-pointers': ['lease-loss'],
  '30-pointer': ['store-fail,store-unknown'],
  '35': ['barrier-loss', 'message-delay', 'connection-break'],
};

export function searchesFor(mutant: string): readonly Search[] {
  const faults = Object.entries(reaching).find(([beginning]) => mutant.startsWith(beginning))?.[1];
  return faults === undefined
    ? searches
    : searches.filter(({ name }) => faults.some((kind) => name.endsWith(` ${kind}`)));
}

/** The ends of the parts in which a sweep looks for the first seed: it goes no further than a part in which there is one. */
export const SWEEP_SEEDS: readonly number[] = [1, 20, 100, 300];

/** Where a mutant has a scenario that is made for its fault. */
const sweeps: Readonly<Record<string, string>> = {
  '01': 'partition',
  '03': 'barrier-loss',
  '05': 'two-inputs',
  '09': 'barrier-loss',
  '10': 'barrier-loss',
  '14': 'barrier-loss',
  '18': 'tm-crash',
  '25': 'partition',
  '26': 'jm-failover',
  '28': 'jm-failover',
};

/** @param mutant its name begins with its number */
export function sweepScenarioOf(mutant: string): string {
  return sweeps[mutant.slice(0, 2)] ?? 'word-count';
}
