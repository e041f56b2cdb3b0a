// O-life: cancellations that nobody wanted, output that a job's end lacks or leaves, and clients that are told what is not so.
import { createExecutionTimes, createJobTimes } from '../../../src/core/protocol/overview.ts';
import type { ProcessDeath } from '../../../src/core/protocol/ids.ts';
import { describe, expect, test } from 'vitest';
import { jobKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import type { WantedState } from '../../../src/core/protocol/ha-records.ts';
import { encodeJob, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import type { Bodies, JobLine } from '../../../src/core/protocol/messages.ts';
import type { JobReason, TaskReason } from '../../../src/core/protocol/reasons.ts';
import type { EndStatus, ToldStatus } from '../../../src/core/protocol/states.ts';
import type { Observation } from '../../../src/sim/observation.ts';
import type { OracleContext } from '../../../src/sim/oracles/context.ts';
import { workFolderService } from '../../../src/sim/cluster/services/work-folder.ts';
import { lifeOracle } from '../../../src/sim/oracles/life.ts';
import { History, type Writer } from './history.ts';
import {
  contextOf,
  counting,
  JOB,
  putMetadata,
  putSnapshots,
  subtasksOf,
  writePointers,
  type CheckpointPlan,
} from './small-job.ts';
import { ENDED, SUBMITTED } from '../../core/jobmanager/sample-job.ts';

const context = contextOf(counting);
const covered = `${JOB}/out/0/chk-0/e1-a1`;
const uncovered = `${JOB}/out/0/chk-1/e1-a1`;
const writer: Writer = { sink: 'counts', writer: `${JOB}/out/0`, token: { epoch: 1, attempt: 1 } };
const plan: CheckpointPlan = {
  id: 1,
  epoch: 1,
  attempt: 1,
  positions: [1, 1],
  transactions: (subtask) => (subtask === 0 ? [{ checkpointId: 1, transaction: covered }] : []),
};

const storeJob = (history: History, wanted: WantedState = { kind: 'RUNNING' }): void =>
  history.writeHa(
    'jm-1',
    jobKey(JOB),
    encodeJob({
      jobId: JOB,
      submitted: SUBMITTED,
      graph: context.graph,
      artifact: 'artifact',
      restore: null,
      parallelism: [],
      wanted,
    }),
    1,
  );
const end = (history: History, status: EndStatus, clean = false, reason: JobReason | null = null): void =>
  history.writeHa('jm-1', resultKey(JOB), encodeResult({ jobId: JOB, ...ENDED, status, reason, clean }), 1);
const tell = (history: History, status: ToldStatus, epoch = 1): void =>
  history.send('jm-1', 'client', 'job-status', {
    epoch,
    jobId: JOB,
    status,
    reason: null,
    savepointId: null,
    retainedCheckpoint: null,
  });

const THREW: TaskReason = {
  kind: 'user-code',
  operator: 'count',
  function: 'map',
  given: '7',
  text: 'it threw',
  stack: null,
};
/** A TaskManager tells the leader that a task of this attempt failed. */
const fail = (history: History, attempt: number, reason: TaskReason | null = THREW, epoch = 1): void =>
  history.send('tm-1', 'jm-1', 'task-state-changed', {
    epoch,
    incarnation: 1,
    attempt: { jobId: JOB, vertex: 0, subtask: 0, attempt },
    state: 'FAILED',
    reason,
  });
const failThrice = (history: History): void => {
  for (const attempt of [1, 2, 3]) fail(history, attempt);
};

/** A job with one completed checkpoint, whose output is prepared. */
function running(given: Partial<OracleContext> = {}): History {
  const history = new History(lifeOracle({ ...context, ...given }));
  history.lead('jm-1', 1);
  storeJob(history);
  history.openSink('tm-1', writer, []);
  history.prepare('tm-1', writer, covered, []);
  const pointer = putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan)));
  writePointers(history, 1, [pointer]);
  return history;
}

/** A client wants its end, and that is durable. */
function unwanted(): History {
  const history = running();
  history.send('client', 'jm-1', 'cancel-job', { jobId: JOB });
  storeJob(history, { kind: 'CANCELED' });
  return history;
}

test('passes: wanted, durable, told, committed, over, and told again', () => {
  const history = unwanted();
  tell(history, 'CANCELLING');
  history.commit('tm-1', writer, covered);
  end(history, 'CANCELED');
  history.commit('tm-1', writer, covered); // again: it was there
  end(history, 'CANCELED', true);
  tell(history, 'CANCELED');
  expect(history.finish()).toEqual([]);
});

