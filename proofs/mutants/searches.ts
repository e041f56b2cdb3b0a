// Where a mutant is looked for, as data: bounds of explorations, the cheapest first, and the scenario of the sweep beside them.
import type { Proof } from '../list.ts';

/** So long at the most: of some mutants there are more runs than of what is right. */
const LIMITS = '--states-max 3000000 --memory-max-mb 4000 --minutes-max 3';
const FIRST_CHECKPOINT = `--from first-trigger --to first-commit --until-ms 530 ${LIMITS}`;
const IN_TURN = `--until-ms 300000 --must-arrive --order depth --reorders-max 0 ${LIMITS}`;
const WHOLE_JOB = `--from begin ${IN_TURN}`;

const wholeJob = (scenario: string, bounds: string, name = `${scenario} ${bounds}`): Search => ({
  name,
  scenario: `scenarios/proofs/${scenario}.ts`,
  options: `${WHOLE_JOB} ${bounds}`.trim(),
});

/** Named after the scenario and the kinds of faults. */
const struck = (scenario: string, faults: string): Search =>
  wholeJob(scenario, `--fates-max 0 --faults ${faults}`, `${scenario} ${faults}`);

/** An exploration without a certificate. */
export type Search = Omit<Proof, 'isQuick' | 'finds'>;

/** In this order, up to the first that finds something. */
const searches: readonly Search[] = [
  { name: 'checkpoint-1', scenario: 'scenarios/proofs/checkpoint-1.ts', options: FIRST_CHECKPOINT },
  struck('recovery-1', 'barrier-loss'),
  struck('recovery-1', 'message-delay'),
  struck('recovery-1', 'store-fail,store-unknown'),
  struck('recovery-1', 'connection-break'),
  struck('recovery-1', 'tm-crash'),
  struck('recovery-1', 'jm-crash'),
  struck('recovery-2', 'lease-loss'),
  { name: 'checkpoint-2', scenario: 'scenarios/proofs/checkpoint-2.ts', options: FIRST_CHECKPOINT },
];

/** A job is stopped at any moment, whatever its client picks. */
const stopped = (scenario: string, faults: string): Search =>
  wholeJob(scenario, `--chances-max 2 --fates-max 0 --faults ${faults}`, `${scenario} ${faults}`);
const stoppedPlainly = (scenario: string): Search => wholeJob(scenario, '--chances-max 2', `${scenario} plain`);

/** A job is rescaled at one of four moments. */
const rescaled = (scenario: string, faults: string): Search =>
  wholeJob(scenario, `--chances-max 1 --fates-max 0 --faults ${faults}`, `${scenario} ${faults}`);
const rescaledPlainly = (scenario: string): Search => wholeJob(scenario, '--chances-max 1', `${scenario} plain`);

/** Answers come in any order but one. */
const lookedUp = (scenario: string): Search => ({
  name: `${scenario} plain`,
  scenario: `scenarios/proofs/${scenario}.ts`,
  options: WHOLE_JOB.replace('--reorders-max 0', '--reorders-max 1'),
});

