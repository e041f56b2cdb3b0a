// A process that is ended in good order: a TaskManager says goodbye, a leader resigns; it takes nothing more, and halts when that has left.
import { expect, test } from 'vitest';
import { NEVER, type Input } from '../../../src/core/base/machine.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import { Outbox } from '../../../src/core/base/outbox.ts';
import { wordsOf } from '../../../src/core/base/reasons.ts';
import { jobManager } from '../../../src/core/jobmanager/job-manager.ts';
import type { JobManagerState } from '../../../src/core/jobmanager/state.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import type { ClusterVocabulary, PortRequest } from '../../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { taskManager } from '../../../src/core/taskmanager/task-manager.ts';
import { leavingProcess } from '../../../src/sim/cluster/leaving-process.ts';

const options = withDefaults(clusterOptionTable);
const LEAVE = { atMs: 100, spreadMs: 20 };

/** @param pick of each digit of its moment */
function start(incarnation: number, pick = 0) {
  const machine = leavingProcess(taskManager({ address: 'tm-1', slots: 1, options, artifacts: new Map() }), LEAVE);
  const state = machine.create();
  const out = new Outbox<ClusterVocabulary>(true, (_, n) => Math.min(pick, n - 1));
  out.address = 'tm-1';
  const step = (now: number, input: object): readonly string[] => {
    out.clear();
    machine.step(state, { now, wallTime: 0, ...input } as Input<ClusterVocabulary>, out as never);
    machine.checkInvariants(state);
    return out.effects.flatMap((effect) =>
      effect.effect === 'send' ? [effect.kind] : effect.effect === 'halt' ? [`halt ${wordsOf(effect.reason)}`] : [],
    );
  };
  step(1_000, { kind: 'start', incarnation });
  const [watch] = out.effects.flatMap((effect) => (effect.effect === 'request' ? [effect.id] : []));
  const value = encodeLeader({ epoch: 1, address: 'jm-1', resigned: false });
  const entry = { key: 'leader', value, revision: 1 };
  step(1_001, { kind: 'completed', request: watch, answer: { kind: 'ha-changed', entry, revision: 1 } });
  const registered = { kind: 'task-manager-registered', body: { epoch: 1, incarnation } };
  const message = { effect: 'send', streamClass: 'control', from: 'jm-1', to: 'tm-1', ...registered };
  step(1_002, { kind: 'message', message });
  return { machine, state, step };
}

test('says goodbye at its moment, and halts when that has left', () => {
  const { machine, state, step } = start(1);
  expect(step(1_099, { kind: 'wake' })).toEqual([]);
  expect(step(1_100, { kind: 'wake' })).toEqual(['task-manager-stopped']);
  const haltsAt = machine.wakeAt(state);
  expect(haltsAt).toBeGreaterThan(1_100);
  expect(machine.hasWork(state)).toBe(false);
  expect(step(haltsAt - 1, { kind: 'connection-lost', peer: 'jm-1', streamClass: 'control' })).toEqual([]);
  expect(step(haltsAt, { kind: 'wake' })).toEqual(['halt ended-in-good-order']);
});

test('the process that comes in its place stays', () => {
  const { machine, state, step } = start(2);
  expect(step(1_500, { kind: 'wake' })).not.toContain('task-manager-stopped');
  expect(machine.wakeAt(state)).toBeLessThan(NEVER);
});

test('its moment is picked among all that are possible', () => {
  const moments = [0, 1, 2].map((pick) => {
    const { machine, state } = start(1, pick);
    return machine.wakeAt(state);
  });
  expect(new Set(moments).size).toBe(3);
  for (const moment of moments) expect(moment).toBeLessThanOrEqual(1_000 + LEAVE.atMs + LEAVE.spreadMs);
});

test('a leader resigns at its moment, leads no more, and halts when that has left', () => {
  const machine = leavingProcess(jobManager({ address: 'jm-1', options }), LEAVE);
  const state = machine.create() as JobManagerState & { haltsAt: number };
  const out = new Outbox<ClusterVocabulary>(true, () => 0);
  out.address = 'jm-1';
  const step = (now: number, input: object): PortRequest[] => {
    out.clear();
    machine.step(state, { now, wallTime: 0, ...input } as Input<ClusterVocabulary>, out as never);
    machine.checkInvariants(state);
    return out.effects.flatMap((effect) => (effect.effect === 'request' ? [effect.request as PortRequest] : []));
  };
  const last = (): number => out.effects.flatMap((effect) => (effect.effect === 'request' ? [effect.id] : [])).at(-1)!;
  step(1_000, { kind: 'start', incarnation: 1 });
  step(1_001, { kind: 'completed', request: last(), answer: { kind: 'ha-lease', leader: null, renewals: 0 } });
  step(1_002, { kind: 'completed', request: last(), answer: { kind: 'ha-written', revision: 1 } });
  expect(state.leader?.epoch).toBe(1);
  const value = encodeLeader({ epoch: 1, address: 'jm-1', resigned: true });
  expect(step(1_100, { kind: 'wake' })).toEqual([
    { kind: 'ha-write', key: 'leader', value, ifRevision: null, ifEpoch: 1 },
  ]);
  expect(state.leader).toBe(null);
  expect(step(state.haltsAt, { kind: 'wake' })).toEqual([]);
  expect(out.effects).toMatchObject([{ effect: 'halt', reason: { kind: 'ended-in-good-order' } }]);
});
