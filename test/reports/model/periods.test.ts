// What lasted: incarnations, reigns, outages, tasks, the job, checkpoints – and how each ended.
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import type { TraceLine } from '../../../reports/trace/lines.ts';
import { started, step, stopped, traceOf } from '../traces.ts';

const modelOf = (...lines: TraceLine[]) => buildModel(traceOf(lines));

test('an incarnation lasts until it stops, its successor starts, or the trace ends', () => {
  const { lives } = modelOf(started('a', 0, 1), stopped('a', 40), started('a', 90, 2), started('a', 200, 3));
  expect(lives).toEqual([
    { lane: 0, incarnation: 1, from: 0, to: 40, why: 'crash' },
    { lane: 0, incarnation: 2, from: 90, to: 90, why: 'it was never heard of again' },
    { lane: 0, incarnation: 3, from: 200, to: 1_000, why: '' },
  ]);
});

test('a reign ends with its process, or when the leader says so; two may overlap', () => {
  const { reigns } = modelOf(
    step('jm-1', 10, 'wake', 'leads with epoch 1'),
    step('jm-2', 50, 'wake', 'leads with epoch 2'),
    step('jm-1', 80, 'wake', 'stops leading epoch 1: its lease ran out; jobs SUSPENDED: job-1'),
    stopped('jm-2', 120),
  );
  expect(reigns).toEqual([
    { lane: 0, epoch: 1, from: 10, to: 80, why: 'its lease ran out' },
    { lane: 1, epoch: 2, from: 50, to: 120, why: 'the process ended: crash' },
  ]);
});

test('an outage ends at its time, with the faults, or with the stopped process', () => {
  const paused = { kind: 'paused', at: 10, node: 'a', incarnation: 1, until: 500 } as const;
  const cut = { kind: 'partitioned', at: 20, from: 'a', to: 'b', until: 60 } as const;
  const unserved = { kind: 'service-cut', at: 20, node: 'b', service: 'ha', until: 700 } as const;
  const { outages } = modelOf(paused, cut, unserved, stopped('a', 100), stopped('b', 110), {
    kind: 'faults-stopped',
    at: 300,
  });
  expect(outages).toEqual([
    { lane: 0, other: -1, from: 10, to: 100 },
    { lane: 0, other: 1, from: 20, to: 60 },
    { lane: 1, other: 2, from: 20, to: 300 },
  ]);
});

test('tasks beside each other have rows of their own, and their states', () => {
  const { tasks } = modelOf(
    step('tm-1', 10, 'wake', 'task 0/0#1 is DEPLOYING', 'task 1/0#1 is DEPLOYING'),
    step('tm-1', 20, 'wake', 'task 0/0#1 is RUNNING', 'task 1/0#1 is FAILED: it threw'),
    step('tm-1', 30, 'wake', 'task 1/0#2 is DEPLOYING'),
    stopped('tm-1', 50),
  );
  const summary = tasks.map(({ name, row, states, to, why }) => {
    return [name, row, states.map(({ state }) => state).join('>'), to, why].join(' ');
  });
  expect(summary).toEqual([
    '1/0#1 1 DEPLOYING>FAILED 20 it threw',
    '0/0#1 0 DEPLOYING>RUNNING 50 tm-1 died',
    '1/0#2 1 DEPLOYING 50 tm-1 died',
  ]);
});

test('the job is suspended while nobody leads, and says why it restarts', () => {
  const { job } = modelOf(
    step('jm-1', 10, 'wake', 'job job-1 CREATED -> RUNNING', 'job job-1 attempt 1 is deployed from nothing'),
    step('jm-1', 40, 'wake', 'job job-1 restarts: 0/0#1: lost', 'job job-1 RUNNING -> RESTARTING'),
    stopped('jm-1', 60),
    step('jm-2', 90, 'wake', 'job job-1 CREATED -> RUNNING', 'job job-1 attempt 1 is deployed from checkpoint 3'),
    step('jm-2', 95, 'wake', 'job job-1 RUNNING -> FINISHED'),
    stopped('jm-2', 99),
  );
  expect(job).toEqual([
    { from: 10, to: 40, state: 'RUNNING', text: 'attempt 1 from nothing' },
    { from: 40, to: 60, state: 'RESTARTING', text: '0/0#1: lost' },
    { from: 60, to: 90, state: 'SUSPENDED', text: 'jm-1 does not lead any more' },
    { from: 90, to: 95, state: 'RUNNING', text: 'attempt 1 from checkpoint 3' },
    { from: 95, to: 1_000, state: 'FINISHED', text: '' },
  ]);
});

test('checkpoints complete, abort, are abandoned, or are found complete by the next leader', () => {
  const { checkpoints } = modelOf(
    step('jm-1', 10, 'wake', 'checkpoint 1 of job-1 triggered', 'send trigger-checkpoint 1 0/0#1 to tm-1'),
    step('tm-1', 22, 'trigger-checkpoint 1 0/0#1 from jm-1', 'send acknowledge-checkpoint 1 0/0#1 to jm-1'),
    step('jm-1', 35, 'acknowledge-checkpoint 1 0/0#1 from tm-1', 'checkpoint 1 of job-1 completed'),
    step('jm-1', 40, 'wake', 'checkpoint 2 of job-1 triggered'),
    step('jm-1', 50, 'wake', 'checkpoint 2 of job-1 aborted: expired'),
    step('jm-1', 60, 'wake', 'checkpoint 3 of job-1 triggered'),
    stopped('jm-1', 70),
    step('jm-2', 80, 'wake', 'job job-1 recovered, latest checkpoint 3'),
    step('jm-2', 90, 'wake', 'checkpoint 4 of job-1 triggered'),
  );
  expect(checkpoints.map(({ id, endedAt, outcome, why }) => `${id} ${endedAt} ${outcome} ${why}`.trimEnd())).toEqual([
    '1 35 completed',
    '2 50 aborted expired',
    '3 80 completed jm-2 found it complete',
    '4 1000 open',
  ]);
  expect(checkpoints[0]).toMatchObject({
    reached: [{ lane: 2, at: 22 }],
    acks: [{ lane: 2, task: '0/0#1', at: 32 }],
  });
});
