// What only the simulated sinks have: they are given, and what they hold is state. The contract itself is in test/conformance/sink.test.ts.
import { expect, test } from 'vitest';
import { sinkService, type SinkRequest } from '../../../../src/sim/cluster/services/sink.ts';

const service = sinkService(['out']);
const caller = { node: 'tm-1', incarnation: 1, request: 1 };
const first = { sink: 'out', writer: 'w/0', token: { epoch: 1, attempt: 1 } };
const second = { sink: 'out', writer: 'w/0', token: { epoch: 1, attempt: 2 } };

test('a sink that is not there', () => {
  const request: SinkRequest = { kind: 'sink-open', ...first, sink: 'toString', keep: [] };
  expect(service.apply(service.create(), request, caller, 0)).toMatchObject([{ answer: { kind: 'failed' } }]);
});

test('what is aborted is gone, and its name is remembered', () => {
  const state = service.create();
  const requests: readonly SinkRequest[] = [
    { kind: 'sink-open', ...first, keep: [] },
    { kind: 'sink-prepare', ...first, transaction: 't1', chunks: 0 },
    { kind: 'sink-write', ...first, transaction: 't2', chunk: 0, records: ['a'] },
    { kind: 'sink-open', ...second, keep: [] },
  ];
  for (const request of requests) service.apply(state, request, caller, 0);
  expect(state.sinks.get('out')).toMatchObject({
    open: new Map(),
    prepared: new Map(),
    aborted: new Set(['t1', 't2']),
    tokens: new Map([['w/0', second.token]]),
  });
});
