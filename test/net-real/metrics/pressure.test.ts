// Busy, idle, back-pressured: what a look finds counts for the time since the look before.
import { expect, test } from 'vitest';
import type { TaskState } from '../../../src/core/task/state.ts';
import { PressureMeter } from '../../../src/net-real/metrics/pressure.ts';

interface Stand {
  readonly ready?: number;
  readonly full?: number;
  readonly status?: TaskState['status'];
}

const attempt = { jobId: 'job-1', vertex: 0, subtask: 0, attempt: 1 };

/** As much of a task as a look reads. */
function task({ ready = 0, full = 0, status = 'RUNNING' }: Stand): TaskState {
  return {
    status,
    descriptor: { attempt },
    partition: { full, edges: [] },
    sink: null,
    source: null,
    advancing: false,
    gate: { ready },
    checkpoints: [],
  } as unknown as TaskState;
}

test('each look counts by what it finds', () => {
  const meter = new PressureMeter(0);
  const look = (stand: Stand, now: number): void => meter.look([task(stand)], now);
  look({ ready: 1 }, 10); // the first one: it may have begun only now
  look({ ready: 1 }, 30);
  look({}, 60);
  look({ ready: 1, full: 1 }, 100);
  look({ status: 'INITIALIZING' }, 1_000);
  look({ ready: 1 }, 1_001);
  expect(meter.of(attempt)).toEqual({ busy: 21, idle: 30, backpressured: 40 });
});

test('a task that is gone is forgotten, and another attempt begins anew', () => {
  const meter = new PressureMeter(0);
  for (const now of [0, 20, 40]) meter.look([task({ ready: 1 })], now);
  expect(meter.of(attempt).busy).toBe(40);
  meter.look([], 60);
  expect(meter.of(attempt).busy).toBe(0);
  expect(meter.of({ ...attempt, attempt: 2 }).busy).toBe(0);
});