describe('a cancellation is a violation', () => {
  test('if no client asked for it', () => {
    const history = running();
    storeJob(history, { kind: 'CANCELED' });
    history.commit('tm-1', writer, covered);
    end(history, 'CANCELED');
    expect(history.rules).toEqual(['cancelled-unasked']);
  });

  test('if the wish was not durable', () => {
    const history = running();
    history.send('client', 'jm-1', 'cancel-job', { jobId: JOB });
    history.commit('tm-1', writer, covered);
    end(history, 'CANCELED');
    expect(history.rules).toEqual(['cancelled-unwanted']);
  });

  test('if a client is told of it before', () => {
    const history = running();
    history.send('client', 'jm-1', 'cancel-job', { jobId: JOB });
    tell(history, 'CANCELLING');
    expect(history.rules).toEqual(['cancelling-before-durable']);
  });
});

const endingAs = (status: EndStatus): History => {
  const history = unwanted();
  if (status === 'FAILED') failThrice(history);
  return history;
};

describe.each<EndStatus>(['CANCELED', 'FAILED'])('the output of a job that is %s', (status) => {
  test('is that of its latest checkpoint, whole', () => {
    const history = endingAs(status);
    history.sinks.get('counts')?.prepared.clear();
    end(history, status);
    expect(history.rules).toEqual(['output-missing']);
  });

  test('leaves no transaction behind', () => {
    const history = endingAs(status);
    history.commit('tm-1', writer, covered);
    history.prepare('tm-1', writer, uncovered, []);
    end(history, status);
    expect(history.rules).toEqual(['output-left']);
  });

  test('does not grow', () => {
    const history = endingAs(status);
    history.commit('tm-1', writer, covered);
    end(history, status);
    history.prepare('tm-1', writer, uncovered, []);
    history.commit('tm-1', writer, uncovered);
    expect(history.rules).toEqual(['committed-after-end']);
  });
});

describe('FAILED', () => {
  const failed = (given: Partial<OracleContext>, before: (history: History) => void): readonly string[] => {
    const history = running(given);
    history.commit('tm-1', writer, covered);
    before(history);
    end(history, 'FAILED');
    return history.rules;
  };

  test('is right behind enough failures of its own, however often a task tells of one', () => {
    expect(failed({}, failThrice)).toEqual([]);
    const repeated = (history: History): void => [1, 1, 1, 2, 2].forEach((attempt) => fail(history, attempt));
    expect(failed({}, repeated)).toEqual(['failed-without-cause']);
  });

  test('is a violation where processes and services were lost, and nothing else', () => {
    const lost = (history: History): void => {
      for (const attempt of [1, 2, 3, 4]) fail(history, attempt, { kind: 'connection-lost', peer: 'tm-2' });
      fail(history, 5, null);
    };
    expect(failed({}, lost)).toEqual(['failed-without-cause']);
  });

  test('is right behind any failure under an explicit strategy', () => {
    expect(failed({ graph: { ...context.graph, restart: { kind: 'none' } } }, () => undefined)).toEqual([]);
  });

  test('is right at once where no attempt can help', () => {
    const reason: TaskReason = {
      kind: 'artifact-refused',
      artifact: 'a',
      reason: { kind: 'artifact-unnamed', hash: 'a' },
    };
    expect(failed({}, (history) => fail(history, 1, reason))).toEqual([]);
  });

  test('is right where its slots are missing, which is no failure', () => {
    const history = running();
    history.commit('tm-1', writer, covered);
    const reason = { kind: 'slots-missing', needed: 3, held: 1, free: 1, total: 2 } as const;
    history.nowMs += context.options.slotWaitTimeoutMs;
    end(history, 'FAILED', false, reason);
    expect(history.rules).toEqual([]);
  });

  test('counts under one leader alone', () => {
    const twoLeaders = (history: History): void => {
      for (const attempt of [1, 2]) fail(history, attempt);
      history.lead('jm-2', 2);
      fail(history, 1, THREW, 2);
      fail(history, 3); // told to the leader of the past
    };
    expect(failed({}, twoLeaders)).toEqual(['failed-without-cause']);
  });

  test('is what a job must be whose own code fails', () => {
    const history = running({ ends: 'FAILED' });
    history.commit('tm-1', writer, covered);
    end(history, 'FINISHED');
    expect(history.rules).toEqual(['finished-in-spite']);
  });
});

