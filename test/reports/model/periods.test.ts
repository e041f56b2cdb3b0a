// What lasted: incarnations, reigns, outages, tasks, the job, checkpoints – and how each ended.
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import type { TraceLine } from '../../../src/run/trace.ts';
import { attempt, noted, started, step, stopped, taken, told, traceOf, wake } from '../traces.ts';
import { aborted, completed, deployed, jobMoves, leads, recovered, restarts, taskIs, triggered } from '../notes.ts';

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
    step('jm-1', 10, wake, noted(leads(1))),
    step('jm-2', 50, wake, noted(leads(2))),
    step(
      'jm-1',
      80,
      wake,
      noted({ kind: 'leadership-lost', epoch: 1, reason: { kind: 'lease-ran-out' }, suspended: ['job-1'] }),
    ),
    stopped('jm-2', 120),
  );
  expect(reigns).toEqual([
    { lane: 0, epoch: 1, from: 10, to: 80, why: 'its lease ran out without a renewal' },
    { lane: 1, epoch: 2, from: 50, to: 120, why: 'the process ended: crash' },
  ]);
});

test('an outage ends at its time, with the faults, or with the stopped process', () => {
  const paused = { kind: 'paused', at: 10, event: 1, node: 'a', incarnation: 1, until: 500 } as const;
  const cut = { kind: 'partitioned', at: 20, event: 2, from: 'a', to: 'b', until: 60 } as const;
  const unserved = { kind: 'service-cut', at: 20, event: 3, node: 'b', service: 'ha', until: 700 } as const;
  const { outages } = modelOf(paused, cut, unserved, stopped('a', 100), stopped('b', 110), {
    kind: 'faults-stopped',
    at: 300,
    event: 4,
  });
  expect(outages).toEqual([
    { lane: 0, other: -1, from: 10, to: 100 },
    { lane: 0, other: 1, from: 20, to: 60 },
    { lane: 1, other: 2, from: 20, to: 300 },
  ]);
});

test('tasks beside each other have rows of their own, and their states', () => {
  const { tasks } = modelOf(
    step('tm-1', 10, wake, noted(taskIs('0/0#1', 'DEPLOYING')), noted(taskIs('1/0#1', 'DEPLOYING'))),
    step('tm-1', 20, wake, noted(taskIs('0/0#1', 'RUNNING')), noted(taskIs('1/0#1', 'FAILED', 'it threw'))),
    step('tm-1', 30, wake, noted(taskIs('1/0#2', 'DEPLOYING'))),
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
  const lostTask = { kind: 'execution-failed', attempt, reason: { kind: 'finished-early' } } as const;
  const { job } = modelOf(
    step('jm-1', 10, wake, noted(jobMoves('CREATED', 'RUNNING')), noted(deployed(1, null))),
    step('jm-1', 40, wake, noted(restarts(lostTask)), noted(jobMoves('RUNNING', 'RESTARTING'))),
    stopped('jm-1', 60),
    step('jm-2', 90, wake, noted(jobMoves('CREATED', 'RUNNING')), noted(deployed(1, 3))),
    step('jm-2', 95, wake, noted(jobMoves('RUNNING', 'FINISHED'))),
    stopped('jm-2', 99),
  );
  expect(job).toEqual([
    { from: 10, to: 40, state: 'RUNNING', text: 'attempt 1 from nothing' },
    { from: 40, to: 60, state: 'RESTARTING', text: '0/0#1: FINISHED without a final checkpoint' },
    { from: 60, to: 90, state: 'SUSPENDED', text: 'jm-1 does not lead any more' },
    { from: 90, to: 95, state: 'RUNNING', text: 'attempt 1 from checkpoint 3' },
    { from: 95, to: 1_000, state: 'FINISHED', text: '' },
  ]);
});

test('checkpoints complete, abort, are abandoned, or are found complete by the next leader', () => {
  const trigger = told('jm-1', 'tm-1', 'trigger-checkpoint', { checkpointId: 1, attempt });
  const ack = told('tm-1', 'jm-1', 'acknowledge-checkpoint', { checkpointId: 1, attempt, atEnd: false });
  const { checkpoints } = modelOf(
    step('jm-1', 10, wake, noted(triggered(1)), trigger),
    step('tm-1', 22, taken(trigger), ack),
    step('jm-1', 35, taken(ack), noted(completed(1))),
    step('jm-1', 40, wake, noted(triggered(2))),
    step('jm-1', 50, wake, noted(aborted(2, { kind: 'job-restarts' }))),
    step('jm-1', 60, wake, noted(triggered(3))),
    stopped('jm-1', 70),
    step('jm-2', 80, wake, noted(recovered(3))),
    step('jm-2', 90, wake, noted(triggered(4))),
  );
  expect(checkpoints.map(({ id, endedAt, outcome, why }) => `${id} ${endedAt} ${outcome} ${why}`.trimEnd())).toEqual([
    '1 35 completed',
    '2 50 aborted the job restarts',
    '3 80 completed jm-2 found it complete',
    '4 1000 open',
  ]);
  expect(checkpoints[0]).toMatchObject({
    reached: [{ lane: 2, at: 22 }],
    acks: [{ lane: 2, task: '0/0#1', at: 32 }],
  });
});