/** Where what is wrong is reached by few: also those that are asked for by nobody else. */
const others: readonly Search[] = [
  wholeJob('recovery-1', '', 'recovery-1 plain'),
  wholeJob('recovery-credit', '', 'recovery-credit plain'),
  wholeJob('windows', '', 'windows plain'),
  struck('recovery-expiring', 'message-delay'),
  struck('recovery-fan-out', 'message-delay'),
  struck('recovery-1', 'pause'),
  struck('recovery-1', 'partition'),
  struck('recovery-2', 'pause'),
  struck('recovery-2', 'jm-crash'),
  struck('recovery-1', 'lease-loss'),
  struck('windows', 'connection-break'),
  struck('recovery-credit', 'connection-break'),
  wholeJob(
    'recovery-1',
    '--set checkpointTimeoutMs=600000 --fates-max 0 --faults tm-crash',
    'recovery-1 tm-crash patient',
  ),
  wholeJob('recovery-1', '--fates-max 1 --faults connection-break', 'recovery-1 connection-break fates'),
  wholeJob(
    'recovery-1',
    '--fates-max 0 --faults connection-break --deviations-max 1',
    'recovery-1 connection-break early',
  ),
  {
    name: 'recovery-1 connection-break, store-fail behind a checkpoint',
    scenario: 'scenarios/proofs/recovery-1.ts',
    options: `--from first-checkpoint ${IN_TURN} --fates-max 0 --faults connection-break,store-fail --faults-max 2`,
  },
  wholeJob(
    'recovery-2',
    '--fates-max 0 --faults lease-loss,message-delay --faults-max 2',
    'recovery-2 lease-loss, message-delay',
  ),
  stoppedPlainly('stop-1'),
  stopped('stop-1', 'tm-crash'),
  stopped('stop-1', 'jm-crash'),
  stopped('stop-1', 'store-fail,store-unknown'),
  stoppedPlainly('stop-drained-1'),
  stopped('stop-drained-1', 'tm-crash'),
  rescaledPlainly('rescale-up'),
  rescaledPlainly('rescale-down'),
  rescaled('rescale-up', 'tm-crash'),
  rescaled('rescale-up', 'jm-crash'),
  lookedUp('lookups'),
  lookedUp('lookups-in-order'),
  struck('lookups', 'tm-crash'),
  struck('lookups-in-order', 'tm-crash'),
  wholeJob('lookups-overdue', '', 'lookups-overdue plain'),
];

/** By the beginning of a mutant's name, where only some explorations can come to what is wrong: their names. */
const reaching: Readonly<Record<string, readonly string[]>> = {
  '01': ['recovery-1 tm-crash patient'],
  '03': ['recovery-1 barrier-loss', 'recovery-1 message-delay', 'recovery-1 store-fail,store-unknown'],
  '04': ['recovery-1 barrier-loss', 'recovery-1 message-delay', 'recovery-1 store-fail,store-unknown'],
  '05': ['recovery-1 message-delay', 'recovery-1 connection-break fates', 'recovery-1 pause'],
  '06-ids-below': [], // no job starts from a savepoint there
  '06': ['recovery-1 jm-crash', 'recovery-2 lease-loss'],
  '07-cancel': [], // nobody cancels what is stopped there
  '07-checkpoint': ['stop-1 store-fail,store-unknown'],
  '07-drain': ['stop-drained-1 tm-crash'],
  '07-ended': ['stop-1 plain', 'stop-1 store-fail,store-unknown'],
  '07-fired': ['stop-1 plain'],
  '07-not-taken': ['stop-1 tm-crash'],
  '07-older': ['stop-1 tm-crash'],
  '07-source': ['stop-drained-1 plain'],
  '07-stop-commits': ['stop-1 plain'],
  '07-stop': ['stop-1 jm-crash'],
  '09': ['recovery-1 barrier-loss', 'recovery-expiring message-delay'],
  '10': ['recovery-1 barrier-loss', 'recovery-1 message-delay', 'recovery-fan-out message-delay'],
  '14': ['recovery-expiring message-delay', 'recovery-1 barrier-loss'],
  '16': ['recovery-1 tm-crash patient'],
  '17-older': ['recovery-1 connection-break', 'recovery-1 tm-crash'],
  '17-unreadable': ['recovery-1 connection-break, store-fail behind a checkpoint'],
  '18': ['recovery-1 message-delay', 'recovery-1 tm-crash', 'recovery-1 connection-break early'],
  '19': [], // no job of several regions is rescaled there
  '20': [], // nobody cancels a job that fails there
  '23': ['recovery-1 message-delay', 'recovery-1 pause'],
  '24': ['recovery-1 tm-crash', 'recovery-1 pause'],
  '25': ['recovery-1 pause', 'recovery-1 partition'],
  '26-answers': ['recovery-1 lease-loss', 'recovery-2 lease-loss', 'recovery-2 pause'],
  '26-lease': ['recovery-2 lease-loss'],
  '27-outlive-new': ['recovery-1 jm-crash', 'recovery-2 lease-loss'],
  '27-outlive-silent': ['recovery-2 lease-loss', 'recovery-1 jm-crash', 'recovery-1 pause'],
  '28': ['recovery-2 lease-loss', 'recovery-2 pause'],
  '29-older': ['recovery-2 lease-loss', 'recovery-2 lease-loss, message-delay'],
  '29-pointers': ['recovery-2 lease-loss'],
  '30-pointer': ['recovery-1 store-fail,store-unknown'],
  '31': ['recovery-1 plain', 'recovery-1 jm-crash', 'recovery-1 store-fail,store-unknown'],
  '32': ['recovery-1 tm-crash', 'recovery-2 lease-loss'],
  '35': ['recovery-1 barrier-loss', 'recovery-1 message-delay', 'recovery-1 connection-break'],
  '36': ['recovery-1 connection-break', 'recovery-1 tm-crash'],
  '37': ['checkpoint-1', 'recovery-1 plain', 'recovery-1 barrier-loss', 'recovery-1 connection-break'],
  '38': [], // no source there has more splits than subtasks
  '40': ['windows plain', 'windows connection-break'],
  '41': ['windows plain', 'windows connection-break'],
  '42-former': ['rescale-up plain'],
  '42-gone': ['rescale-down plain', 'rescale-up tm-crash'],
  '42-own': ['rescale-up plain'],
  '44': ['recovery-credit plain', 'recovery-credit connection-break'],
  '45': [], // no leader is isolated there for longer than its TaskManagers are silent
  '47': [], // no read comes damaged there
  '50': [], // no TaskManager is drained there
  '51': [], // no checkpoint outlives its job there
  '52': [], // time is no more than an order there
  'calls-capacity': ['lookups-in-order plain'],
  'calls-end': [], // the last answer comes before the last barrier there
  'calls-timeout': ['lookups-overdue plain'],
  'calls-watermark': [], // no operator there looks at event time
  calls: ['lookups-in-order plain', 'lookups-in-order tm-crash'],
  rescale: ['rescale-up jm-crash'],
  shown: [], // no client looks on there
};

