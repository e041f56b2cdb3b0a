// What lasted: incarnations, reigns, outages, tasks, the job, checkpoints – and how each ended.
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import type { TraceLine } from '../../../src/run/trace.ts';
import { asked, noted, started, step, stopped, taken, traceOf, wake } from '../traces.ts';
import { aborted, restarts } from '../notes.ts';
import {
  aborts,
  acknowledges,
  cancels,
  deploys,
  elected,
  finished,
  pointed,
  reports,
  triggers,
  written,
} from '../observed.ts';

const modelOf = (...lines: TraceLine[]) => buildModel(traceOf(lines));

test('an incarnation lasts until it stops, its successor starts, or the trace ends', () => {
  const { lives } = modelOf(started('a', 0, 1), stopped('a', 40), started('a', 90, 2), started('a', 200, 3));
  expect(lives).toEqual([
    { lane: 0, incarnation: 1, from: 0, to: 40, why: 'crash' },
    { lane: 0, incarnation: 2, from: 90, to: 90, why: 'it was never heard of again' },
    { lane: 0, incarnation: 3, from: 200, to: 1_000, why: '' },
  ]);
});

const looksAtLease = asked(1, { kind: 'ha-lease' });
const renews = asked(2, { kind: 'ha-renew', epoch: 1 });

test('a reign ends with its process, or when the leader looks for another one; two may overlap', () => {
  const { reigns } = modelOf(
    started('jm-1'),
    started('jm-2'),
    elected('jm-1', 10, 1),
    step('jm-1', 20, wake, renews),
    elected('jm-2', 50, 2),
    step(
      'jm-1',
      80,
      wake,
      noted({ kind: 'leadership-lost', epoch: 1, reason: { kind: 'lease-ran-out' }, suspended: ['job-1'] }),
      looksAtLease,
    ),
    stopped('jm-2', 120),
  );
  expect(reigns).toEqual([
    { lane: 0, epoch: 1, from: 10, to: 80, why: 'its lease ran out without a renewal' },
    { lane: 1, epoch: 2, from: 50, to: 120, why: 'the process ended: crash' },
  ]);
});

