// The commands that ask a cluster over REST: their options, and the help that is made of them.
import { CLUSTER_FOLDER } from '../../net-real/cluster-folder.ts';
import type { OptionRow } from '../arguments.ts';
import { helpText } from '../help.ts';
import { configRow } from '../config/command.ts';

export interface ClientCommandRow {
  /** What stands behind the command, as in `JOB`. */
  readonly words: string;
  /** How many words there are at least, and at most. */
  readonly least: number;
  readonly most: number;
  readonly about: string;
  readonly options: readonly OptionRow[];
}

const detached: OptionRow = {
  name: 'detached',
  value: null,
  about: 'do not wait: it is enough that the wish is durable',
};
const savepointId: OptionRow = {
  name: 'savepoint-id',
  value: 'ID',
  about: 'of the savepoint, so that the command can be repeated; default: a new one',
};

export const clientCommands = {
  submit: {
    words: 'FILE',
    least: 1,
    most: 1,
    about: 'Sends the job that a file exports to the cluster. Its code is bundled, and kept by the cluster.',
    options: [
      { name: 'job-id', value: 'ID', about: 'of the job, so that the command can be repeated; default: a new one' },
      { name: 'from-savepoint', value: 'LOCATION', about: 'start from it, as in millrace:JOB/SAVEPOINT' },
      {
        name: 'claim',
        value: null,
        about: 'the savepoint is the job’s, which disposes it behind its first checkpoint',
      },
      { name: 'allow-non-restored-state', value: null, about: 'leave state behind that the job has no operator for' },
      { name: 'wait', value: null, about: 'until the job is over' },
    ],
  },
  list: { words: '', least: 0, most: 0, about: 'Lists all jobs, in the order of their submission.', options: [] },
  show: {
    words: 'JOB',
    least: 1,
    most: 1,
    about: 'Shows a job: its vertices, its latest checkpoint, its latest failure.',
    options: [],
  },
  cancel: {
    words: 'JOB',
    least: 1,
    most: 1,
    about: 'Cancels a job, and waits for its end.',
    options: [
      {
        name: 'with-savepoint',
        value: null,
        about: 'take a savepoint before; if that fails, the job runs on',
      },
      savepointId,
      detached,
    ],
  },
  stop: {
    words: 'JOB',
    least: 1,
    most: 1,
    about: 'Ends a job with a savepoint, and waits for that.',
    options: [
      { name: 'drain', value: null, about: 'its sources end first, so that all windows and timers fire' },
      savepointId,
      detached,
    ],
  },
  savepoint: {
    words: 'JOB',
    least: 1,
    most: 1,
    about: 'Takes a savepoint of a job that runs, and waits for it.',
    options: [savepointId, detached],
  },
  checkpoint: {
    words: 'JOB',
    least: 1,
    most: 1,
    about: 'Takes a checkpoint of a job that runs, now, and waits for it.',
    options: [
      { name: 'trigger-id', value: 'ID', about: 'of the request, so that it can be repeated; default: a new one' },
      detached,
    ],
  },
  rescale: {
    words: 'JOB OPERATOR=NUMBER…',
    least: 2,
    most: 1_000,
    about: 'Gives operators of a job that runs other numbers of subtasks.',
    options: [],
  },
  drain: {
    words: 'TASKMANAGER',
    least: 1,
    most: 1,
    about:
      'Drains a TaskManager for maintenance, and waits for that: what runs there goes on elsewhere, right behind a checkpoint, once the others have slots for it. Nothing more runs there, whoever leads and whichever process comes at its address, until it is taken back by undrain.',
    options: [detached],
  },
  undrain: {
    words: 'TASKMANAGER',
    least: 1,
    most: 1,
    about: 'Takes a TaskManager back that was drained, or is being drained.',
    options: [],
  },
} as const satisfies Readonly<Record<string, ClientCommandRow>>;

export type ClientCommandName = keyof typeof clientCommands;

/** Which JobManager is asked, and how. */
export const restRows: readonly OptionRow[] = [
  {
    name: 'rest',
    value: 'URL',
    about: 'of a JobManager, in place of the folder; may be repeated: each is tried',
    repeatable: true,
  },
  {
    name: 'token-file',
    value: 'FILE',
    about:
      'the token of REST; default: what is configured as rest-token-file, or rest-token in the folder of the cluster',
  },
  { name: 'timeout', value: 'SECONDS', about: 'to be answered at all; default 10' },
];

const shared: readonly OptionRow[] = [
  {
    name: 'cluster',
    value: 'FOLDER',
    about: `of the cluster: where REST is, and its token; default ${CLUSTER_FOLDER}`,
  },
  ...restRows,
  { name: 'json', value: null, about: 'print what the cluster answered, as one JSON object' },
  configRow,
  { name: 'help', value: null, about: 'this text' },
];

export function optionsOf(name: ClientCommandName): readonly OptionRow[] {
  return [...clientCommands[name].options, ...shared];
}

export function clientHelp(name: ClientCommandName): string {
  const { words, about } = clientCommands[name];
  const job = words.includes('JOB')
    ? '\n\nJOB is the id of a job, the beginning of one that no other has, or a name that no other has.'
    : '';
  const taskManager = words.includes('TASKMANAGER')
    ? '\n\nTASKMANAGER is its address, as in 10.0.0.1:6124, or its name, where the JobManager that is asked knows it.'
    : '';
  return helpText({
    command: name,
    words,
    about: `${about}${job}${taskManager}`,
    options: optionsOf(name),
    exits: {
      0: 'done',
      1: 'the cluster refused, or the job failed',
      3: 'no JobManager answered in time',
    },
  });
}
