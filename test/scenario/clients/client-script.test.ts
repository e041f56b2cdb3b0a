// A client that asks one thing after the other: in their order, again what comes too early, and nothing behind what cannot be.
import { describe, expect, test } from 'vitest';
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
  readonly asked: string[] = [];
  now = 0;
  readonly #out = new Outbox<ClusterVocabulary>(true, (_, n) => n - 1);

  readonly machine;

  constructor(machine = replacing) {
    this.machine = machine;
    this.state = machine.create();
    this.step({ kind: 'start', now: 0, wallTime: 0, incarnation: 1 });
    this.lead('jm-1', 1);
  }

  /** By the answer to its watch. */
  lead(address: string, epoch: number): void {
    const value = encodeLeader({ epoch, address, resigned: false });
    const answer = { kind: 'ha-changed', entry: { key: LEADER_KEY, value, revision: epoch }, revision: epoch } as const;
    this.step({ kind: 'completed', now: this.now, wallTime: 0, request: epoch, answer });
  }

  step(input: Parameters<typeof replacing.step>[1]): void {
    this.#out.clear();
    this.machine.step(this.state, input, this.#out);
    this.machine.checkInvariants(this.state);
    for (const effect of this.#out.effects) {
      if (effect.effect !== 'send') continue;
      this.sent.push(effect.kind);
      this.asked.push(effect.to);
    }
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

describe('a client that looks on', () => {
  const options = withDefaults(clusterOptionTable);
  const looking = scriptedClient({
    address: 'client-1',
    options,
    requests: [{ kind: 'details', jobId: 'words' }, { kind: 'overview' }],
  });
  const refuse = (stage: Stage, status: ToldStatus): void =>
    stage.tell('request-refused', { epoch: 1, jobId: 'words', reason: { kind: 'history-not-kept', status } });

  test('asks the next thing a while later, also where it was refused', () => {
    const stage = new Stage(looking);
    refuse(stage, 'UNKNOWN');
    expect(stage.sent).toEqual(['request-job-details']);
    stage.wake();
    expect(stage.now).toBe(options.clientRetryMs / 4 - 1);
    expect(stage.sent).toEqual(['request-job-details', 'request-cluster-overview']);
  });

  test('asks whoever led before as well', () => {
    const stage = new Stage(looking);
    stage.lead('jm-2', 2);
    expect(stage.asked).toEqual(['jm-1', 'jm-2']);
    stage.tell('request-refused', {
      epoch: 2,
      jobId: 'words',
      reason: { kind: 'history-not-kept', status: 'UNKNOWN' },
    });
    expect(stage.asked).toEqual(['jm-1', 'jm-2', 'jm-1']);
    stage.wake();
    expect(stage.asked).toEqual(['jm-1', 'jm-2', 'jm-1', 'jm-2']);
  });
});
