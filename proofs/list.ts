// What is proven, as data: a scenario, and the options of `npm run sim -- --explore` that bound its runs. A proof is in the repository as its
// certificate, `proofs/<name>.json`.

export interface Proof {
  /** A word; its certificate is named after it. */
  readonly name: string;
  /** From the root of the repository. */
  readonly scenario: string;
  /** As they are typed behind `--explore`. */
  readonly options: string;
  /** The oracle that objects to some run, as a bug was planted; null: nothing is wrong with any. */
  readonly finds: string | null;
  /** CI repeats it. */
  readonly isQuick: boolean;
}

/** From the first trigger of a checkpoint until its output is committed. */
const FIRST_CHECKPOINT = '--from first-trigger --to first-commit --until-ms 530';
/** What waits comes in turn. */
const IN_TURN = '--reorders-max 0';
/** A whole job, with time for every timeout: every run must end. */
const WHOLE_JOB = `--from begin --until-ms 300000 --must-arrive --order depth ${IN_TURN}`;
/** The same, whatever clients pick, and with one thing at each moment out of turn. */
const CANCELLED = WHOLE_JOB.replace(IN_TURN, '--reorders-max 1 --chances-max 2');
/** The same, while a TaskManager dies. */
const ANSWERS_LATER = `${WHOLE_JOB.replace(IN_TURN, '--reorders-max 1')} --faults tm-crash --fates-max 0 --states-max 6000000`;
/** A whole job, where a client may try in vain each minute. */
const LONG_JOB = WHOLE_JOB.replace('300000', '900000');
/** A JobManager, while a client may pick any of few moments. */
const LEADER_DIES = `${WHOLE_JOB} --chances-max 1 --faults jm-crash --fates-max 0`;
/** A checkpoint and the next, and one timeout comes early, where a client may try in vain each minute. */
const EARLY = `--from first-trigger --to second-checkpoint --until-ms 900000 --must-arrive --order depth ${IN_TURN} --fates-max 0 --deviations-max 1`;
/** Of TaskManagers, with time for every timeout. */
const TWO_CRASHES = `--until-ms 300000 --must-arrive --order depth ${IN_TURN} --faults tm-crash --faults-max 2 --fates-max 0`;
/** Three leaders die, each when an entry is written and nobody else has it. */
const OLD_TERMS = `${IN_TURN} --faults crash --faults-max 3 --fates-max 0 --until-ms 1700`;
const [ONE_JOB_MANAGER, TWO_JOB_MANAGERS] = ['scenarios/proofs/recovery-1.ts', 'scenarios/proofs/recovery-2.ts'];

