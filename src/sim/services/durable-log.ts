// Append-only logs on the disk of each node, with the semantics of fsync: what was appended or truncated and not synced may be lost when the
// node dies, the latest first; of an append that is lost the first entries may remain. (The log is taken to have a checksum for each entry, so
// that half of one reads as none.)
import type { Address } from '../../core/base/machine.ts';
import type { Value } from '../../core/base/value.ts';
import type { Service } from '../service.ts';
import { aboutBytes } from './size.ts';

/** What a machine asks of a `durableLog`: each node has its own logs, by name. Positions count entries from 0. `T`: what entries are. */
export type LogRequest<T = Value> =
  /** Appended only if the log ends at `at`, so that a request that comes twice or late does no harm. `sync`: durable when it is answered. */
  | {
      readonly kind: 'log-append';
      readonly log: string;
      readonly at: number;
      readonly entries: readonly T[];
      readonly sync: boolean;
    }
  /** At most `limit` entries from a position on; null: all. */
  | { readonly kind: 'log-read'; readonly log: string; readonly from: number; readonly limit: number | null }
  /** Takes away all from position `end` on. */
  | { readonly kind: 'log-truncate'; readonly log: string; readonly end: number; readonly sync: boolean }
  /** Everything that was done to the log so far is durable when this is answered. */
  | { readonly kind: 'log-sync'; readonly log: string };

/** What a `durableLog` answers. `end`: the position behind the last entry, so the log's length. */
export type LogAnswer<T = Value> =
  | { readonly kind: 'log-appended'; readonly log: string; readonly end: number }
  /** The log ends elsewhere: nothing was appended. */
  | { readonly kind: 'log-refused'; readonly log: string; readonly end: number }
  | {
      readonly kind: 'log-entries';
      readonly log: string;
      readonly from: number;
      readonly entries: readonly T[];
      readonly end: number;
    }
  | { readonly kind: 'log-truncated'; readonly log: string; readonly end: number }
  | { readonly kind: 'log-synced'; readonly log: string; readonly end: number };

/** State of a durable log service: the logs of all nodes. */
export interface LogState<T = Value> {
  /** By node, then by name. */
  readonly nodes: Map<Address, Map<string, NodeLog<T>>>;
}

/** One log on the disk of a node. */
export interface NodeLog<T = Value> {
  readonly entries: T[];
  /** What was done since the last sync, oldest first: how to undo it. */
  unsynced: readonly LogChange<T>[];
}

type LogChange<T> =
  | { readonly change: 'appended'; readonly count: number }
  | { readonly change: 'truncated'; readonly removed: readonly T[] };

type RequestOf<T, K> = Extract<LogRequest<T>, { readonly kind: K }>;

/**
 * A disk with logs for each node.
 *
 *     out.request(1, { kind: 'log-append', log: 'votes', at: state.end, entries: [{ term, votedFor }], sync: true });
 *     // completed with { kind: 'log-appended', log: 'votes', end }: only now the vote may be sent
 *     // after `start`: { kind: 'log-read', log: 'votes', from: 0, limit: null } brings back what a crash left
 *
 * @param name of the service, in decision streams and for `view.service(name)`.
 */
export function durableLog<T = Value>(name = 'log'): Service<LogState<T>, LogRequest<T>> {
  return {
    name,
    serves: ['log-append', 'log-read', 'log-truncate', 'log-sync'],
    isLocal: true,
    create: () => ({ nodes: new Map() }),
    apply: (state, request, caller) => [{ caller, answer: answerOf(logOf(state, caller.node, request.log), request) }],
    forget: () => {},
    sizeOf: (request) => (request.kind === 'log-append' ? aboutBytes(request.entries) : 0),
    writes: ({ kind }) => kind !== 'log-read',
    onCrash: (state, node, choose) => onCrash(state, node, choose),
  };
}

/** What a node would read from one of its logs. */
export function logEntries<T = Value>(state: LogState<T>, node: Address, log: string): readonly T[] {
  return state.nodes.get(node)?.get(log)?.entries ?? [];
}

function logOf<T>(state: LogState<T>, node: Address, name: string): NodeLog<T> {
  const logs = state.nodes.get(node) ?? new Map<string, NodeLog<T>>();
  const log = logs.get(name) ?? { entries: [], unsynced: [] };
  logs.set(name, log);
  state.nodes.set(node, logs);
  return log;
}

function answerOf<T>(log: NodeLog<T>, request: LogRequest<T>): LogAnswer<T> {
  switch (request.kind) {
    case 'log-append':
      return append(log, request);
    case 'log-read':
      return read(log, request);
    case 'log-truncate':
      return truncate(log, request);
    case 'log-sync':
      log.unsynced = [];
      return { kind: 'log-synced', log: request.log, end: log.entries.length };
  }
}

function append<T>(log: NodeLog<T>, { log: name, at, entries, sync }: RequestOf<T, 'log-append'>): LogAnswer<T> {
  if (at !== log.entries.length) return { kind: 'log-refused', log: name, end: log.entries.length };
  for (const entry of entries) log.entries.push(entry);
  change(log, { change: 'appended', count: entries.length }, sync);
  return { kind: 'log-appended', log: name, end: log.entries.length };
}

function read<T>({ entries }: NodeLog<T>, { log, from, limit }: RequestOf<T, 'log-read'>): LogAnswer<T> {
  const to = limit === null ? entries.length : from + limit;
  return { kind: 'log-entries', log, from, entries: entries.slice(from, to), end: entries.length };
}

function truncate<T>(log: NodeLog<T>, { log: name, end, sync }: RequestOf<T, 'log-truncate'>): LogAnswer<T> {
  const removed = log.entries.splice(end);
  change(log, { change: 'truncated', removed }, sync);
  return { kind: 'log-truncated', log: name, end: log.entries.length };
}

function change<T>(log: NodeLog<T>, done: LogChange<T>, sync: boolean): void {
  log.unsynced = sync ? [] : [...log.unsynced, done];
}

// ---- A crash

type Choose = (question: string, n: number) => number;

function onCrash<T>(state: LogState<T>, node: Address, choose: Choose): string | null {
  const texts: string[] = [];
  for (const [name, log] of state.nodes.get(node) ?? []) {
    const lost = tear(name, log, choose);
    if (lost > 0) texts.push(`log ${name} lost its last ${lost} changes`);
  }
  return texts.length === 0 ? null : texts.join(', ');
}

/** Undoes the latest changes; the oldest of them, if it is an append, may have got to the disk in part. @returns how many were lost. */
function tear<T>(name: string, log: NodeLog<T>, choose: Choose): number {
  const { unsynced } = log;
  log.unsynced = []; // what survives is on the disk
  const lost = unsynced.length === 0 ? 0 : choose(name, unsynced.length + 1);
  const undone = unsynced.slice(unsynced.length - lost);
  for (const [index, done] of undone.toReversed().entries()) {
    const isOldest = index === undone.length - 1;
    if (done.change === 'truncated') log.entries.push(...done.removed);
    else log.entries.length -= done.count - (isOldest && done.count > 1 ? choose(`${name}/part`, done.count) : 0);
  }
  return lost;
}
