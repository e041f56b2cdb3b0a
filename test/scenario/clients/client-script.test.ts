// A client that asks one thing after the other: in their order, again what comes too early, and nothing behind what cannot be.
import { expect, test } from 'vitest';
import type { JobGraph } from '../../../src/core/graph/job-graph.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import { Outbox } from '../../../src/core/base/outbox.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { LEADER_KEY } from '../../../src/core/protocol/ha-keys.ts';
import type { Bodies, Kind, Message } from '../../../src/core/protocol/messages.ts';
import type { ClusterVocabulary } from '../../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import type { ToldStatus } from '../../../src/core/protocol/states.ts';
import { scriptedClient } from '../../../src/scenario/clients/client-script.ts';

const replacing = scriptedClient({
  address: 'client-1',
  options: withDefaults(clusterOptionTable),
  requests: [
    { kind: 'savepoint', jobId: 'words', savepointId: 's-1' },
    { kind: 'cancel', jobId: 'words' },
  ],
});

class Stage {
  readonly state;
  readonly sent: string[] = [];
  now = 0;
  readonly #out = new Outbox<ClusterVocabulary>(true);

  readonly machine;

  constructor(machine = replacing) {
    this.machine = machine;
    this.state = machine.create();
    this.step({ kind: 'start', now: 0, wallTime: 0, incarnation: 1 });
    const entry = { key: LEADER_KEY, value: encodeLeader({ epoch: 1, address: 'jm-1', resigned: false }), revision: 1 };
    this.step({
      kind: 'completed',
      now: 0,
      wallTime: 0,
      request: 1,
      answer: { kind: 'ha-changed', entry, revision: 1 },
    });
  }

  step(input: Parameters<typeof replacing.step>[1]): void {
    this.#out.clear();
    this.machine.step(this.state, input, this.#out);
    this.machine.checkInvariants(this.state);
    for (const effect of this.#out.effects) if (effect.effect === 'send') this.sent.push(effect.kind);
  }

  tell<K extends Kind>(kind: K, body: Bodies[K]): void {
    const message = {
      effect: 'send',
      streamClass: 'control',
      from: 'jm-1',
      to: 'client-1',
      kind,
      body,
    } as unknown as Message;
    this.step({ kind: 'message', now: this.now, wallTime: 0, message });
  }

  refuse(status: ToldStatus): void {
    this.tell('request-refused', { epoch: 1, jobId: 'words', reason: { kind: 'tasks-not-running', status } });
  }

  wake(): void {
    this.now = this.machine.wakeAt(this.state);
    this.step({ kind: 'wake', now: this.now, wallTime: 0 });
  }
}

test('the next request follows when the one before was done', () => {
  const stage = new Stage();
  expect(stage.sent).toEqual(['trigger-savepoint']);
  stage.tell('savepoint-status', { epoch: 1, jobId: 'words', savepointId: 's-1', status: 'COMPLETED', metadata: null });
  expect(stage.state.result).toBe(null);
  stage.wake();
  expect(stage.sent).toEqual(['trigger-savepoint', 'cancel-job']);
  stage.tell('job-status', {
    epoch: 1,
    jobId: 'words',
    status: 'CANCELED',
    reason: null,
    savepointId: null,
    retainedCheckpoint: null,
  });
  expect(stage.state.result).toEqual({
    kind: 'job',
    status: 'CANCELED',
    reason: null,
    savepointId: null,
    retainedCheckpoint: null,
  });
});

test('what is refused because it is too early is asked again', () => {
  const stage = new Stage();
  stage.refuse('RESTARTING');
  expect(stage.state.result).toBe(null);
  stage.wake();
  expect(stage.sent).toEqual(['trigger-savepoint', 'trigger-savepoint']);
});

test('a job whose result is removed is not submitted again', () => {
  const graph = { operators: [] } as unknown as JobGraph;
  const stage = new Stage(
    scriptedClient({
      address: 'client-1',
      options: withDefaults(clusterOptionTable),
      requests: [{ kind: 'submit', jobId: 'words', graph, artifact: 'a' }],
    }),
  );
  stage.tell('job-accepted', { epoch: 1, jobId: 'words' });
  stage.tell('job-status', {
    epoch: 1,
    jobId: 'words',
    status: 'UNKNOWN',
    reason: null,
    savepointId: null,
    retainedCheckpoint: null,
  });
  expect(stage.state.result).toMatchObject({ kind: 'job', status: 'UNKNOWN' });
});

test('nothing follows where the job is over', () => {
  const stage = new Stage();
  stage.refuse('FINISHED');
  expect(stage.state.result).toMatchObject({ kind: 'refused' });
  expect(stage.sent).toEqual(['trigger-savepoint']);
});
