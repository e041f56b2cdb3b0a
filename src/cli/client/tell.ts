// Jobs as commands tell them: tables for people.
import { count, formatSeconds } from '../../core/base/amounts.ts';
import type { TypeOf } from '../../rest/schema.ts';
import type * as shapes from '../../rest/shapes.ts';
import { formatTable } from '../terminal.ts';

export type JobLines = TypeOf<typeof shapes.jobLines>;
export type Job = TypeOf<typeof shapes.job>;
export type Checkpoints = TypeOf<typeof shapes.checkpoints>;
export type Exceptions = TypeOf<typeof shapes.exceptions>;

export function tellJobs({ jobs }: JobLines): readonly string[] {
  if (jobs.length === 0) return ['no jobs'];
  const rows = jobs.map((job) => [
    job.jid,
    job.name,
    job.state,
    `${job.tasks.running}/${job.tasks.total}${waits(job)}`,
    new Date(job['start-time']).toISOString().slice(0, 19),
    formatSeconds(job.duration),
  ]);
  return table([['job', 'name', 'state', 'running tasks', 'submitted (UTC)', 'for'], ...rows]);
}

function waits({ 'waits-for-slots': slots }: JobLines['jobs'][number]): string {
  return slots === null ? '' : `, waits for ${count(slots, 'slot')}`;
}

export function tellJob(job: Job, checkpoints: Checkpoints | null, exceptions: Exceptions | null): readonly string[] {
  const head = `${job.name}, job ${job.jid}: ${job.state} for ${formatSeconds(job.duration)}`;
  const why = job.reason === null ? [] : [`because      ${job.reason}`];
  const rows = job.vertices.map((vertex) => [
    vertex.name,
    vertex.status,
    `${vertex.tasks.RUNNING}/${vertex.parallelism}`,
    ...loadCells(vertex.load),
    vertex.id,
  ]);
  const vertices = rows.length === 0 ? [] : table([['vertex', 'state', 'running', ...LOAD_HEAD, 'id'], ...rows]);
  return [head, ...why, ...tellCheckpoints(checkpoints), ...tellFailure(exceptions), '', ...vertices];
}

const LOAD_HEAD = ['in/s', 'out/s', 'busy', 'backpressured'] as const;

/** How a vertex does now; where its TaskManagers tell nothing, that is told. */
function loadCells(load: Job['vertices'][number]['load']): readonly string[] {
  if (load === null) return LOAD_HEAD.map(() => '–');
  const { busy, backpressured } = load;
  const rates = [load['records-in-per-second'], load['records-out-per-second']].map((rate) => String(Math.round(rate)));
  return [...rates, ...[busy, backpressured].map(({ avg }) => `${Math.round(avg * 100)} %`)];
}

/** A savepoint is a checkpoint as well. */
function latestOf({ completed, savepoint }: Checkpoints['latest']): Checkpoints['latest']['completed'] {
  if (completed === null || savepoint === null) return completed ?? savepoint;
  return savepoint.id > completed.id ? savepoint : completed;
}

function tellCheckpoints(checkpoints: Checkpoints | null): readonly string[] {
  if (checkpoints === null) return [];
  const { counts, latest } = checkpoints;
  const numbers = `${counts.completed} completed, ${counts.failed} failed, ${counts.in_progress} in progress`;
  const last = latestOf(latest);
  if (last === null) return [`checkpoints  ${numbers}`];
  const what = last.is_savepoint ? `${last.id}, a savepoint` : String(last.id);
  const newest = `the latest is ${what}, ${last.state_size} bytes, in ${formatSeconds(last.end_to_end_duration)}`;
  const location = latest.savepoint?.['savepoint-location'];
  return [`checkpoints  ${numbers}; ${newest}`, ...(location === undefined ? [] : [`savepoint    ${location}`])];
}

function tellFailure(exceptions: Exceptions | null): readonly string[] {
  const entries = exceptions?.exceptionHistory.entries ?? [];
  const [latest] = entries;
  if (latest === undefined) return [];
  const killer = killerIn(entries);
  return [...tellEntry('last failure', latest), ...(killer === null ? [] : tellEntry('by its code ', killer))];
}

type Entry = Exceptions['exceptionHistory']['entries'][number];

function tellEntry(label: string, { timestamp, stacktrace }: Entry): readonly string[] {
  const [sentence = '', ...frames] = stacktrace.split('\n');
  const told = `${label} ${new Date(timestamp).toISOString().slice(0, 19)} ${sentence}`;
  return [told, ...frames.map((line) => `               ${line.trimStart()}`)];
}

const LOSSES: readonly string[] = ['millrace.task-manager-lost', 'millrace.connection-lost'];

/** Code of the job that ended a TaskManager, where nothing but losses of some came behind it. Each attempt is known as a loss at first, and why only when the TaskManager is back. */
function killerIn(entries: readonly Entry[]): Entry | null {
  const cause = entries.findIndex(({ exceptionName }) => !LOSSES.includes(exceptionName));
  return cause > 0 && entries[cause]!.exceptionName === 'millrace.task-manager-killed' ? entries[cause]! : null;
}

/** All columns to the left. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return formatTable(rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!))));
}
