// The client: finds the leader, submits until accepted, asks until the job is over, and keeps the result.
import { describe, expect, test } from 'vitest';
import type { Failed, Input } from '../../../src/core/base/machine.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import { Outbox, type Effect } from '../../../src/core/base/outbox.ts';
import { client, type ClientRequest, type ClientState } from '../../../src/core/client/client.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { createExecutionTimes, createJobTimes, type JobDetails } from '../../../src/core/protocol/overview.ts';
import type { Bodies, JobLine, Kind, Place } from '../../../src/core/protocol/messages.ts';
import type { ClusterVocabulary, PortAnswer } from '../../../src/core/protocol/ports.ts';
import type { ToldStatus } from '../../../src/core/protocol/states.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { ARTIFACT, JOB, sampleGraph } from '../jobmanager/sample-job.ts';

const options = withDefaults(clusterOptionTable);
const submission: ClientRequest = { kind: 'submit', jobId: JOB, graph: sampleGraph, artifact: ARTIFACT };

const handle = { name: `${JOB}/chk-3/metadata-e1`, sizeBytes: 9, checksum: 7 };

class ClientLab {
  readonly #machine;
  readonly #out = new Outbox<ClusterVocabulary>(true);
  readonly state: ClientState;
  effects: Effect[] = [];
  now = 1_000;

  constructor(request: ClientRequest = submission) {
    this.#machine = client({ address: 'client', options, request });
    this.state = this.#machine.create();
    this.step({ kind: 'start', incarnation: 1 });
  }

  step(input: object): void {
    this.#out.clear();
    this.#machine.step(this.state, { ...input, now: this.now, wallTime: 0 } as Input<ClusterVocabulary>, this.#out);
    this.#machine.checkInvariants(this.state);
    this.effects.push(...this.#out.effects);
  }

  pass(ms: number): void {
    const until = this.now + ms;
    while (this.#machine.wakeAt(this.state) <= until) {
      this.now = this.#machine.wakeAt(this.state);
      this.step({ kind: 'wake' });
    }
    this.now = until;
  }

  /** What was sent since the last time, as `kind to`. */
  sent(): string[] {
    const sent = this.effects
      .filter((effect) => effect.effect === 'send')
      .map((effect) => `${effect.kind} ${effect.to}`);
    this.effects = this.effects.filter((effect) => effect.effect !== 'send');
    return sent;
  }

  /** Ids of the requests of a kind since the start. */
  requests(kind: string): number[] {
    return this.effects.flatMap((effect) =>
      effect.effect === 'request' && (effect.request as { kind: string }).kind === kind ? [effect.id] : [],
    );
  }

  answer(request: number, answer: PortAnswer | Failed): void {
    this.step({ kind: 'completed', request, answer });
  }

  leaderIs(epoch: number, address: string): void {
    const entry = { key: 'leader', value: encodeLeader({ epoch, address, resigned: false }), revision: epoch };
    this.answer(this.requests('ha-watch').at(-1)!, { kind: 'ha-changed', entry, revision: epoch });
  }

  hear<K extends Kind>(from: string, kind: K, body: Bodies[K]): void {
    this.step({ kind: 'message', message: { effect: 'send', streamClass: 'control', from, to: 'client', kind, body } });
  }

  status(status: ToldStatus, epoch = 1, savepointId: string | null = null): void {
    this.hear('jm-1', 'job-status', { epoch, jobId: JOB, status, reason: null, savepointId, retainedCheckpoint: null });
  }
}

const led = (): ClientLab => {
  const lab = new ClientLab();
  lab.leaderIs(1, 'jm-1');
  return lab;
};

const accepted = (): ClientLab => {
  const lab = led();
  lab.hear('jm-1', 'job-accepted', { epoch: 1, jobId: JOB });
  lab.sent();
  return lab;
};

describe('submission', () => {
  test('begins when there is a leader, and is repeated until it is accepted', () => {
    const lab = new ClientLab();
    lab.pass(5_000);
    expect(lab.sent()).toEqual([]);
    lab.leaderIs(1, 'jm-1');
    lab.pass(options.clientRetryMs * 2);
    expect(lab.sent()).toEqual(['submit-job jm-1', 'submit-job jm-1', 'submit-job jm-1']);
    lab.hear('jm-1', 'job-accepted', { epoch: 1, jobId: JOB });
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['request-job-status jm-1']);
  });

  test('goes to a new leader at once', () => {
    const lab = led();
    lab.sent();
    lab.leaderIs(2, 'jm-2');
    expect(lab.sent()).toEqual(['submit-job jm-2']);
  });

  test('that is rejected ends with the reason', () => {
    const lab = led();
    lab.hear('jm-1', 'job-rejected', {
      epoch: 1,
      jobId: JOB,
      reason: { kind: 'graph-invalid', text: 'the job has no sink' },
    });
    expect(lab.state.result).toEqual({
      kind: 'job',
      status: 'FAILED',
      reason: { kind: 'rejected', reason: { kind: 'graph-invalid', text: 'the job has no sink' } },
      savepointId: null,
      retainedCheckpoint: null,
    });
  });

  test('of a job that is over is answered with its result', () => {
    const lab = led();
    lab.status('FINISHED');
    expect(lab.state.result).toEqual({
      kind: 'job',
      status: 'FINISHED',
      reason: null,
      savepointId: null,
      retainedCheckpoint: null,
    });
  });
});

