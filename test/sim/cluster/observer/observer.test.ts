// What an outsider makes of messages and applied requests: phases and counters, from a history told observation by observation.
import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../../../src/core/base/vocabulary.ts';
import type { Kind } from '../../../../src/core/protocol/messages.ts';
import type { PortRequest } from '../../../../src/core/protocol/ports.ts';
import { encodeCheckpoints, encodeLeader } from '../../../../src/core/protocol/records-codec.ts';
import { currentPhases } from '../../../../src/sim/cluster/observer/current-phases.ts';
import { createFacts, type ObserverFacts } from '../../../../src/sim/cluster/observer/facts.ts';
import { runObserver } from '../../../../src/sim/cluster/observer/observer.ts';
import type { Observation, WorldView } from '../../../../src/sim/observation.ts';

const LEASE_MS = 100;
const CHECKPOINT_TIMEOUT_MS = 300;

/** A history: tells the observer what happened, one thing a millisecond. */
class History {
  readonly observer = runObserver({ leaseMs: LEASE_MS, checkpointTimeoutMs: CHECKPOINT_TIMEOUT_MS }, () => {});
  readonly facts: ObserverFacts = createFacts();
  now = 0;

  tell(observation: Observation): this {
    this.now += 1_000;
    const view = { now: this.now, events: 0, nodes: () => [], node: () => undefined, service: () => null } as WorldView;
    this.observer.observe(this.facts, observation, view, () => {});
    return this;
  }

  sent(kind: Kind, body: object, to = 'tm-1'): this {
    return this.tell(stepped({ effects: [envelope(kind, body, to)] }));
  }

  delivered(kind: Kind, body: object): this {
    const message = envelope(kind, body, 'tm-1') as never;
    return this.tell(stepped({ input: { kind: 'message', now: 0, wallTime: 0, message } }));
  }

  requested(request: object): this {
    return this.tell(stepped({ effects: [{ effect: 'request', id: 1, request }] }));
  }

  applied(request: Partial<PortRequest> & { readonly kind: string }, answer: string): this {
    return this.tell({ kind: 'applied', node: 'jm-1', incarnation: 1, id: 1, request, answer: { kind: answer } });
  }

  pass(ms: number): this {
    this.now += ms * 1_000;
    return this;
  }

  phases(): readonly string[] {
    return [...currentPhases(this.facts.run, this.now, LEASE_MS)].sort();
  }

  /** A leader, and one source task that feeds one sink task with two channels; both run. */
  running(attempt = 1, restore: object | null = null): this {
    this.elected(1).deployed(attempt, restore);
    return this.runs(0, attempt).runs(1, attempt);
  }

  elected(epoch: number): this {
    const value = encodeLeader({ epoch, address: `jm-${epoch}`, resigned: false });
    return this.applied({ kind: 'ha-write', key: 'leader', value } as never, 'ha-written');
  }

  deployed(attempt: number, restore: object | null = null): this {
    const inputs = [{ edge: { index: 0 }, producers: [{}, {}] }];
    this.sent('deploy-task', { epoch: 1, task: { attempt: taskId(0, attempt), inputs: [], restore } });
    return this.sent('deploy-task', { epoch: 1, task: { attempt: taskId(1, attempt), inputs, restore } });
  }

  runs(vertex: number, attempt = 1): this {
    return this.sent('task-state-changed', { epoch: 1, attempt: taskId(vertex, attempt), state: 'RUNNING' });
  }

  triggered(checkpointId: number, attempt = 1): this {
    return this.sent('trigger-checkpoint', { epoch: 1, attempt: taskId(0, attempt), checkpointId });
  }

  acknowledged(vertex: number, checkpointId: number, atEnd = false): this {
    return this.sent('acknowledge-checkpoint', { epoch: 1, attempt: taskId(vertex, 1), checkpointId, atEnd });
  }

  completed(checkpointId: number): this {
    const metadata = { name: 'm', sizeBytes: 1, checksum: 1 };
    const value = encodeCheckpoints({ completed: [{ checkpointId, metadata, final: false }] });
    return this.applied({ kind: 'ha-write', key: 'checkpoints/job-1', value } as never, 'ha-written');
  }
}

