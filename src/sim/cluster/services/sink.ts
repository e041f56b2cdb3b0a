// Transactional sinks in memory, with fencing: what is committed was prepared before, once, by the writer with the highest token.
// Requests may land late and twice; each function below says what a repetition does.
import type { Value } from '../../../core/base/value.ts';
import { must } from '../../../core/base/assert.ts';
import type { FencingToken, PortAnswer, PortFailed, PortRequest } from '../../../core/protocol/ports.ts';
import type { Caller, Completion, Service } from '../../service.ts';
import { recordBytes } from './size.ts';

export interface CommittedTransaction {
  readonly transaction: string;
  readonly records: readonly Value[];
}

export interface PreparedTransaction {
  readonly writer: string;
  readonly token: FencingToken;
  readonly records: readonly Value[];
}

export interface OpenTransaction {
  readonly writer: string;
  readonly token: FencingToken;
  /** By chunk number. */
  readonly chunks: Map<number, readonly Value[]>;
}

export interface SinkContent {
  /** In the order of their commits. Only grows. */
  readonly committed: CommittedTransaction[];
  /** Names of the committed transactions. */
  readonly committedNames: Set<string>;
  readonly prepared: Map<string, PreparedTransaction>;
  readonly open: Map<string, OpenTransaction>;
  /** Highest token that opened each writer. */
  readonly tokens: Map<string, FencingToken>;
  /** Transactions that a fencing writer aborted: they never come back, however late their requests land. */
  readonly aborted: Set<string>;
}

export interface SinkState {
  readonly sinks: Map<string, SinkContent>;
}

export type SinkRequest = Extract<PortRequest, { readonly kind: `sink-${string}` }>;
type RequestOf<K extends SinkRequest['kind']> = Extract<SinkRequest, { readonly kind: K }>;

export function sinkService(names: readonly string[]): Service<SinkState, SinkRequest> {
  return {
    name: 'sink',
    serves: ['sink-open', 'sink-write', 'sink-prepare', 'sink-commit'],
    create: () => ({ sinks: new Map(names.map((name) => [name, createContent()])) }),
    apply: (state: SinkState, request: SinkRequest, caller: Caller): readonly Completion[] => [
      { caller, answer: answerOf(state, request) },
    ],
    applyStruck: (state, request, caller) => [{ caller, answer: giveUp(state, request) }],
    forget: () => {},
    sizeOf: (request: SinkRequest): number => (request.kind === 'sink-write' ? recordBytes(request.records) : 0),
    writes: () => true,
  };
}

/** A fault of a sink: it gives up a transaction that is not prepared, and fences whoever writes it. */
export interface SinkStrike {
  readonly kind: 'fence';
}

/** What was prepared or committed meanwhile stays. */
function giveUp(state: SinkState, request: SinkRequest): PortAnswer | PortFailed {
  const sink = state.sinks.get(request.sink);
  if (sink === undefined || request.kind === 'sink-open' || !holdsToken(sink, request)) return answerOf(state, request);
  const { transaction } = request;
  if (sink.prepared.has(transaction) || sink.committedNames.has(transaction)) return answerOf(state, request);
  sink.open.delete(transaction);
  sink.aborted.add(transaction);
  return fenced;
}

/** All records of a sink, in commit order. */
export function committedRecords(content: SinkContent): readonly Value[] {
  return content.committed.flatMap((transaction) => transaction.records);
}

function createContent(): SinkContent {
  return {
    committed: [],
    committedNames: new Set(),
    prepared: new Map(),
    open: new Map(),
    tokens: new Map(),
    aborted: new Set(),
  };
}

function answerOf(state: SinkState, request: SinkRequest): PortAnswer | PortFailed {
  const sink = state.sinks.get(request.sink);
  if (sink === undefined)
    return { kind: 'failed', outcome: 'not-applied', reason: { kind: 'no-such-sink', sink: request.sink } };
  if (request.kind !== 'sink-open' && !holdsToken(sink, request)) return fenced;
  switch (request.kind) {
    case 'sink-open':
      return open(sink, request);
    case 'sink-write':
      return write(sink, request);
    case 'sink-prepare':
      return prepare(sink, request);
    case 'sink-commit':
      return commit(sink, request);
  }
}