describe('the status', () => {
  test('is asked for again and again, over leader changes, until the job is over; the result stays', () => {
    const lab = accepted();
    lab.status('RUNNING');
    lab.leaderIs(2, 'jm-2');
    lab.status('RUNNING', 2);
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['request-job-status jm-2', 'request-job-status jm-2']);
    lab.status('FINISHED', 2);
    lab.pass(10_000);
    expect(lab.sent()).toEqual([]);
    lab.status('RUNNING', 2);
    expect(lab.state.result).toEqual({
      kind: 'job',
      status: 'FINISHED',
      reason: null,
      savepointId: null,
      retainedCheckpoint: null,
    });
  });

  test('of an epoch that is over is ignored', () => {
    const lab = accepted();
    lab.leaderIs(2, 'jm-2');
    lab.status('FINISHED', 1);
    expect(lab.state.result).toBeNull();
  });

  test('of a job that was accepted, and is unknown now, ends it: it was removed, and is not run again', () => {
    const lab = accepted();
    lab.status('UNKNOWN');
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual([]);
    expect(lab.state.result).toEqual({
      kind: 'job',
      status: 'UNKNOWN',
      reason: null,
      savepointId: null,
      retainedCheckpoint: null,
    });
  });

  test('from a leader that is older than the one that accepted is ignored, whoever is followed', () => {
    const lab = led();
    lab.hear('jm-1', 'job-accepted', { epoch: 3, jobId: JOB });
    lab.status('UNKNOWN', 2);
    expect(lab.state.result).toBeNull();
  });

  test('of another job is ignored', () => {
    const lab = accepted();
    lab.hear('jm-1', 'job-status', {
      epoch: 1,
      jobId: 'other',
      status: 'FINISHED',
      reason: null,
      savepointId: null,
      retainedCheckpoint: null,
    });
    expect(lab.state.result).toBeNull();
  });
});