function stepped(what: Partial<Extract<Observation, { kind: 'stepped' }>>): Observation {
  const input = { kind: 'work', now: 0, wallTime: 0 } as const;
  return { kind: 'stepped', node: 'tm-1', incarnation: 1, input, effects: [], leavesAt: 0, ...what };
}

function envelope(kind: string, body: object, to: string): Envelope {
  return { effect: 'send', streamClass: 'control', from: 'x', to, kind, body };
}

function taskId(vertex: number, attempt: number) {
  return { jobId: 'job-1', vertex, subtask: 0, attempt };
}

const channel = { jobId: 'job-1', epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 0, consumerAttempt: 1 };
const barrier = (checkpointId: number) => ({ kind: 'barrier', checkpointId, timestamp: 0 });
const batch = { kind: 'batch', batch: { values: [], timestamps: [] } };
const elements = (...list: object[]): object => ({ channel, sequence: 1, elements: list });

describe('phases', () => {
  test.each<[string, (history: History) => History, string[]]>([
    ['before anything', (h) => h, ['deploying', 'no leader']],
    ['a leader without a deployment', (h) => h.elected(1), ['deploying']],
    ['some tasks do not run yet', (h) => h.elected(1).deployed(1).runs(0), ['deploying']],
    ['they begin with a restore', (h) => h.elected(1).deployed(1, {}).runs(0), ['deploying', 'restoring']],
    ['all run', (h) => h.running(), ['running idle']],
    ['the lease is over', (h) => h.running().pass(LEASE_MS), ['no leader']],
    [
      'the lease was renewed',
      (h) => h.running().pass(LEASE_MS).applied({ kind: 'ha-renew' }, 'ha-renewed'),
      ['running idle'],
    ],
    [
      'the elected process is gone',
      (h) => h.running().tell({ kind: 'stopped', node: 'jm-1', incarnation: 1, why: 'crash' }),
      ['no leader'],
    ],
    ['a new leader has not deployed yet', (h) => h.running().elected(2), ['deploying']],
    ['triggered', (h) => h.running().triggered(1), ['triggered']],
    [
      'one of two barriers is there',
      (h) =>
        h
          .running()
          .triggered(1)
          .delivered('channel-elements', elements(barrier(1))),
      ['aligning', 'triggered'],
    ],
    [
      'both are',
      (h) =>
        h
          .running()
          .triggered(1)
          .delivered('channel-elements', elements(barrier(1), barrier(1))),
      ['triggered'],
    ],
    [
      'a barrier of another checkpoint',
      (h) =>
        h
          .running()
          .triggered(2)
          .delivered('channel-elements', elements(barrier(1))),
      ['triggered'],
    ],
    [
      'a snapshot is on its way',
      (h) => h.running().triggered(1).requested({ kind: 'storage-put', name: 's' }),
      ['triggered', 'uploading'],
    ],
    [
      'it is there',
      (h) =>
        h
          .running()
          .triggered(1)
          .requested({ kind: 'storage-put', name: 's' })
          .applied({ kind: 'storage-put', name: 's' }, 'stored'),
      ['triggered'],
    ],
    [
      'all acknowledged',
      (h) => h.running().triggered(1).acknowledged(0, 1).acknowledged(1, 1),
      ['last ack to pointer written'],
    ],
    [
      'the pointer is written',
      (h) => h.running().triggered(1).acknowledged(0, 1).acknowledged(1, 1).completed(1),
      ['pointer to notified'],
    ],
    [
      'all know',
      (h) =>
        h
          .running()
          .triggered(1)
          .completed(1)
          .delivered('notify-checkpoint-complete', { checkpointId: 1, attempt: taskId(0, 1) })
          .delivered('notify-checkpoint-complete', { checkpointId: 1, attempt: taskId(1, 1) }),
      ['running idle'],
    ],
    ['a commit is on its way', (h) => h.running().requested({ kind: 'sink-commit', transaction: 't' }), ['committing']],
    [
      'its sender died',
      (h) =>
        h
          .running()
          .requested({ kind: 'sink-commit', transaction: 't' })
          .tell({ kind: 'stopped', node: 'tm-1', incarnation: 1, why: 'crash' }),
      ['running idle'],
    ],
    [
      'a task is cancelled',
      (h) => h.running().sent('cancel-task', { epoch: 1, attempt: taskId(0, 1) }),
      ['cancelling'],
    ],
    [
      'it ended',
      (h) =>
        h
          .running()
          .sent('cancel-task', { epoch: 1, attempt: taskId(0, 1) })
          .sent('task-state-changed', { epoch: 1, attempt: taskId(0, 1), state: 'CANCELED' }),
      ['running idle'],
    ],
    ['an end was sent', (h) => h.running().sent('channel-elements', elements({ kind: 'end' })), ['end of input']],
    [
      'a restart begins before the end',
      (h) =>
        h
          .running()
          .sent('channel-elements', elements({ kind: 'end' }))
          .running(2),
      ['running idle'],
    ],
    [
      'credit is used up',
      (h) =>
        h.running().delivered('request-partition', { channel, credit: 1 }).sent('channel-elements', elements(batch)),
      ['backpressured'],
    ],
    [
      'credit is granted',
      (h) =>
        h
          .running()
          .delivered('request-partition', { channel, credit: 1 })
          .sent('channel-elements', elements(batch))
          .delivered('channel-credit', { channel, credit: 2 }),
      ['running idle'],
    ],
  ])('%s', (_, tell, expected) => {
    expect(tell(new History()).phases()).toEqual(expected);
  });
});

