// What the host of a TaskManager tells it: how the process before it ended, and that the heap is nearly full. And whose code was at work when it ended.
import { describe, expect, test } from 'vitest';
import { createAtWork, OPERATOR, RECORD, STEP, TASK } from '../../../src/core/base/at-work.ts';
import { ProcessEnded } from '../../../src/core/base/process-ended.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import type { ProcessDeath } from '../../../src/core/protocol/ids.ts';
import { deathAtWork } from '../../../src/core/taskmanager/process-death.ts';
import { attemptId, Lab } from './fixture.ts';
import { copy, rows, type Row } from './jobs.ts';

const SELF = 'tm-1';
const death: ProcessDeath = { epoch: 1, attempt: attemptId(0), operator: 'map', record: 2, how: 'exited' };

describe('how the process before it ended', () => {
  test('is told with each registration, until one is accepted', () => {
    const lab = new Lab();
    lab.deliver(SELF, 'process-died', { death });
    lab.announceLeader();
    lab.pass(lab.options.registrationRetryMs, true);
    expect(lab.take('register-task-manager').map((body) => body.death)).toEqual([death, death]);
    lab.lead('task-manager-registered', {});
    lab.pass(lab.options.heartbeatTimeoutMs + 1, true); // its leader falls silent: it registers again
    expect(lab.take('register-task-manager').map((body) => body.death)).toEqual([null]);
  });

  test('is taken from nobody but its host', () => {
    const lab = new Lab();
    lab.deliver('tm-2', 'process-died', { death });
    expect(lab.state.death).toBeNull();
    expect(lab.traces).toContain('ignored process-died from tm-2: only its own host may say so');
  });
});

describe('that the process is to end', () => {
  test('is told to a leader that registered it, or was asked to; its answer may be on its way', () => {
    const lab = new Lab();
    const told = { epoch: 1, incarnation: lab.state.incarnation, why: 'SIGTERM' };
    lab.deliver(SELF, 'process-stops', { why: 'SIGTERM' });
    expect(lab.take('task-manager-stopped')).toEqual([]);
    lab.announceLeader();
    lab.deliver(SELF, 'process-stops', { why: 'SIGTERM' });
    expect(lab.take('task-manager-stopped')).toEqual([told]);
    lab.lead('task-manager-registered', {});
    lab.deliver(SELF, 'process-stops', { why: 'SIGTERM' });
    expect(lab.take('task-manager-stopped')).toEqual([told]);
  });

  test('is taken from nobody but its host', () => {
    const lab = new Lab();
    lab.register();
    lab.deliver('tm-2', 'process-stops', { why: 'SIGTERM' });
    expect(lab.take('task-manager-stopped')).toEqual([]);
  });
});

describe('a heap that is nearly full', () => {
  const MEGABYTE = 1_000_000;
  const latest = defineJob('latest', (env) =>
    env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1 })
      .keyBy((row) => row.key)
      .reduce('latest', (_, row) => row)
      .sinkTo('out', { sink: 'out' }),
  );

  function counting(keys: number): Lab {
    const input = rows(Array.from({ length: keys }, (_, index) => `key-${index}@${index % 50}`).join(' '));
    const lab = new Lab({ job: latest, topics: { rows: [input] } });
    lab.register();
    lab.deployAll();
    lab.run();
    lab.sent = [];
    return lab;
  }

  test('ends the task with the largest state, and names operator and bytes', () => {
    const lab = counting(2_000);
    lab.deliver(SELF, 'memory-short', { usedBytes: MEGABYTE, limitBytes: 1.2 * MEGABYTE });
    const [told] = lab.take('task-state-changed');
    expect(told).toMatchObject({ attempt: { vertex: 1 }, state: 'FAILED' });
    const reason = told!.reason as { readonly kind: string; readonly operator: string; readonly bytes: number };
    expect(reason).toMatchObject({ kind: 'state-too-large', operator: 'latest', usedBytes: MEGABYTE });
    expect(reason.bytes / 2_000).toBeGreaterThan(50); // of a row
    expect(reason.bytes / 2_000).toBeLessThan(300);
    expect(lab.state.tasks.length).toBe(1);
  });

  test('ends nobody where no state is large', () => {
    const lab = counting(10);
    lab.deliver(SELF, 'memory-short', { usedBytes: 1_000 * MEGABYTE, limitBytes: 1_200 * MEGABYTE });
    expect(lab.take('task-state-changed')).toEqual([]);
    expect(lab.traces.at(-1)).toMatch(
      /^ignored memory-short from tm-1: the largest state of a task has about \d+ bytes$/,
    );
  });
});

test('code that ends the process leaves behind whose it was', () => {
  const poison = (row: Row): string => {
    if (row.key === 'c') throw new ProcessEnded('looped');
    return row.key;
  };
  const atWork = createAtWork();
  const lab = new Lab({ job: copy({}, poison), topics: { rows: [rows('a@1 b@2 c@3 d@4')] }, atWork });
  lab.register();
  expect(() => lab.deployAll()).toThrow(ProcessEnded);
  const found = deathAtWork(lab.state.tasks, atWork, 'looped');
  expect(found).toEqual({ epoch: 1, attempt: attemptId(1), operator: 'text', record: 3, how: 'looped' });
});

test('between two steps nobody is at work', () => {
  const atWork = createAtWork();
  const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1 b@2')] }, atWork });
  lab.register();
  lab.deployAll();
  lab.run();
  expect(atWork[STEP]).toBeGreaterThan(2);
  expect([atWork[TASK], atWork[RECORD], atWork[OPERATOR]]).toEqual([0, 0, 0]);
  expect(deathAtWork(lab.state.tasks, atWork, 'exited')).toBeNull();
});
