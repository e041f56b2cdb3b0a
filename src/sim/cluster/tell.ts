// What there is to say of runs of a job: rows for a person, fields for a script, and counts that a sweep adds up.
import { count, formatNumber } from '../../core/base/amounts.ts';
import { jsonOf } from '../../core/base/json-value.ts';
import type { Value } from '../../core/base/value.ts';
import { describeUnread } from '../../scenario/input.ts';
import type { Counts, Row, Told } from '../guest.ts';
import type { JobRunResult } from './run-types.ts';

export function tellJob(result: JobRunResult): Told {
  const { checkpoints, restarts, leaderChanges, unread } = result;
  return {
    rows: [
      ...unreadRow(unread),
      ['checkpoints', `${checkpoints.completed} completed, ${describeAborted(checkpoints.aborted)}`],
      recoveryRow(restarts, leaderChanges),
      ...lateRow(result.lateRecords),
    ],
    comparison: [['compared', describeCompared(result)], ...result.unjudged.map((text): Row => ['order', text])],
    json: {
      checkpoints: { completed: checkpoints.completed, aborted: sumOf(checkpoints.aborted) },
      restarts,
      leaderChanges,
      unreadTopics: unread,
      lateRecords: result.lateRecords,
    },
  };
}

const ABORTED = 'aborted: ';
const UNREAD = 'unread: ';

export function countJob({
  checkpoints,
  restarts,
  leaderChanges,
  recordsIn,
  lateRecords,
  unread,
}: JobRunResult): Counts {
  const aborted = Object.entries(checkpoints.aborted).map(([reason, times]) => [`${ABORTED}${reason}`, times] as const);
  return {
    completed: checkpoints.completed,
    restarts,
    leaderChanges,
    records: recordsIn,
    lateRecords,
    ...Object.fromEntries(aborted),
    ...Object.fromEntries(unread.map((topic) => [`${UNREAD}${topic}`, 1])),
  };
}

export function sumUpJobs(counts: Counts, runs: number): Pick<Told, 'rows' | 'json'> {
  const { completed = 0, restarts = 0, leaderChanges = 0, lateRecords = 0 } = counts;
  const aborted = abortedIn(counts);
  const perRun = (completed / runs).toFixed(1);
  const unread = Object.keys(named(counts, UNREAD));
  return {
    rows: [
      ...unreadRow(unread),
      ['checkpoints', `${formatNumber(completed)} completed (${perRun} a seed), ${describeAborted(aborted)}`],
      recoveryRow(restarts, leaderChanges),
      ...lateRow(lateRecords),
    ],
    json: {
      checkpoints: { completed, aborted: sumOf(aborted) },
      restarts,
      leaderChanges,
      unreadTopics: unread,
      lateRecords,
    },
  };
}

/** By reason, the most frequent first. */
function abortedIn(counts: Counts): Counts {
  const aborted = Object.entries(named(counts, ABORTED));
  return Object.fromEntries(aborted.sort(([, one], [, other]) => other - one));
}

/** Counts whose names begin so, without it. */
function named(counts: Counts, prefix: string): Counts {
  const entries = Object.entries(counts).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, times]) => [name.slice(prefix.length), times]));
}

function unreadRow(topics: readonly string[]): Row[] {
  return topics.length === 0 ? [] : [['input', describeUnread(topics)]];
}

function recoveryRow(restarts: number, leaderChanges: number): Row {
  return ['recovery', `${count(restarts, 'restart')}, ${count(leaderChanges, 'change')} of leader`];
}

/** Nothing is lost in silence. */
function lateRow(lateRecords: number): Row[] {
  if (lateRecords === 0) return [];
  return [
    ['late', `${count(lateRecords, 'record')} behind the watermark of a window, and dropped (in a sequential run)`],
  ];
}

function describeAborted(aborted: Counts): string {
  const reasons = Object.entries(aborted).filter(([, times]) => times > 0);
  if (reasons.length === 0) return 'none aborted';
  const each = reasons.map(([reason, times]) => `${reason}: ${formatNumber(times)}`).join(', ');
  return `${formatNumber(sumOf(aborted))} aborted (${each})`;
}

function describeCompared({ compared, recordsIn, committed, finished }: JobRunResult): string {
  const outputs = Object.values(committed).reduce((sum, values) => sum + values.length, 0);
  if (!finished) return `nothing at the end: the job did not finish (${count(outputs, 'record')} committed)`;
  if (compared === null)
    return `${count(outputs, 'committed record')} by the scenario's own check (${count(recordsIn, 'record')} read)`;
  const groups = new Set(compared.flatMap((sink) => (committed[sink] ?? []).map((record) => lineOf(sink, record))));
  return `${count(groups.size, 'group')} of ${count(recordsIn, 'record')} with a sequential reference run`;
}

/** Equal lines are one group. */
function lineOf(sink: string, record: Value): string {
  return `${sink} ${jsonOf(record)}`;
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, number) => sum + number, 0);
}
