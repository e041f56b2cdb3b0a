// The 54 failures that a stream processor's documents, code and bug trackers know (Apache Flink's, as of 2.0 to 2.3), and where each is to be had here.

/** A run that shows a failure. */
export interface Forced {
  readonly scenario: string;
  /** As `--faults` takes them; empty: the scenario has it in its job. */
  readonly faults: string;
  readonly seed: number;
  /** Phases in which its faults hit, one each; empty: any. */
  readonly phases: readonly string[];
}

export interface FailureRow {
  readonly row: number;
  readonly failure: string;
  /** What Millrace does about it. */
  readonly here: string;
  /** A run, or why it cannot be. */
  readonly shown: Forced | { readonly cannot: string };
}

const forced = (faults: string, seed: number, phases: readonly string[] = [], scenario = 'word-count'): Forced => ({
  scenario,
  faults,
  seed,
  phases,
});
const cannot = (reason: string): { readonly cannot: string } => ({ cannot: reason });

const restarts = 'the region restarts from the latest completed checkpoint';

/** In the order of their numbers. */
export const failureRows: readonly FailureRow[] = [
  {
    row: 1,
    failure: 'a TaskManager dies while no checkpoint is pending',
    here: restarts,
    shown: forced('tm-crash@sink-committed#2', 2, ['running idle']),
  },
  {
    row: 2,
    failure: 'a TaskManager dies while a barrier is on its way',
    here: `pending checkpoints are aborted, and ${restarts}`,
    shown: forced('tm-crash@channel-elements:barrier#6', 2, ['aligning']),
  },
  {
    row: 3,
    failure: 'a TaskManager dies while its snapshot is written',
    here: 'as above; what it wrote is no pointer’s, and is deleted',
    shown: forced('tm-crash@sink-written#6', 2, ['uploading']),
  },
  {
    row: 4,
    failure: 'a TaskManager dies behind its acknowledgement, while others are awaited',
    here: 'the checkpoint is aborted unless the last acknowledgement came before',
    shown: forced('tm-crash@stored#8', 1, ['triggered']),
  },
  {
    row: 5,
    failure: 'a TaskManager dies before it hears that a checkpoint is complete',
    here: 'restored sinks commit what the checkpoint covers',
    shown: forced('tm-crash@notify-checkpoint-complete', 2, ['pointer to notified']),
  },
  {
    row: 6,
    failure: 'a TaskManager dies while a sink commits',
    here: 'the commit is made again, and changes nothing',
    shown: forced('tm-crash@sink-committed', 1, ['pointer to notified']),
  },
  {
    row: 7,
    failure: 'a TaskManager dies while it restores',
    here: 'another attempt restores the same checkpoint',
    shown: forced('tm-crash@stored#9,tm-crash@loaded', 2, ['triggered', 'restoring']),
  },
  {
    row: 8,
    failure: 'a JobManager dies before the id of a checkpoint is durable',
    here: 'nothing is lost: an id is durable before it is used',
    shown: forced('jm-crash@ha-written#3', 1, ['running idle']),
  },
  {
    row: 9,
    failure: 'a JobManager dies while a checkpoint is pending',
    here: 'its id is never used again, and its files are deleted',
    shown: forced('jm-crash@acknowledge-checkpoint#8', 2, ['triggered']),
  },
  {
    row: 10,
    failure: 'a JobManager dies between the metadata and the pointer',
    here: 'the checkpoint never was; its files are deleted',
    shown: forced('jm-crash@stored#2', 2, ['last ack to pointer written']),
  },
  {
    row: 11,
    failure: 'nobody knows what became of the write of a pointer',
    here: 'files stay, and nobody is notified, until a read says what is durable',
    shown: forced('store-unknown@ha-write:checkpoints#2', 2, ['last ack to pointer written']),
  },
  {
    row: 12,
    failure: 'a JobManager dies between the pointer and the notifications',
    here: 'the next leader restores that checkpoint, and restored sinks commit',
    shown: forced('jm-crash@ha-written#4', 2, ['pointer to notified']),
  },
  {
    row: 13,
    failure: 'a JobManager dies while it deletes what is not needed',
    here: 'the next leader lists, and deletes what no pointer names',
    shown: forced('jm-crash@deleted#2', 2),
  },
  {
    row: 14,
    failure: 'a JobManager dies between the end of a job and its result',
    here: 'the job runs again from its latest checkpoint; what is committed stays once',
    shown: forced('jm-crash@task-state-changed:FINISHED#5', 2, ['end of input']),
  },
  {
    row: 15,
    failure: 'a JobManager dies while it cleans up behind a result',
    here: 'the next leader cleans up, and the job never runs again',
    shown: forced('jm-crash@deleted#46', 2, ['end of input']),
  },
  {
    row: 16,
    failure: 'a JobManager dies while a job is submitted',
    here: 'the client asks again; the job is stored once',
    shown: forced('jm-crash@submit-job', 2, ['deploying']),
  },
  {
    row: 17,
    failure: 'a JobManager dies where there is no high availability',
    here: '',
    shown: cannot('every cluster has an HA service; one JobManager alone comes back and takes over from itself'),
  },
  {
    row: 18,
    failure: 'a JobManager dies, another one is there',
    here: 'TaskManagers fail their tasks; the next leader restarts all from the latest pointer',
    shown: forced('jm-crash@heartbeat-answer#5', 2),
  },
  {
    row: 19,
    failure: 'a trigger, or a barrier that was never emitted, is lost',
    here: 'the checkpoint expires, and the next one begins',
    shown: forced('barrier-loss@trigger-checkpoint#3', 2, ['triggered']),
  },
  {
    row: 20,
    failure: 'an acknowledgement is lost',
    here: 'the checkpoint expires; what was stored for it is deleted',
    shown: forced('barrier-loss@acknowledge-checkpoint#7', 2, ['triggered']),
  },
  {
    row: 21,
    failure: 'a decline is lost',
    here: 'the checkpoint expires (full storage is there only to have a task decline)',
    shown: forced('storage-full@storage-put#3,connection-break@decline-checkpoint', 6, ['triggered'], 'tm-crash'),
  },
  {
    row: 22,
    failure: 'a notification of a complete checkpoint is lost',
    here: 'the next notification, or a restore, commits what it covered',
    shown: forced('barrier-loss@notify-checkpoint-complete#2', 2, ['pointer to notified']),
  },
  {
    row: 23,
    failure: 'a notification of an aborted checkpoint is lost',
    here: 'a newer barrier frees what was aligned',
    shown: forced('barrier-loss@acknowledge-checkpoint#7,barrier-loss@abort-checkpoint', 2),
  },
  {
    row: 24,
    failure: 'a trigger, barrier, acknowledgement or notification comes twice',
    here: '',
    shown: cannot(
      'a stream delivers once and in order, and a machine sends these once; only requests are repeated (16, 26)',
    ),
  },
  {
    row: 25,
    failure: 'a deployment is late',
    here: 'what is not of the current attempt, epoch and slot is refused',
    shown: forced('message-delay@deploy-task#2', 1, ['deploying']),
  },
  {
    row: 26,
    failure: 'a request for slots, or an offer, comes again',
    here: 'the allocation id is the key: the answer is the same',
    shown: forced('connection-break@slot-answer', 2, ['deploying']),
  },
  {
    row: 27,
    failure: 'the state of a task is told late',
    here: 'what is said of an attempt that is over changes nothing',
    shown: forced('message-delay@task-state-changed#3', 1, ['deploying']),
  },
  {
    row: 28,
    failure: 'a TaskManager stands still for less than the heartbeat timeout',
    here: 'the job waits for it',
    shown: forced('pause@channel-elements#9', 5),
  },
  {
    row: 29,
    failure: 'a TaskManager stands still for longer',
    here: 'the region restarts elsewhere; what it does when it wakes is refused',
    shown: forced('pause@channel-elements#9', 3),
  },
  {
    row: 30,
    failure: 'a TaskManager lives on, cut off from the JobManager',
    here: 'it fails its tasks when it has heard nobody for the heartbeat timeout; until then sinks fence it',
    shown: forced('partition@channel-elements#9', 1),
  },
  {
    row: 31,
    failure: 'a task does not react to its cancellation',
    here: 'its process ends, and comes back; the third time the job has failed',
    shown: forced('', 1, [], 'poison'),
  },
  {
    row: 32,
    failure: 'two JobManagers believe to lead',
    here: 'each write names the epoch that it is of, and the older one is refused',
    shown: forced('lease-loss@ha-renewed#3', 1),
  },
  {
    row: 33,
    failure: 'a deposed leader completes a checkpoint',
    here: 'its pointer is refused, and it notifies nobody before the pointer is durable',
    shown: forced('lease-loss@acknowledge-checkpoint#9', 2, ['triggered']),
  },
  {
    row: 34,
    failure: 'the HA service cannot be reached',
    here: 'the leader steps down when its lease is over, and leads again when it has a new one',
    shown: forced('lease-loss@ha-renewed#2,lease-loss@ha-renewed#7', 2),
  },
  {
    row: 35,
    failure: 'the write of a pointer fails',
    here: 'it is tried again while nobody else leads',
    shown: forced('store-fail@ha-write:checkpoints#2', 2, ['last ack to pointer written']),
  },
  {
    row: 36,
    failure: 'a pointer can be read, and its file is missing or torn',
    here: 'it is read again; of a latest checkpoint that stays damaged the restore fails with the name of the file, and nobody steps back silently',
    shown: forced('tm-crash@stored#9,storage-corrupt@storage-get', 1, ['cancelling']),
  },
  {
    row: 37,
    failure: 'a write to the checkpoint storage fails',
    here: 'it is tried again until the checkpoint expires',
    shown: forced('store-fail@storage-put#9', 2, ['uploading']),
  },
  {
    row: 38,
    failure: 'a write is torn',
    here: 'each blob has a checksum and is written again; a part is never read as a whole',
    shown: forced('storage-torn@storage-put#6', 2),
  },
  {
    row: 39,
    failure: 'storage is slow',
    here: 'the checkpoint expires, records flow on',
    shown: forced('storage-slow@storage-put/tm-1#3', 2, ['uploading']),
  },
  {
    row: 40,
    failure: 'storage is full for a TaskManager',
    here: 'the checkpoint expires, records flow on',
    shown: forced('storage-full@storage-put/tm-1#3', 3, ['uploading']),
  },
  {
    row: 41,
    failure: 'storage is full for the JobManager',
    here: 'the checkpoint is not completed before its metadata are stored',
    shown: forced('storage-full@storage-put/jm-2#2', 2),
  },
  {
    row: 42,
    failure: 'two TaskManagers cannot reach each other',
    here: `the consumer fails, and ${restarts}, until they can`,
    shown: forced('partition@channel-elements#9', 3),
  },
  {
    row: 43,
    failure: 'a JobManager and a TaskManager cannot reach each other',
    here: 'both give up after the heartbeat timeout',
    shown: forced('partition@heartbeat-answer#9', 3),
  },
  {
    row: 44,
    failure: 'the resource manager and a TaskManager cannot reach each other',
    here: '',
    shown: cannot('the JobManager manages slots itself: this is 43'),
  },
  {
    row: 45,
    failure: 'the resource manager and the JobManager cannot reach each other',
    here: '',
    shown: cannot('both are one process'),
  },
  {
    row: 46,
    failure: 'messages pass in one direction only',
    here: 'as 43: who hears nothing gives up',
    shown: forced('partition@heartbeat-answer#9', 5),
  },
  {
    row: 47,
    failure: 'a barrier and the records around it change places',
    here: 'a gap in the numbers of a channel fails its consumer',
    shown: forced('barrier-loss@channel-elements:barrier#4', 2, ['triggered']),
  },
  {
    row: 48,
    failure: 'a clock jumps',
    here: 'its node takes deadlines for missed, as after a long pause; wall clocks decide nothing',
    shown: forced('clock-jump@records#2', 1, ['deploying']),
  },
  {
    row: 49,
    failure: 'a job restores, and there are fewer slots',
    here: 'it waits, with a reason, until they are there again, or for slotWaitTimeoutMs',
    shown: forced('tm-crash@channel-elements:barrier#20', 1),
  },
  {
    row: 50,
    failure: 'a failure while a job is stopped with a savepoint',
    here: 'the job restarts, and is stopped again',
    shown: forced('tm-crash@trigger-checkpoint#3', 2, [], 'stop'),
  },
  {
    row: 51,
    failure: 'a restore that always fails',
    here: 'FAILED after failures in a row without a checkpoint; the checkpoint stays if the retention says so',
    shown: forced('', 1, [], 'own-failure'),
  },
  {
    row: 52,
    failure: 'a region fails while another restarts',
    here: 'one restart at a time; the newest attempt wins',
    shown: forced('tm-crash@channel-elements#20,tm-crash@loaded', 3, ['running idle', 'restoring'], 'two-parts'),
  },
  {
    row: 53,
    failure: 'a TaskManager dies with records of a split that no checkpoint covers',
    here: 'the split is read again from its checkpointed position, once',
    shown: forced('tm-crash@channel-elements#30', 2),
  },
  {
    row: 54,
    failure: 'a job with records in flight in its checkpoint gets another parallelism',
    here: '',
    shown: cannot('checkpoints are aligned: they hold no records in flight'),
  },
];

/** Others, which these sources do not name. */
export const moreRows: readonly FailureRow[] = [
  {
    row: 55,
    failure: 'the host of a TaskManager loses its power before a leader has heard whose code ended the process',
    here: 'that attempt counts as lost, and not as a failure of the job’s own; the next ones do, and the job has failed',
    shown: forced('power-loss@death-found#1', 4, [], 'poison'),
  },
  {
    row: 56,
    failure: 'code gives another result for a record when it runs again behind a restore',
    here: 'each record has its effect once: of one of the results, and never of both',
    shown: forced('user-chance@source-read#2,tm-crash@channel-elements#9', 1, [], 'hostile'),
  },
];