export const proofs: readonly Proof[] = [
  // One checkpoint.
  proof('checkpoint-1', 'scenarios/proofs/checkpoint-1.ts', FIRST_CHECKPOINT),
  // Its job restarts at once, so that all orders of the restart are among them.
  proof(
    'checkpoint-1-crash',
    'scenarios/proofs/checkpoint-1.ts',
    `${FIRST_CHECKPOINT} --faults tm-crash --order depth --states-max 4000000`,
    'slow',
  ),
  // Nothing is left out here: what is left out on three TaskManagers comes to the same on two.
  proof('checkpoint-2', 'scenarios/proofs/checkpoint-2.ts', `${FIRST_CHECKPOINT} --orders all --order depth`, 'slow'),
  proof(
    'checkpoint-3',
    'scenarios/proofs/checkpoint-3.ts',
    `${FIRST_CHECKPOINT} --order depth --entries any --states-max 8000000`,
    'slow',
  ),

  // One process dies.
  proof('tm-crash', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults tm-crash --fates-max 0`),
  proof('tm-crash-fates', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults tm-crash --fates-max 1`, 'slow'),
  proof('jm-crash', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults jm-crash --fates-max 0`, 'slow'),

  proof(
    'tm-crash-for-good',
    'scenarios/proofs/recovery-spare.ts',
    `${WHOLE_JOB} --faults tm-crash --fates-max 0`,
    'slow',
  ),

  // However long it takes: wherever a run is, the job can still finish; and a cluster without a job beats for ever.
  proof(
    'tm-crash-for-ever',
    ONE_JOB_MANAGER,
    `--from begin --for-ever ${IN_TURN} --faults tm-crash --fates-max 0`,
    'slow',
  ),
  proof('at-rest', ONE_JOB_MANAGER, '--from finished --for-ever'),

  // Functions answer later, and one step of each moment is out of turn.
  proof('lookups', 'scenarios/proofs/lookups.ts', ANSWERS_LATER, 'slow'),
  proof('lookups-in-order', 'scenarios/proofs/lookups-in-order.ts', ANSWERS_LATER, 'slow'),

  // One message or connection is lost or late.
  proof('barrier-loss', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults barrier-loss --fates-max 1`),
  proof('message-delay', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults message-delay --fates-max 0`, 'slow'),
  proof('connection-break', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults connection-break --fates-max 1`, 'slow'),

  proof('message-delay-early', ONE_JOB_MANAGER, `${EARLY} --faults message-delay`, 'slow'),
  proof('connection-break-early', ONE_JOB_MANAGER, `${EARLY} --faults connection-break`, 'slow'),
  proof('barrier-loss-early', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults barrier-loss --deviations-max 1`, 'slow'),

  // Checkpoints expire before a late message comes.
  proof(
    'message-delay-expiring',
    'scenarios/proofs/recovery-expiring.ts',
    `${WHOLE_JOB} --faults message-delay --fates-max 0`,
    'slow',
  ),
  proof(
    'message-delay-fan-out',
    'scenarios/proofs/recovery-fan-out.ts',
    `${WHOLE_JOB} --faults message-delay --fates-max 0`,
    'slow',
  ),

  // One process is stopped for longer than anybody waits for it.
  proof('pause', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults pause --fates-max 0`, 'slow'),
  proof('pause-of-leader', TWO_JOB_MANAGERS, `${WHOLE_JOB} --faults pause --fates-max 0`, 'slow'),

  // One of two JobManagers leads, and the other takes over.
  proof('lease-loss', TWO_JOB_MANAGERS, `${WHOLE_JOB} --faults lease-loss --fates-max 1`),
  proof(
    'lease-loss-early',
    TWO_JOB_MANAGERS,
    `${LONG_JOB} --faults lease-loss --fates-max 0 --deviations-max 1`,
    'slow',
  ),
  proof('failover', TWO_JOB_MANAGERS, `${WHOLE_JOB} --faults jm-crash --fates-max 0`, 'slow'),
  proof('failover-early', TWO_JOB_MANAGERS, `${EARLY} --faults jm-crash`, 'slow'),

  // Two faults in one run.
  proof(
    'barrier-loss-twice',
    ONE_JOB_MANAGER,
    `${WHOLE_JOB} --faults barrier-loss --faults-max 2 --fates-max 0`,
    'slow',
  ),

  // One request of a store fails, or nobody knows.
  proof('store', ONE_JOB_MANAGER, `${WHOLE_JOB} --faults store-fail,store-unknown --fates-max 1`),

  // A job is cancelled at any moment, and so is one beside a job that takes a checkpoint.
  proof('cancel', 'scenarios/proofs/cancel-1.ts', CANCELLED),
  proof('cancel-2', 'scenarios/proofs/cancel-2.ts', CANCELLED, 'slow'),
  proof(
    'cancel-tm-crash',
    'scenarios/proofs/cancel-1.ts',
    `${WHOLE_JOB} --chances-max 2 --faults tm-crash --fates-max 0`,
    'slow',
  ),

  // A job is stopped with a savepoint at any moment.
  proof('stop', 'scenarios/proofs/stop-1.ts', `${WHOLE_JOB} --chances-max 2 --faults tm-crash --fates-max 0`, 'slow'),
  proof('stop-drained', 'scenarios/proofs/stop-drained-1.ts', CANCELLED),

  // The leader dies at any moment of a job that is stopped, or cancelled, at one of four; the other JobManager takes over, or it comes back itself.
  proof('stop-leader', 'scenarios/proofs/stop-leader.ts', LEADER_DIES, 'slow'),
  proof('cancel-leader', 'scenarios/proofs/cancel-leader.ts', LEADER_DIES, 'slow'),

  // A job gets another parallelism at one of four moments, and its TaskManager dies anywhere.
  proof(
    'rescale-up',
    'scenarios/proofs/rescale-up.ts',
    `${WHOLE_JOB} --chances-max 1 --faults tm-crash --fates-max 0`,
    'slow',
  ),
  proof(
    'rescale-down',
    'scenarios/proofs/rescale-down.ts',
    `${WHOLE_JOB} --chances-max 1 --faults tm-crash --fates-max 0`,
    'slow',
  ),

  // A TaskManager is drained at one of four moments while a job runs on it, and a TaskManager dies anywhere.
  proof('drain', 'scenarios/proofs/drain.ts', `${WHOLE_JOB} --chances-max 1 --faults tm-crash --fates-max 0`, 'slow'),

  proof('second-job', 'scenarios/proofs/second-job.ts', `${FIRST_CHECKPOINT} --reorders-max 4`),

  // One of two regions restarts.
  proof('regions', 'scenarios/proofs/regions.ts', `${WHOLE_JOB} --faults tm-crash --fates-max 0`),
  // And something fails while it does: before the first checkpoint, so from nothing, and between two, from the first of them.
  proof('regions-twice', 'scenarios/proofs/regions.ts', `--from begin --to first-commit ${TWO_CRASHES}`, 'slow'),
  proof(
    'regions-twice-restored',
    'scenarios/proofs/regions.ts',
    `--from first-checkpoint --to second-checkpoint ${TWO_CRASHES}`,
    'slow',
  ),

  // Other machines.
  proof('commit-once', 'scenarios/proofs/commit-once.ts', ''),
  proof('commit-once-votes', 'scenarios/proofs/commit-once.ts', '--chances-max 3', 'slow'),
  proof('lock-turns', 'scenarios/proofs/lock-turns.ts', '--deviations-max 1'),
  proof('lock-turns-pause', 'scenarios/proofs/lock-turns.ts', '--faults pause'),
  planted(
    'lock-turns-unfenced',
    'scenarios/proofs/lock-turns-unfenced.ts',
    '--deviations-max 3 --orders all',
    'linearizable',
  ),
  proof('raft', 'scenarios/proofs/raft-terms.ts', ''),
  proof('raft-crash', 'scenarios/proofs/raft-terms.ts', `--for-ever ${IN_TURN} --faults crash --fates-max 0`),
  proof('raft-partition', 'scenarios/proofs/raft-terms.ts', `--for-ever ${IN_TURN} --faults partition --fates-max 0`),
  proof('raft-rivals', 'scenarios/proofs/raft-rivals.ts', `${IN_TURN} --faults crash,message-delay --fates-max 0`),
  planted(
    'raft-forgotten-vote',
    'scenarios/proofs/raft-forgotten-vote.ts',
    `${IN_TURN} --faults crash,message-delay --faults-max 2 --fates-max 0 --until-ms 152`,
    'one-leader-per-term',
  ),
  proof('raft-old-terms', 'scenarios/proofs/raft-old-terms.ts', OLD_TERMS, 'slow'),
  planted('raft-old-term-commit', 'scenarios/proofs/raft-old-term-commit.ts', OLD_TERMS, 'committed-agree'),
  proof('racing-writers', 'scenarios/proofs/racing-writers.ts', ''),
];

function proof(name: string, scenario: string, options: string, effort: 'quick' | 'slow' = 'quick'): Proof {
  return { name, scenario, options, finds: null, isQuick: effort === 'quick' };
}

function planted(name: string, scenario: string, options: string, finds: string): Proof {
  return { name, scenario, options, finds, isQuick: true };
}
