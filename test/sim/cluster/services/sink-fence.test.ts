// A sink that gives up a transaction: what is open is gone and its writer refused, what is prepared stays.
import { expect, test } from 'vitest';
import { committedRecords, sinkService, type SinkRequest } from '../../../../src/sim/cluster/services/sink.ts';

const caller = { node: 'tm-1', incarnation: 1, request: 1 };
const of = { sink: 'out', writer: 'w', token: { epoch: 1, attempt: 1 } };
const open: SinkRequest = { kind: 'sink-open', ...of, keep: [] };
const write: SinkRequest = { kind: 'sink-write', ...of, transaction: 't', chunk: 0, records: [1] };
const prepare: SinkRequest = { kind: 'sink-prepare', ...of, transaction: 't', chunks: 1 };
const commit: SinkRequest = { kind: 'sink-commit', ...of, transaction: 't' };

function lab() {
  const service = sinkService(['out']);
  const state = service.create();
  return {
    sink: () => state.sinks.get('out')!,
    ask: (request: SinkRequest) => service.apply(state, request, caller, 0)[0]?.answer,
    fence: (request: SinkRequest) => service.applyStruck?.(state, request, caller, 0, { kind: 'fence' })[0]?.answer,
  };
}

const refused = (reason: string) => ({ kind: 'sink-refused', reason });

test('an open transaction is gone for good, and its writer is told that it is fenced', () => {
  const { ask, fence, sink } = lab();
  ask(open);
  ask(write);
  expect(fence(prepare)).toEqual(refused('fenced'));
  expect(sink().open.size).toBe(0);
  expect(ask(prepare)).toEqual(refused('unknown-transaction'));
});

test('one that is prepared, or committed, stays', () => {
  const { ask, fence, sink } = lab();
  for (const request of [open, write, prepare]) ask(request);
  expect(fence(prepare)).toEqual({ kind: 'sink-prepared' });
  expect(fence(commit)).toEqual({ kind: 'sink-committed' });
  expect(committedRecords(sink())).toEqual([1]);
});

test('whoever was fenced before is refused as ever', () => {
  const { ask, fence } = lab();
  ask(open);
  ask({ ...open, token: { epoch: 2, attempt: 1 } });
  expect(fence(write)).toEqual(refused('fenced'));
});