describe('code of the job that ends a TaskManager', () => {
  const death = (attempt: number, epoch = 1): ProcessDeath => {
    return {
      epoch,
      attempt: { jobId: JOB, vertex: 0, subtask: 0, attempt },
      operator: 'map',
      record: 1,
      how: 'exited',
    };
  };
  const write = (history: History, said: ProcessDeath | null): void => {
    const request = { kind: 'death-write', death: said };
    history.observe({
      kind: 'applied',
      node: 'tm-1',
      request,
      answer: { kind: 'death-written' },
    } as unknown as Observation);
  };
  const register = (history: History, said: ProcessDeath | null, epoch = 1): void =>
    history.send('tm-1', 'jm-1', 'register-task-manager', { epoch, incarnation: 2, slots: 1, death: said });

  test('fails an attempt of its own, once', () => {
    const history = running();
    history.commit('tm-1', writer, covered);
    for (const attempt of [1, 2, 3]) {
      write(history, death(attempt));
      register(history, death(attempt));
      register(history, death(attempt));
    }
    end(history, 'FAILED');
    expect(history.rules).toEqual([]);
  });

  test('counts not for the next leader', () => {
    const history = running();
    history.commit('tm-1', writer, covered);
    history.lead('jm-2', 2);
    for (const attempt of [1, 2, 3]) {
      write(history, death(attempt));
      register(history, death(attempt), 2);
    }
    end(history, 'FAILED');
    expect(history.rules).toEqual(['failed-without-cause']);
  });

  test('must be told by the next process there', () => {
    const history = running();
    write(history, death(1));
    register(history, null);
    expect(history.rules).toEqual(['death-untold']);
  });

  /** The power of its host fails, and its folder is left with this note. */
  const losePower = (history: History, left: ProcessDeath | null): void => {
    const folder = workFolderService();
    const caller = { node: 'tm-1', incarnation: 1, request: 1 };
    folder.apply(history.workFolders, { kind: 'death-write', death: left }, caller, 0);
    history.observe({ kind: 'torn', node: 'tm-1', service: 'work-folder', lost: 'something' });
  };

  test('need not be told where the note was lost with the power', () => {
    const history = running();
    write(history, death(1));
    losePower(history, null);
    register(history, null);
    expect(history.rules).toEqual([]);
  });

  test('is told again where a note that was removed is there again, and no other', () => {
    const history = running();
    write(history, death(1));
    register(history, death(1));
    write(history, null);
    losePower(history, death(1));
    register(history, death(1));
    expect(history.rules).toEqual([]);
    register(history, death(2));
    expect(history.rules).toEqual(['death-invented']);
    const silent = running();
    write(silent, null);
    losePower(silent, death(1));
    register(silent, null);
    expect(silent.rules).toEqual(['death-untold']);
  });

  test('must not be told where it did not happen', () => {
    const history = running();
    write(history, death(1));
    register(history, death(2));
    write(history, null);
    register(history, death(1));
    expect(history.rules).toEqual(['death-invented', 'death-invented']);
  });
});

describe('a job that fails by itself', () => {
  test('is not restarted without end', () => {
    const history = running();
    for (const attempt of [1, 2, 3]) fail(history, attempt);
    expect(history.rules).toEqual([]);
    fail(history, 4);
    expect(history.rules).toEqual(['restarts-without-end']);
  });

  test('may be restarted for longer where faults strike, and when it fails in another way or seldom', () => {
    const history = running();
    for (const attempt of [1, 2, 3]) fail(history, attempt);
    fail(history, 4, { ...THREW, text: 'it threw otherwise' });
    for (const attempt of [5, 6]) fail(history, attempt);
    history.observe({ kind: 'stopped', node: 'tm-1', why: 'a crash' } as unknown as Observation);
    for (const attempt of [7, 8, 9]) fail(history, attempt);
    history.nowMs += 3_600_000;
    for (const attempt of [10, 11, 12]) fail(history, attempt);
    expect(history.rules).toEqual([]);
  });
});