describe('a client that asks', () => {
  const asking = (request: ClientRequest): ClientLab => {
    const lab = new ClientLab(request);
    lab.leaderIs(1, 'jm-1');
    return lab;
  };
  const lineOf = (jobId: string, number: number): JobLine => {
    const shown = { name: jobId, changedAt: 0, tasks: createExecutionTimes() };
    return { jobId, submitted: { epoch: 1, number, at: 0 }, status: 'RUNNING', reason: null, endedAt: null, ...shown };
  };
  const placeOf = (jobId: string, number: number): Place => ({ epoch: 1, number, jobId });

  test('how a job stands is done with one answer', () => {
    const lab = asking({ kind: 'status', jobId: JOB });
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['request-job-status jm-1', 'request-job-status jm-1']);
    lab.status('RUNNING');
    expect(lab.state.result).toEqual({
      kind: 'job',
      status: 'RUNNING',
      reason: null,
      savepointId: null,
      retainedCheckpoint: null,
    });
    lab.pass(5_000);
    expect(lab.sent()).toEqual([]);
  });

  test('for the removal of a job repeats that until nothing is left of the job', () => {
    const lab = asking({ kind: 'remove', jobId: JOB });
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['remove-job jm-1', 'remove-job jm-1']);
    lab.status('FINISHED');
    expect(lab.state.result).toBeNull();
    lab.status('UNKNOWN');
    expect(lab.state.result).toEqual({
      kind: 'job',
      status: 'UNKNOWN',
      reason: null,
      savepointId: null,
      retainedCheckpoint: null,
    });
  });

  test('for something that is refused knows why', () => {
    const lab = asking({ kind: 'remove', jobId: JOB });
    lab.hear('jm-1', 'request-refused', { epoch: 1, jobId: JOB, reason: { kind: 'job-not-over', status: 'RUNNING' } });
    expect(lab.state.result).toEqual({ kind: 'refused', reason: { kind: 'job-not-over', status: 'RUNNING' } });
  });

  test('for a savepoint repeats that until it is durable', () => {
    const lab = asking({ kind: 'savepoint', jobId: JOB, savepointId: 's-1' });
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['trigger-savepoint jm-1', 'trigger-savepoint jm-1']);
    const told = { epoch: 1, jobId: JOB, savepointId: 's-1', status: 'COMPLETED', metadata: handle } as const;
    lab.hear('jm-1', 'savepoint-status', { ...told, savepointId: 's-2' });
    lab.hear('jm-1', 'savepoint-status', { ...told, status: 'IN_PROGRESS', metadata: null });
    expect(lab.state.result).toBeNull();
    lab.hear('jm-1', 'savepoint-status', told);
    expect(lab.state.result).toEqual({ kind: 'savepoint', status: 'COMPLETED', metadata: handle });
  });

  test('how a savepoint stands is done with one answer, for its disposal when it is gone', () => {
    const told = { epoch: 1, jobId: JOB, savepointId: 's-1', status: 'COMPLETED', metadata: handle } as const;
    const status = asking({ kind: 'savepoint-status', jobId: JOB, savepointId: 's-1' });
    status.hear('jm-1', 'savepoint-status', told);
    expect(status.sent()).toEqual(['request-savepoint-status jm-1']);
    expect(status.state.result).toMatchObject({ status: 'COMPLETED' });
    const disposal = asking({ kind: 'dispose', jobId: JOB, savepointId: 's-1' });
    disposal.hear('jm-1', 'savepoint-status', told);
    expect(disposal.sent()).toEqual(['dispose-savepoint jm-1']);
    expect(disposal.state.result).toBeNull();
    disposal.hear('jm-1', 'savepoint-status', { ...told, status: 'UNKNOWN', metadata: null });
    expect(disposal.state.result).toMatchObject({ status: 'UNKNOWN' });
  });

  test('for a checkpoint now is repeated until it is completed', () => {
    const lab = asking({ kind: 'take-checkpoint', jobId: JOB, triggerId: 't-1' });
    const told = { epoch: 1, jobId: JOB, triggerId: 't-1', status: 'COMPLETED', checkpointId: 7 } as const;
    lab.hear('jm-1', 'checkpoint-status', { ...told, status: 'UNKNOWN', checkpointId: null });
    lab.hear('jm-1', 'checkpoint-status', { ...told, triggerId: 'another' });
    expect(lab.state.result).toBeNull();
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['take-checkpoint jm-1', 'take-checkpoint jm-1']);
    lab.hear('jm-1', 'checkpoint-status', told);
    expect(lab.state.result).toEqual({
      kind: 'taken',
      jobId: JOB,
      triggerId: 't-1',
      status: 'COMPLETED',
      checkpointId: 7,
    });
    const status = asking({ kind: 'checkpoint-status', jobId: JOB, triggerId: 't-1' });
    status.hear('jm-1', 'checkpoint-status', { ...told, status: 'IN_PROGRESS', checkpointId: null });
    expect(status.sent()).toEqual(['request-checkpoint-status jm-1']);
    expect(status.state.result).toMatchObject({ kind: 'taken', status: 'IN_PROGRESS' });
  });

  test('for a savepoint and the end of its job is that for one, and then for the other', () => {
    const lab = asking({ kind: 'savepoint-and-cancel', jobId: JOB, savepointId: 's-1' });
    const saved = { epoch: 1, jobId: JOB, savepointId: 's-1', status: 'COMPLETED', metadata: handle } as const;
    const told = { epoch: 1, jobId: JOB, reason: null, savepointId: null, retainedCheckpoint: null } as const;
    lab.hear('jm-1', 'job-status', { ...told, status: 'CANCELED' }); // it was not asked for that
    lab.hear('jm-1', 'savepoint-status', { ...saved, status: 'IN_PROGRESS', metadata: null });
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['trigger-savepoint jm-1', 'trigger-savepoint jm-1']);
    lab.hear('jm-1', 'savepoint-status', saved);
    lab.hear('jm-1', 'savepoint-status', saved);
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['cancel-job jm-1', 'cancel-job jm-1']);
    lab.hear('jm-1', 'job-status', { ...told, status: 'CANCELLING' });
    expect([lab.state.phase, lab.state.result]).toEqual(['WAITING', null]);
    lab.hear('jm-1', 'job-status', { ...told, status: 'CANCELED' });
    expect(lab.state.result).toMatchObject({ kind: 'job', status: 'CANCELED' });
  });

  test('for a savepoint and the end of its job leaves the job alone where there is no savepoint', () => {
    const lab = asking({ kind: 'savepoint-and-cancel', jobId: JOB, savepointId: 's-1' });
    const reason = { kind: 'savepoint-failed', reason: { kind: 'job-restarts' } } as const;
    lab.hear('jm-1', 'request-refused', { epoch: 1, jobId: JOB, reason });
    expect(lab.state.result).toEqual({ kind: 'refused', reason });
    expect(lab.sent()).toEqual(['trigger-savepoint jm-1']);
  });

  test('for checkpoints, and for exceptions, is done with one answer', () => {
    const counts = { completed: 3, failed: 1, inProgress: 1, restored: 0 };
    const told = {
      jobId: JOB,
      counts,
      latestCompleted: null,
      latestSavepoint: null,
      latestFailed: null,
      latestRestored: null,
      history: [],
    };
    const checkpoints = asking({ kind: 'checkpoints', jobId: JOB });
    checkpoints.hear('jm-1', 'job-checkpoints', { epoch: 1, ...told, jobId: 'other' });
    expect(checkpoints.state.result).toBeNull();
    checkpoints.hear('jm-1', 'job-checkpoints', { epoch: 1, ...told });
    expect(checkpoints.sent()).toEqual(['request-job-checkpoints jm-1']);
    expect(checkpoints.state.result).toEqual({ kind: 'checkpoints', ...told });
    const exceptions = asking({ kind: 'exceptions', jobId: JOB, max: 1 });
    exceptions.hear('jm-1', 'job-exceptions', { epoch: 1, jobId: JOB, max: 1, exceptions: [], truncated: true });
    expect(exceptions.sent()).toEqual(['request-job-exceptions jm-1']);
    expect(exceptions.state.result).toEqual({ kind: 'exceptions', jobId: JOB, exceptions: [], truncated: true });
  });

  test('for a job, a checkpoint and the cluster is done with one answer', () => {
    const details: JobDetails = {
      jobId: JOB,
      name: 'words',
      submitted: { epoch: 1, number: 1, at: 5 },
      status: 'RUNNING',
      reason: null,
      endedAt: null,
      maxParallelism: 128,
      restart: null,
      times: createJobTimes(),
      vertices: [],
      subtasks: [],
    };
    const job = asking({ kind: 'details', jobId: JOB });
    job.hear('jm-1', 'job-details', { epoch: 1, ...details, jobId: 'other' });
    expect(job.state.result).toBeNull();
    job.hear('jm-1', 'job-details', { epoch: 1, ...details });
    expect(job.sent()).toEqual(['request-job-details jm-1']);
    expect(job.state.result).toEqual({ kind: 'details', ...details });

    const checkpoint = asking({ kind: 'checkpoint', jobId: JOB, checkpointId: 3 });
    checkpoint.hear('jm-1', 'checkpoint-details', { epoch: 1, jobId: JOB, checkpointId: 3, checkpoint: null });
    expect(checkpoint.sent()).toEqual(['request-checkpoint-details jm-1']);
    expect(checkpoint.state.result).toEqual({ kind: 'checkpoint', jobId: JOB, checkpointId: 3, checkpoint: null });

    const cluster = asking({ kind: 'overview' });
    const jobs = { running: 1, finished: 0, canceled: 0, failed: 0 };
    cluster.hear('jm-1', 'cluster-overview', { epoch: 1, leader: 'jm-1', jobs, taskManagers: [] });
    expect(cluster.sent()).toEqual(['request-cluster-overview jm-1']);
    expect(cluster.state.result).toEqual({ kind: 'overview', epoch: 1, leader: 'jm-1', jobs, taskManagers: [] });
  });

  test('for a drain repeats that until it is durable, then asks until nothing is held, or it is taken back', () => {
    const told = (status: Bodies['drain-status']['status'], taskManager = 'tm-1') =>
      ({ epoch: 1, taskManager, status, reason: null }) as const;
    const lab = asking({ kind: 'drain', taskManager: 'tm-1' });
    lab.pass(options.clientRetryMs);
    lab.hear('jm-1', 'drain-status', told('DRAINED', 'tm-2'));
    lab.hear('jm-1', 'drain-status', told('DRAINING'));
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['drain-task-manager jm-1', 'drain-task-manager jm-1', 'request-drain-status jm-1']);
    expect(lab.state.result).toBeNull();
    lab.hear('jm-1', 'drain-status', told('IN_SERVICE'));
    expect(lab.state.result).toEqual({ kind: 'drain', taskManager: 'tm-1', status: 'IN_SERVICE', reason: null });
  });

  test('to take a drain back repeats that until it is durable; how one stands is done with one answer', () => {
    const told = { epoch: 1, taskManager: 'tm-1', status: 'DRAINED', reason: null } as const;
    const undrain = asking({ kind: 'undrain', taskManager: 'tm-1' });
    undrain.hear('jm-1', 'drain-status', told);
    undrain.pass(options.clientRetryMs);
    expect(undrain.sent()).toEqual(['undrain-task-manager jm-1', 'undrain-task-manager jm-1']);
    undrain.hear('jm-1', 'drain-status', { ...told, status: 'IN_SERVICE' });
    expect(undrain.state.result).toMatchObject({ status: 'IN_SERVICE' });
    const status = asking({ kind: 'drain-status', taskManager: 'tm-1' });
    status.hear('jm-1', 'drain-status', told);
    expect(status.sent()).toEqual(['request-drain-status jm-1']);
    expect(status.state.result).toMatchObject({ status: 'DRAINED' });
  });

  test('for all jobs reads page by page, each once, over leader changes', () => {
    const lab = asking({ kind: 'list' });
    const first = { after: null, jobs: [lineOf('a', 1)], next: placeOf('a', 1) };
    lab.hear('jm-1', 'job-list', { epoch: 1, ...first });
    lab.hear('jm-1', 'job-list', { epoch: 1, ...first });
    lab.leaderIs(2, 'jm-2');
    expect(lab.sent()).toEqual(['request-jobs jm-1', 'request-jobs jm-1', 'request-jobs jm-2']);
    lab.hear('jm-2', 'job-list', { epoch: 2, after: placeOf('a', 1), jobs: [lineOf('b', 2)], next: null });
    expect(lab.state.result).toEqual({ kind: 'jobs', jobs: [lineOf('a', 1), lineOf('b', 2)] });
  });
});

