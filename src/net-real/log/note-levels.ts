// Which notes an operator is told, and how gravely: the one table, complete over the union of notes, so that a new kind does not compile without a
// decision. The text of a line is that of `describe-note.ts`.
import type { Note } from '../../core/protocol/notes.ts';
import type { LogLevel } from './record.ts';

type NoteOf<K extends Note['kind']> = Extract<Note, { readonly kind: K }>;

/** Null: nobody, as whoever asked is answered. */
type Decision<K extends Note['kind']> = LogLevel | null | ((note: NoteOf<K>) => LogLevel);

const noteLevels: { readonly [K in Note['kind']]: Decision<K> } = {
  // Late, doubled, from the dead: in order, and many.
  'message-ignored': 'debug',
  'answer-ignored': 'debug',

  'leader-elected': 'info',
  'leadership-lost': 'warn',
  'campaign-failed': 'debug', // another one was faster
  'leader-unreached': 'warn',
  'leader-reached': 'info',
  'election-blocked': 'error',
  'leader-found': 'debug',
  'leader-unreadable': 'error',

  'recovery-retried': 'warn',
  'recovery-stopped': 'error',
  'job-recovered': 'info',
  'result-recovered': 'debug',
  'drains-unreadable': 'error',

  'job-stored': 'info',
  'job-write-retried': 'warn',
  'job-wanted': 'info',
  'job-status-changed': ({ to }) => (to === 'FAILED' ? 'error' : 'info'),
  'job-waits-for-slots': 'info', // a restart is told as such, and who submits a job is told of its wait
  'job-has-slots': 'info',
  'job-deployed': 'info',
  'job-restarting': ({ reason }) =>
    reason.kind === 'job-rescaled' || reason.kind === 'task-manager-drained' ? 'info' : 'warn',
  'job-failing': 'error',
  'restore-stopped': 'error',
  'result-write-retried': 'warn',
  'sink-close-failed': 'warn',
  'job-cleaned-up': 'debug',
  'result-removed': 'debug',
  'savepoint-completed': 'info',
  'savepoint-disposed': 'info',
  'savepoint-write-retried': 'warn',
  'savepoint-check-retried': 'warn',
  'savepoint-unreadable': 'error',
  'savepoint-known': null,
  'taken-known': null,
  'refusal-known': null,
  'job-list-known': null,
  'job-checkpoints-known': null,
  'job-exceptions-known': null,
  'overview-known': null,
  'job-result-known': null,

  'execution-state-changed': 'debug',
  'stranger-cancelled': 'debug',

  'checkpoint-triggered': 'debug',
  'checkpoint-completed': 'debug', // each second of a healthy job
  'checkpoint-aborted': ({ reason }) =>
    reason.kind === 'job-ends' || reason.kind === 'job-restarts' || reason.kind === 'subsumed' ? 'debug' : 'warn', // what follows from a line of its own is no news
  'metadata-put-retried': 'warn',
  'pointers-write-retried': 'warn',
  'pointers-foreign': 'error',
  'collection-stopped': 'error',
  'file-deleted': 'debug',

  'task-manager-registered': 'info',
  'task-manager-suspected': 'info',
  'task-manager-lost': 'warn',
  'task-manager-killed': 'error',
  'drain-wanted': 'info',
  'drains-write-retried': 'warn',
  'drain-known': null,
  'slot-lost': 'debug', // with its TaskManager, or its job

  'registration-refused': 'warn',
  'control-connection-lost': 'info',
  'slot-freed': 'debug',

  'task-state-changed': ({ state }) => (state === 'FAILED' ? 'warn' : 'debug'),
  'task-request-failed': 'warn',
  'snapshot-aborted': 'debug',
  'final-checkpoint-ignored': 'debug',
  'barrier-ignored': 'debug',
  'consumers-lost': 'debug', // their own TaskManager is told as lost
};

/** Null: no line. */
export function levelOfNote(note: Note): LogLevel | null {
  const decision = noteLevels[note.kind] as LogLevel | null | ((note: Note) => LogLevel);
  return typeof decision === 'function' ? decision(note) : decision;
}

/** What is the same for all notes of which a few lines are enough: its kind, what it is about, and the state that that is in. */
export function aboutNote(note: Note): string {
  const { attempt, jobId, taskManager, peer, leader, to, state } = note as Partial<Record<string, unknown>>;
  const subject = taskManager ?? peer ?? leader ?? jobId ?? (attempt as { readonly jobId?: string } | undefined)?.jobId;
  return [note.kind, subject, to, state].filter((part) => typeof part === 'string').join(' ');
}