describe('a client that looks at a job', () => {
  const shown = (history: History, status: EndStatus | 'RUNNING' | 'CANCELLING', changed: object = {}): void =>
    history.send('jm-1', 'client', 'job-details', {
      epoch: 1,
      jobId: JOB,
      name: 'counting',
      submitted: SUBMITTED,
      status,
      reason: null,
      endedAt: null,
      maxParallelism: 1,
      restart: null,
      times: createJobTimes(),
      vertices: [],
      subtasks: [],
      ...changed,
    });
  const refused = (history: History, status: ToldStatus): void =>
    history.send('jm-1', 'client', 'request-refused', {
      epoch: 1,
      jobId: JOB,
      reason: { kind: 'history-not-kept', status },
    });

  test.each<[string, readonly string[], (history: History) => void]>([
    ['is shown it as it is', [], (history) => shown(history, 'RUNNING')],
    ['is not shown an end before it is durable', ['end-before-durable'], (history) => shown(history, 'FINISHED')],
    ['is not shown a wish before that', ['cancelling-before-durable'], (history) => shown(history, 'CANCELLING')],
    [
      'is shown its place',
      ['place-changed'],
      (history) => shown(history, 'RUNNING', { submitted: { epoch: 1, number: 7, at: 0 } }),
    ],
    ['may hear that nothing of it is kept', [], (history) => refused(history, 'RUNNING')],
    ['does not hear that there is no such job', ['denied'], (history) => refused(history, 'UNKNOWN')],
  ])('%s', (_, rules, tellIt) => {
    const history = running();
    tellIt(history);
    expect(history.rules).toEqual(rules);
  });
});

describe('a client', () => {
  test('is not told that a stored job is unknown, but by a leader of the past', () => {
    const history = running();
    tell(history, 'UNKNOWN', 0);
    expect(history.rules).toEqual([]);
    tell(history, 'UNKNOWN');
    expect(history.rules).toEqual(['denied']);
  });

  test('is told the end that the result says', () => {
    const history = unwanted();
    history.commit('tm-1', writer, covered);
    end(history, 'CANCELED');
    tell(history, 'FINISHED');
    expect(history.rules).toEqual(['another-end']);
  });
});

describe('a list', () => {
  const lineOf = (given: Partial<JobLine> = {}): JobLine => {
    const shown = { name: 'words', changedAt: 0, tasks: createExecutionTimes() };
    return { jobId: JOB, submitted: SUBMITTED, status: 'RUNNING', reason: null, endedAt: null, ...shown, ...given };
  };
  const list = (history: History, jobs: readonly JobLine[], given: Partial<Bodies['job-list']> = {}): void =>
    history.send('jm-1', 'client', 'job-list', { epoch: 1, after: null, jobs, next: null, ...given });
  const accepted = (): History => {
    const history = running();
    history.send('jm-1', 'client', 'job-accepted', { epoch: 1, jobId: JOB });
    return history;
  };

  test('passes: it has the job, or ends before it, or is of a leader of the past', () => {
    const history = accepted();
    list(history, [lineOf()]);
    list(history, [lineOf({ jobId: 'other', submitted: { epoch: 0, number: 1, at: 0 } }), lineOf()]);
    list(history, [], { next: { epoch: 0, number: 9, jobId: 'z' } });
    list(history, [], { after: { epoch: 1, number: 1, jobId: JOB } });
    list(history, [], { epoch: 0 });
    expect(history.finish()).toEqual([]);
  });

  test.each<[string, readonly JobLine[], Partial<Bodies['job-list']>, string[]]>([
    ['lacks a job that was accepted', [], {}, ['not-listed']],
    ['lacks it on its page', [], { after: { epoch: 0, number: 9, jobId: 'z' } }, ['not-listed']],
    ['has it twice', [lineOf(), lineOf()], {}, ['listed-twice']],
    ['has it at another place', [lineOf({ submitted: { epoch: 1, number: 2, at: 0 } })], {}, ['place-changed']],
    [
      'has it before one that came first',
      [lineOf(), lineOf({ jobId: 'other', submitted: { epoch: 0, number: 1, at: 0 } })],
      {},
      ['list-out-of-order'],
    ],
    ['has a state that is not durable', [lineOf({ status: 'CANCELLING' })], {}, ['cancelling-before-durable']],
    [
      'has an end before it is durable',
      [lineOf({ status: 'FINISHED', endedAt: 7 })],
      {},
      ['end-before-durable', 'another-end'],
    ],
  ])('is a violation if it %s', (_, jobs, given, rules) => {
    const history = accepted();
    list(history, jobs, given);
    expect(history.rules).toEqual(rules);
  });

  test('is a violation if it has a job that is not stored', () => {
    const history = new History(lifeOracle(context));
    history.lead('jm-1', 1);
    list(history, [lineOf({ submitted: { epoch: 0, number: 0, at: 0 } })]);
    expect(history.rules).toEqual(['listed-before-durable']);
  });
});