describe('the leader key', () => {
  test('is watched again after a failure', () => {
    const lab = new ClientLab();
    lab.answer(lab.requests('ha-watch')[0]!, { kind: 'failed', outcome: 'unknown', reason: { kind: 'disconnected' } });
    lab.pass(options.requestRetryMs);
    expect(lab.requests('ha-watch')).toHaveLength(2);
  });

  test('is read while nobody answers, in case the watch was lost', () => {
    const lab = led();
    lab.pass(options.clientRetryMs);
    const entry = { key: 'leader', value: encodeLeader({ epoch: 2, address: 'jm-2', resigned: false }), revision: 2 };
    lab.sent();
    lab.answer(lab.requests('ha-read')[0]!, { kind: 'ha-entries', entries: [entry], revision: 2 });
    expect(lab.sent()).toEqual(['submit-job jm-2']);
  });

  test.each([
    ['an older epoch', encodeLeader({ epoch: 1, address: 'jm-9', resigned: false })],
    ['bytes that are no record', new Uint8Array([1, 2, 3])],
  ])('with %s changes nothing', (_, value) => {
    const lab = new ClientLab();
    lab.leaderIs(2, 'jm-2');
    lab.sent();
    lab.answer(lab.requests('ha-watch').at(-1)!, {
      kind: 'ha-changed',
      entry: { key: 'leader', value, revision: 3 },
      revision: 3,
    });
    expect(lab.state.watch.leader).toEqual({ epoch: 2, address: 'jm-2' });
    expect(lab.sent()).toEqual([]);
  });
});