export function searchesFor(mutant: string): readonly Search[] {
  const names = ofBeginning(reaching, mutant);
  return names === undefined ? searches : names.map(named);
}

/** Of the longest beginning that fits: in a table the numbers come first. */
function ofBeginning<T>(table: Readonly<Record<string, T>>, mutant: string): T | undefined {
  const fitting = Object.keys(table).filter((beginning) => mutant.startsWith(beginning));
  const [longest] = fitting.toSorted((a, b) => b.length - a.length);
  return longest === undefined ? undefined : table[longest];
}

function named(name: string): Search {
  const search = [...searches, ...others].find((one) => one.name === name);
  if (search === undefined) throw new Error(`there is no exploration "${name}"`);
  return search;
}

/** The ends of the parts in which a sweep looks for the first seed: it goes no further than a part in which there is one. */
export const SWEEP_SEEDS: readonly number[] = [1, 20, 100, 300];

/** Where a mutant has a scenario that is made for its fault. */
const sweeps: Readonly<Record<string, string>> = {
  '01': 'partition',
  '03': 'barrier-loss',
  '05': 'two-inputs',
  '06-ids-below': 'replace',
  '07-drain': 'stop-drained',
  '07-source': 'stop-drained',
  '07': 'stop',
  '09': 'barrier-loss',
  '10': 'barrier-loss',
  '14': 'barrier-loss',
  '18': 'tm-crash',
  '19-finished': 'two-parts',
  '19': 'rescale',
  '20': 'cancel-failing',
  '24': 'zombie-task-manager',
  '25': 'partition',
  '26': 'jm-failover',
  '28': 'jm-failover',
  '29-older': 'zombie-job-manager',
  '38': 'rescale',
  '41': 'two-inputs',
  '42-gone': 'rescale-back',
  '42': 'rescale',
  '45': 'isolated-leader',
  '47': 'hostile-storage',
  '48': 'hostile-storage',
  '49': 'hostile',
  '50': 'drain',
  '51': 'retained',
  '52': 'pauses',
  calls: 'lookups',
  rescale: 'rescale',
  shown: 'jm-failover',
};

/** @param mutant its name begins with its number */
export function sweepScenarioOf(mutant: string): string {
  return ofBeginning(sweeps, mutant) ?? 'word-count';
}