test('whoever was elected and does not know it looks for a leader, and still leads', () => {
  const { reigns } = modelOf(
    started('jm-1'),
    started('jm-2'),
    elected('jm-1', 10, 1),
    step('jm-1', 20, wake, looksAtLease),
    elected('jm-1', 30, 2),
    step('jm-1', 40, wake, looksAtLease),
    elected('jm-2', 50, 3),
    stopped('jm-1', 60),
    elected('jm-1', 70, 4),
  );
  expect(reigns.map(({ epoch, from, to, why }) => `${epoch} ${from} ${to} ${why}`.trimEnd())).toEqual([
    '1 10 30 it leads again',
    '2 30 50 it never knew',
    '3 50 70 it never knew',
    '4 70 70 it never knew',
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
  const [cancel, deploy] = [cancels('jm-1', 'tm-1', '0/0#1'), deploys('jm-1', 'tm-1', '0/0#1')];
  const { tasks } = modelOf(
    started('tm-1'),
    step('tm-1', 10, taken(deploy), reports('tm-1', 'jm-1', '0/0#1', 'INITIALIZING')),
    step('tm-1', 12, wake, reports('tm-1', 'jm-1', '1/0#1', 'INITIALIZING')),
    step('tm-1', 14, taken(deploy), reports('tm-1', 'jm-1', '0/0#1', 'INITIALIZING')),
    step('tm-1', 16, wake, reports('tm-1', 'jm-1', '2/0#1', 'CANCELED')),
    step('tm-1', 20, wake, reports('tm-1', 'jm-1', '0/0#1', 'RUNNING')),
    step('tm-1', 22, wake, reports('tm-1', 'jm-1', '1/0#1', 'FAILED', 'it threw')),
    step('tm-1', 30, taken(cancel)),
    step('tm-1', 32, wake, reports('tm-1', 'jm-1', '1/0#2', 'INITIALIZING')),
    stopped('tm-1', 50),
  );
  const summary = tasks.map(({ name, row, states, to, why }) => {
    return [name, row, states.map(({ state }) => state).join('>'), to, why].join(' ');
  });
  expect(summary).toEqual([
    '0/0#1 0 INITIALIZING>RUNNING>CANCELING 50 tm-1 died',
    '1/0#1 1 INITIALIZING>FAILED 22 it threw',
    '1/0#2 1 INITIALIZING 50 tm-1 died',
  ]);
});

test('the job is suspended while nobody leads, and says why it restarts', () => {
  const failure = reports('tm-1', 'jm-1', '0/0#1', 'FAILED');
  const lostTask = {
    kind: 'execution-failed',
    attempt: { jobId: 'job-1', vertex: 0, subtask: 0, attempt: 1 },
    reason: { kind: 'finished-early' },
  } as const;
  const { job } = modelOf(
    started('jm-1'),
    started('jm-2'),
    elected('jm-1', 2, 1),
    written('jm-1', 5, 'job/job-1', new Uint8Array()),
    step('jm-1', 10, wake, deploys('jm-1', 'tm-1', '0/0#1'), deploys('jm-1', 'tm-2', '0/1#1')),
    step('jm-1', 40, taken(failure), noted(restarts(lostTask))),
    step('jm-1', 45, wake, cancels('jm-1', 'tm-2', '0/1#1')),
    stopped('jm-1', 60),
    elected('jm-2', 80, 2),
    step('jm-2', 90, wake, deploys('jm-2', 'tm-1', '0/0#1', 3, 2)),
    finished('jm-2', 95),
    stopped('jm-2', 99),
  );
  expect(job).toEqual([
    { from: 5, to: 10, state: 'CREATED', attempt: -1, text: '' },
    { from: 10, to: 40, state: 'RUNNING', attempt: 1, text: 'attempt 1 from nothing' },
    { from: 40, to: 60, state: 'RESTARTING', attempt: -1, text: '0/0#1: FINISHED without a final checkpoint' },
    { from: 60, to: 90, state: 'SUSPENDED', attempt: -1, text: 'jm-1 does not lead any more' },
    { from: 90, to: 95, state: 'RUNNING', attempt: 1, text: 'attempt 1 from checkpoint 3' },
    { from: 95, to: 1_000, state: 'FINISHED', attempt: -1, text: '' },
  ]);
});

test('checkpoints complete, abort, are abandoned, or are found complete by the next leader', () => {
  const [trigger, ack] = [triggers('jm-1', 'tm-1', 1), acknowledges('tm-1', 'jm-1', 1)];
  const { checkpoints } = modelOf(
    started('jm-1'),
    started('jm-2'),
    elected('jm-1', 5, 1),
    step('jm-1', 8, wake, deploys('jm-1', 'tm-1', '0/0#1')),
    step('jm-1', 10, wake, trigger),
    step('tm-1', 22, taken(trigger), ack),
    step('jm-1', 35, taken(ack)),
    pointed('jm-1', 37, 1),
    step('jm-1', 40, wake, triggers('jm-1', 'tm-1', 2)),
    step('jm-1', 50, wake, aborts('jm-1', 'tm-1', 2), noted(aborted(2, { kind: 'job-restarts' }))),
    step('jm-1', 52, wake, triggers('jm-1', 'tm-1', 3)),
    pointed('jm-2', 55, 3),
    step('jm-1', 60, wake, triggers('jm-1', 'tm-1', 4)),
    stopped('jm-1', 70),
    elected('jm-2', 75, 2),
    step('jm-2', 80, wake, deploys('jm-2', 'tm-1', '0/0#1', 3, 2)),
    step('jm-2', 90, wake, triggers('jm-2', 'tm-1', 5, 2)),
  );
  expect(checkpoints.map(({ id, endedAt, outcome, why }) => `${id} ${endedAt} ${outcome} ${why}`.trimEnd())).toEqual([
    '1 37 completed',
    '2 50 aborted the job restarts',
    '3 55 completed jm-2 found it complete',
    '4 70 abandoned jm-1 died',
    '5 1000 open',
  ]);
  expect(checkpoints[0]).toMatchObject({
    reached: [{ lane: 2, at: 22 }],
    acks: [{ lane: 2, task: '0/0#1', at: 22 }],
  });
});