describe('a cancellation', () => {
  const cancelling = (): ClientLab => {
    const lab = new ClientLab({ kind: 'cancel', jobId: JOB });
    lab.leaderIs(1, 'jm-1');
    return lab;
  };

  test('is asked for until it is durable, then the end of the job is', () => {
    const lab = cancelling();
    expect(lab.sent()).toEqual(['cancel-job jm-1']);
    lab.status('RUNNING');
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['cancel-job jm-1']);
    lab.status('CANCELLING');
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['request-job-status jm-1']);
    lab.status('CANCELED');
    expect(lab.state).toMatchObject({ phase: 'DONE', result: { status: 'CANCELED' } });
  });

  test('of a job that finished meanwhile comes too late', () => {
    const lab = cancelling();
    lab.status('FINISHED');
    expect(lab.state).toMatchObject({ phase: 'DONE', result: { status: 'FINISHED' } });
  });

  test('of a job that nobody knows changes nothing', () => {
    const lab = cancelling();
    lab.status('UNKNOWN');
    expect(lab.state).toMatchObject({ phase: 'DONE', result: { status: 'UNKNOWN' } });
    lab.pass(10 * options.clientRetryMs);
    expect(lab.sent()).toEqual(['cancel-job jm-1']);
  });
});

describe('a stop', () => {
  const stopping = (): ClientLab => {
    const lab = new ClientLab({ kind: 'stop', jobId: JOB, savepointId: 's-1', drain: true });
    lab.leaderIs(1, 'jm-1');
    return lab;
  };

  test('is asked for until it is durable, then the end of the job is', () => {
    const lab = stopping();
    expect(lab.sent()).toEqual(['stop-job jm-1']);
    lab.status('RUNNING');
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['stop-job jm-1']);
    lab.status('RUNNING', 1, 's-1');
    lab.pass(options.clientRetryMs);
    expect(lab.sent()).toEqual(['request-job-status jm-1']);
    lab.status('FINISHED', 1, 's-1');
    expect(lab.state.result).toEqual({
      kind: 'job',
      status: 'FINISHED',
      reason: null,
      savepointId: 's-1',
      retainedCheckpoint: null,
    });
  });

  test('that is overridden by a cancellation ends with that', () => {
    const lab = stopping();
    lab.status('RUNNING', 1, 's-1');
    lab.status('CANCELLING');
    expect(lab.state.phase).toBe('WAITING');
    lab.status('CANCELED');
    expect(lab.state.result).toMatchObject({ status: 'CANCELED', savepointId: null });
  });

  test('that is refused is over', () => {
    const lab = stopping();
    const reason = { kind: 'stop-wanted', savepointId: 's-2', drain: false } as const;
    lab.hear('jm-1', 'request-refused', { epoch: 1, jobId: JOB, reason });
    expect(lab.state.result).toEqual({ kind: 'refused', reason });
  });
});