describe('how a checkpoint ends', () => {
  const begun = (): History => new History().running().triggered(1);
  const abort = envelope('abort-checkpoint', { epoch: 1, checkpointId: 1, attempt: taskId(0, 1) }, 'tm-1');
  const cancel = envelope('cancel-task', { epoch: 1, attempt: taskId(0, 1) }, 'tm-1');
  test.each<[string, (history: History) => History, object]>([
    ['its pointer is written', (h) => h.completed(1), { completed: 1, aborted: {} }],
    ['its pointer is written again', (h) => h.completed(1).completed(1), { completed: 1, aborted: {} }],
    [
      'it is aborted when its time is over',
      (h) => h.pass(CHECKPOINT_TIMEOUT_MS).tell(stepped({ effects: [abort] })),
      { completed: 0, aborted: { expired: 1 } },
    ],
    [
      'it is aborted when its time is over, and that restarts the job',
      (h) => h.pass(CHECKPOINT_TIMEOUT_MS).tell(stepped({ effects: [abort, cancel] })),
      { completed: 0, aborted: { expired: 1 } },
    ],
    [
      'it is aborted before, as the job restarts',
      (h) => h.tell(stepped({ effects: [abort, cancel] })),
      { completed: 0, aborted: { 'the job restarted': 1 } },
    ],
    [
      'it was declined',
      (h) =>
        h
          .sent('decline-checkpoint', { checkpointId: 1, attempt: taskId(0, 1), reason: 'no' })
          .sent('abort-checkpoint', { epoch: 1, checkpointId: 1, attempt: taskId(0, 1) }),
      { completed: 0, aborted: { declined: 1 } },
    ],
    ['the job restarts', (h) => h.deployed(2), { completed: 0, aborted: { 'the job restarted': 1 } }],
    ['it was complete when the job restarts', (h) => h.completed(1).deployed(2), { completed: 1, aborted: {} }],
  ])('%s', (_, tell, expected) => {
    expect(tell(begun()).facts.counters).toMatchObject(expected);
  });
});

test('leaders and deployments are counted once each', () => {
  const { counters } = new History().elected(1).elected(1).elected(2).deployed(1).deployed(2).deployed(1).facts;
  expect(counters).toMatchObject({ leaders: 2, deployments: 2 });
});

test('a fault counts by kind and phase if it hit, and is told in any case', () => {
  const history = new History().running();
  const fault = { kind: 'fault', fault: 'pause', target: 'tm-1', decision: { stream: 's', index: 0 } } as const;
  history.tell({ ...fault, text: 'one', hit: true }).tell({ ...fault, text: 'two', hit: false });
  expect(history.facts.counters).toMatchObject({ faults: { pause: 1 }, faultPhases: { pause: { 'running idle': 1 } } });
  expect(history.facts.counters.faultLog.map(({ text }) => text)).toEqual(['one', 'two']);
});
