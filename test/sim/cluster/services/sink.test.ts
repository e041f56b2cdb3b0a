// Transactional sinks: prepared before committed, each step repeatable, fenced by token, and nothing that was kept or committed is lost.
import { describe, expect, test } from 'vitest';
import type { FencingToken } from '../../../../src/core/protocol/ports.ts';
import {
  committedRecords,
  sinkService,
  type SinkContent,
  type SinkRequest,
  type SinkState,
} from '../../../../src/sim/cluster/services/sink.ts';

const service = sinkService(['out']);
const caller = { node: 'tm-1', incarnation: 1, request: 1 };
const first: FencingToken = { epoch: 1, attempt: 1 };
const second: FencingToken = { epoch: 1, attempt: 2 };
const nextLeader: FencingToken = { epoch: 2, attempt: 1 };

const by = { sink: 'out', writer: 'w/0' };
const open = (token: FencingToken, ...keep: string[]): SinkRequest => ({ kind: 'sink-open', ...by, token, keep });
const write = (transaction: string, chunk: number, records: string[], token = first): SinkRequest => ({
  kind: 'sink-write',
  ...by,
  token,
  transaction,
  chunk,
  records,
});
const prepare = (transaction: string, chunks: number, token = first): SinkRequest => ({
  kind: 'sink-prepare',
  ...by,
  token,
  transaction,
  chunks,
});
const commit = (transaction: string, token = first): SinkRequest => ({
  kind: 'sink-commit',
  ...by,
  token,
  transaction,
});

const fenced = { kind: 'sink-refused', reason: 'fenced' };
const unknown = { kind: 'sink-refused', reason: 'unknown-transaction' };

function after(...requests: SinkRequest[]): SinkState {
  const state = service.create();
  for (const request of requests) service.apply(state, request, caller, 0);
  return state;
}

const ask = (state: SinkState, request: SinkRequest): unknown => service.apply(state, request, caller, 0)[0]?.answer;
const content = (state: SinkState): SinkContent => state.sinks.get('out') as SinkContent;
const visible = (state: SinkState): unknown => committedRecords(content(state));

const written = [open(first), write('t1', 0, ['a']), write('t1', 1, ['b'])];
const prepared = [...written, prepare('t1', 2)];
const committed = [...prepared, commit('t1')];

test('records become visible at the commit, all at once and in the order of their chunks', () => {
  expect(visible(after(...prepared))).toEqual([]);
  expect(visible(after(...committed))).toEqual(['a', 'b']);
});

test.each<[string, SinkRequest[], SinkRequest, unknown, unknown]>([
  ['an empty transaction can be prepared', [open(first)], prepare('t1', 0), { kind: 'sink-prepared' }, []],
  ['a chunk again stays as it is', written, write('t1', 0, ['x']), { kind: 'sink-written' }, []],
  ['a chunk behind the preparation changes nothing', prepared, write('t1', 2, ['x']), { kind: 'sink-written' }, []],
  ['a chunk behind the commit changes nothing', committed, write('t1', 2, ['x']), { kind: 'sink-written' }, ['a', 'b']],
  ['prepare again', prepared, prepare('t1', 2), { kind: 'sink-prepared' }, []],
  ['prepare behind the commit', committed, prepare('t1', 2), { kind: 'sink-prepared' }, ['a', 'b']],
  ['commit again', committed, commit('t1'), { kind: 'sink-committed' }, ['a', 'b']],
  ['prepare with a chunk missing', [open(first), write('t1', 1, ['b'])], prepare('t1', 2), unknown, []],
  ['prepare with a chunk too many', written, prepare('t1', 1), unknown, []],
  ['commit of what was never prepared', written, commit('t1'), unknown, []],
  ['commit of what nobody knows', [open(first)], commit('t9'), unknown, []],
  ['write by who never opened', [], write('t1', 0, ['a']), fenced, []],
  ['a sink that is not there', [], { ...open(first), sink: 'toString' }, { kind: 'failed' }, []],
])('%s', (_, before, request, answer, expectedVisible) => {
  const state = after(...before);
  expect(ask(state, request)).toMatchObject(answer as object);
  expect(visible(state)).toEqual(expectedVisible);
});

describe('fencing: a lower token is refused after a higher one opened', () => {
  test.each<[string, SinkRequest]>([
    ['open', open(first)],
    ['write', write('t2', 0, ['x'])],
    ['prepare', prepare('t1', 2)],
    ['commit', commit('t1')],
  ])('%s', (_, request) => {
    expect(ask(after(...prepared, open(second, 't1')), request)).toEqual(fenced);
    expect(ask(after(...prepared, open(nextLeader, 't1')), request)).toEqual(fenced);
  });

  test('a higher epoch beats a higher attempt', () => {
    expect(ask(after(open(second)), open(nextLeader))).toEqual({ kind: 'sink-opened' });
    expect(ask(after(open(nextLeader)), open(second))).toEqual(fenced);
  });

  test('another writer is not fenced', () => {
    const state = after(open(first));
    ask(state, { ...open(second), writer: 'w/1' });
    expect(ask(state, write('t1', 0, ['a']))).toEqual({ kind: 'sink-written' });
  });
});

describe('opening aborts what lingers', () => {
  test('open and prepared transactions that are not kept, for good', () => {
    const state = after(...prepared, write('t2', 0, ['c']), open(second));
    expect(content(state)).toMatchObject({ open: new Map(), prepared: new Map() });
    expect(ask(state, commit('t1', second))).toEqual(unknown);
    expect(ask(state, write('t2', 0, ['c'], second))).toEqual(unknown);
    expect(ask(state, prepare('t2', 0, second))).toEqual(unknown);
  });

  test('never what is kept: its new owner commits it', () => {
    const state = after(...prepared, open(second, 't1'));
    expect(ask(state, commit('t1', second))).toEqual({ kind: 'sink-committed' });
    expect(visible(state)).toEqual(['a', 'b']);
  });

  test('never what is committed', () => {
    const state = after(...committed, open(second));
    expect(visible(state)).toEqual(['a', 'b']);
    expect(ask(state, commit('t1', second))).toEqual({ kind: 'sink-committed' });
  });

  test('never what belongs to another writer', () => {
    const state = after(...prepared);
    ask(state, { ...open(second), writer: 'w/1' });
    expect(content(state).prepared.size).toBe(1);
  });

  test('nothing, when the same writer opens again: the repetition may land late', () => {
    const state = after(...prepared, write('t2', 0, ['c']));
    expect(ask(state, open(first))).toEqual({ kind: 'sink-opened' });
    expect(content(state).prepared.size).toBe(1);
    expect(content(state).open.size).toBe(1);
  });
});
