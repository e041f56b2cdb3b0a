// What is proven, as data: a scenario, and the options of `npm run sim -- --explore` that bound its runs. A proof is in the repository as its
// certificate, `proofs/<name>.json`.

export interface Proof {
  /** A word; its certificate is named after it. */
  readonly name: string;
  /** From the root of the repository. */
  readonly scenario: string;
  /** As they are typed behind `--explore`. */
  readonly options: string;
  /** CI repeats it. */
  readonly isQuick: boolean;
}

/** From the first trigger of a checkpoint until its output is committed. */
const FIRST_CHECKPOINT = '--from first-trigger --to first-commit --until-ms 530';

export const proofs: readonly Proof[] = [
  {
    name: 'checkpoint-1',
    scenario: 'scenarios/proofs/checkpoint-1.ts',
    options: FIRST_CHECKPOINT,
    isQuick: true,
  },
  {
    name: 'checkpoint-1-crash',
    scenario: 'scenarios/proofs/checkpoint-1.ts',
    options: `${FIRST_CHECKPOINT} --faults tm-crash`,
    isQuick: false,
  },
  {
    name: 'checkpoint-2',
    scenario: 'scenarios/proofs/checkpoint-2.ts',
    options: FIRST_CHECKPOINT,
    isQuick: false,
  },
  {
    name: 'commit-once',
    scenario: 'scenarios/proofs/commit-once.ts',
    options: '',
    isQuick: true,
  },
  {
    name: 'commit-once-votes',
    scenario: 'scenarios/proofs/commit-once.ts',
    options: '--chances-max 3',
    isQuick: false,
  },
  {
    name: 'lock-turns',
    scenario: 'scenarios/proofs/lock-turns.ts',
    options: '--deviations-max 1',
    isQuick: true,
  },
  {
    name: 'lock-turns-pause',
    scenario: 'scenarios/proofs/lock-turns.ts',
    options: '--faults pause',
    isQuick: true,
  },
  {
    name: 'racing-writers',
    scenario: 'scenarios/proofs/racing-writers.ts',
    options: '',
    isQuick: true,
  },
];