/** Only who opened a writer last may use it. */
function holdsToken(sink: SinkContent, { writer, token }: SinkRequest): boolean {
  const opened = sink.tokens.get(writer);
  return opened !== undefined && compareTokens(token, opened) === 0;
}

function compareTokens(a: FencingToken, b: FencingToken): number {
  return a.epoch - b.epoch || a.attempt - b.attempt;
}

/** Opening again with the same token changes nothing: a repetition may land when the writer is long at work. */
function open(sink: SinkContent, request: RequestOf<'sink-open'>): PortAnswer {
  const opened = sink.tokens.get(request.writer);
  const order = opened === undefined ? 1 : compareTokens(request.token, opened);
  if (order < 0) return fenced;
  if (order > 0) {
    sink.tokens.set(request.writer, request.token);
    abortOthers(sink, sink.open, request.writer, []);
    abortOthers(sink, sink.prepared, request.writer, request.keep);
  }
  return { kind: 'sink-opened' };
}

function abortOthers(
  sink: SinkContent,
  transactions: Map<string, { readonly writer: string }>,
  writer: string,
  keep: readonly string[],
): void {
  for (const [name, transaction] of transactions) {
    if (transaction.writer !== writer || keep.includes(name)) continue;
    transactions.delete(name);
    sink.aborted.add(name);
  }
}

/** A chunk that is there already stays as it is; one that lands behind the end of its transaction changes nothing. */
function write(sink: SinkContent, request: RequestOf<'sink-write'>): PortAnswer {
  const name = request.transaction;
  if (sink.aborted.has(name)) return unknownTransaction;
  if (sink.prepared.has(name) || sink.committedNames.has(name)) return { kind: 'sink-written' };
  if (!sink.open.has(name)) sink.open.set(name, { writer: request.writer, token: request.token, chunks: new Map() });
  const { chunks } = must(sink.open.get(name), 'the transaction that was just begun');
  if (!chunks.has(request.chunk)) chunks.set(request.chunk, request.records);
  return { kind: 'sink-written' };
}

/** Refused unless exactly these chunks are there. Prepared or committed already: nothing to do. */
function prepare(sink: SinkContent, request: RequestOf<'sink-prepare'>): PortAnswer {
  const name = request.transaction;
  if (sink.prepared.has(name) || sink.committedNames.has(name)) return { kind: 'sink-prepared' };
  if (sink.aborted.has(name)) return unknownTransaction;
  const records = recordsOf(sink.open.get(name)?.chunks ?? new Map<number, readonly Value[]>(), request.chunks);
  if (records === null) return unknownTransaction;
  sink.open.delete(name);
  sink.prepared.set(name, { writer: request.writer, token: request.token, records });
  return { kind: 'sink-prepared' };
}

function recordsOf(chunks: ReadonlyMap<number, readonly Value[]>, count: number): readonly Value[] | null {
  if (chunks.size !== count) return null;
  const records: Value[] = [];
  for (let number = 0; number < count; number++) {
    const chunk = chunks.get(number);
    if (chunk === undefined) return null;
    for (const record of chunk) records.push(record);
  }
  return records;
}

/** Committed already: nothing to do. Never prepared, or aborted: refused. */
function commit(sink: SinkContent, request: RequestOf<'sink-commit'>): PortAnswer {
  const name = request.transaction;
  if (sink.committedNames.has(name)) return { kind: 'sink-committed' };
  const prepared = sink.prepared.get(name);
  if (prepared === undefined) return unknownTransaction;
  sink.prepared.delete(name);
  sink.committed.push({ transaction: name, records: prepared.records });
  sink.committedNames.add(name);
  return { kind: 'sink-committed' };
}

const fenced: PortAnswer = { kind: 'sink-refused', reason: 'fenced' };
const unknownTransaction: PortAnswer = { kind: 'sink-refused', reason: 'unknown-transaction' };