describe('a job of the past', () => {
  const over = (clean = true): History => {
    const history = unwanted();
    history.commit('tm-1', writer, covered);
    end(history, 'CANCELED');
    history.writeHa('jm-1', jobKey(JOB), null, 1);
    if (clean) end(history, 'CANCELED', true);
    return history;
  };
  const remove = (history: History): void => history.writeHa('jm-1', resultKey(JOB), null, 1);
  const ask = (history: History): void => history.send('client', 'jm-1', 'remove-job', { jobId: JOB });

  test('passes: a client asks, it is removed, and unknown', () => {
    const history = over();
    ask(history);
    tell(history, 'CANCELED');
    remove(history);
    tell(history, 'UNKNOWN');
    expect(history.finish()).toEqual([]);
  });

  test('need not be listed any more, nor need it be missing, as soon as it is removed', () => {
    const history = over();
    ask(history);
    tell(history, 'CANCELED');
    remove(history);
    tell(history, 'CANCELED'); // the leader has not heard of it yet
    history.send('jm-1', 'client', 'job-list', { epoch: 1, after: null, jobs: [], next: null });
    expect(history.rules).toEqual([]);
  });

  test('is listed as long as it is kept', () => {
    const history = over();
    tell(history, 'CANCELED');
    history.send('jm-1', 'client', 'job-list', { epoch: 1, after: null, jobs: [], next: null });
    expect(history.rules).toEqual(['not-listed']);
  });

  test('is not denied before it is removed', () => {
    const history = over();
    ask(history);
    tell(history, 'UNKNOWN');
    expect(history.rules).toEqual(['denied']);
  });

  test('is not removed before it is clean', () => {
    const history = over(false);
    ask(history);
    remove(history);
    expect(history.rules).toEqual(['removed-unclean']);
  });

  test('is not removed without need', () => {
    const history = over();
    remove(history);
    expect(history.rules).toEqual(['removed-early']);
  });

  /** So many other results are kept, and one of those goes as the leader asks for this removal, or before. */
  const crowded = (others: number, act: (history: History, one: () => void, askFor: () => void) => void): History => {
    const history = over();
    const result = encodeResult({ jobId: 'other', ...ENDED, status: 'FINISHED', reason: null, clean: true });
    for (let other = 0; other < others; other++) history.writeHa('jm-1', resultKey(`other-${other}`), result, 1);
    const request = { kind: 'ha-write', key: resultKey(JOB), value: null, ifRevision: 1, ifEpoch: 1 } as const;
    act(
      history,
      () => history.writeHa('jm-1', resultKey('other-0'), null, 1),
      () => history.request('jm-1', 9, request),
    );
    remove(history);
    return history;
  };

  test('is removed as it was needed when its leader asked, whatever is removed meanwhile', () => {
    const { retainedResults } = context.options;
    const late = crowded(retainedResults, (_, removeOther, askFor) => {
      askFor();
      removeOther();
      askFor();
    });
    expect(late.rules).toEqual([]);
    const early = crowded(retainedResults, (_, removeOther, askFor) => {
      removeOther();
      askFor();
    });
    expect(early.rules).toEqual(['removed-early']);
    const ofAnother = crowded(retainedResults, (history, removeOther, askFor) => {
      askFor();
      history.lead('jm-1', 2);
      removeOther();
    });
    expect(ofAnother.rules).toEqual(['removed-early']);
  });
});

test('a job that fails for want of slots has waited long enough', () => {
  const reason = { kind: 'slots-missing', needed: 4, held: 0, free: 0, total: 2 } as const;
  const failAfter = (ms: number): readonly string[] => {
    const history = running();
    history.commit('tm-1', writer, covered);
    history.nowMs += ms;
    const result = encodeResult({ jobId: JOB, ...ENDED, status: 'FAILED', reason, clean: false });
    history.writeHa('jm-1', resultKey(JOB), result, 1);
    return history.rules;
  };
  expect(failAfter(context.options.slotWaitTimeoutMs - 1)).toEqual(['slots-given-up-early']);
  expect(failAfter(context.options.slotWaitTimeoutMs)).toEqual([]);
});

test('an end is told when it is durable', () => {
  const history = running();
  tell(history, 'FINISHED');
  expect(history.rules).toEqual(['end-before-durable']);
});

test('a result does not change', () => {
  const history = unwanted();
  history.commit('tm-1', writer, covered);
  end(history, 'CANCELED');
  end(history, 'FINISHED', true);
  expect(history.rules).toEqual(['end-changed']);
});
