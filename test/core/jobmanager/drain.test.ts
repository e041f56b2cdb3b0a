// The drain of a TaskManager: durable before anybody is told, jobs leave it behind a checkpoint and only if there is somewhere to go, and that is no failure.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { DRAINS_KEY } from '../../../src/core/protocol/ha-keys.ts';
import { decodeDrains } from '../../../src/core/protocol/records-codec.ts';
import { Cluster, runningCluster } from './fake-task-manager.ts';
import { leading, NOT_APPLIED, UNKNOWN } from './lab.ts';
import { sampleGraph } from './sample-job.ts';
import { twoRegions } from './two-regions.ts';

type Wish = 'drain-task-manager' | 'undrain-task-manager' | 'request-drain-status';

/** What the client is told, with the reason. */
function ask({ lab }: Pick<Cluster, 'lab'>, kind: Wish, taskManager: string): string[] {
  lab.deliver('asker', kind, { taskManager });
  lab.serve();
  return lab
    .take('drain-status')
    .map(({ body: { status, reason } }) => `${status}${reason === null ? '' : `: ${describeReason(reason)}`}`);
}

const drain = (cluster: Cluster, taskManager: string): string[] => ask(cluster, 'drain-task-manager', taskManager);
const undrain = (cluster: Cluster, taskManager: string): string[] => ask(cluster, 'undrain-task-manager', taskManager);
const statusOf = (cluster: Cluster, taskManager: string): string[] => ask(cluster, 'request-drain-status', taskManager);

/** What runs where, as `vertex/subtask#attempt on TaskManager`. */
const running = ({ lab }: Cluster): string[] =>
  lab.job.executions
    .filter(({ state }) => state === 'RUNNING')
    .map(({ vertex, subtask, attempt, taskManager }) => `${vertex}/${subtask}#${attempt} on ${taskManager}`);

const tasksOn = (cluster: Cluster, index: number): number => cluster.tm(index).tasks.size;
const checkpoint = (cluster: Cluster): void => cluster.pass(cluster.lab.options.checkpointIntervalMs);

const stored = ({ lab }: Cluster): readonly string[] => {
  const entry = lab.stores.keys.get(DRAINS_KEY);
  const read = entry === undefined ? null : decodeDrains(entry.value);
  return read?.ok === true ? read.value.taskManagers : [];
};

/** Two slots in use, and a third TaskManager to spare. */
const withSpare = (given: ConstructorParameters<typeof Cluster>[0] = {}): Cluster =>
  runningCluster({ taskManagers: 3, ...given });

describe('a TaskManager that is drained', () => {
  test('is left right behind the next checkpoint, and the client is told when nothing of it is held', () => {
    const cluster = withSpare();
    checkpoint(cluster);
    expect(running(cluster)).toEqual(['0/0#1 on tm-1', '0/1#1 on tm-2', '1/0#1 on tm-1', '1/1#1 on tm-2']);
    expect(drain(cluster, 'tm-1')).toEqual(['DRAINING: 1 of its slots are not free yet']);
    cluster.settle();
    expect(running(cluster)).toHaveLength(4); // nothing is done before the checkpoint
    expect(tasksOn(cluster, 1)).toBe(2);
    const { checkpointId } = cluster.lab.job.store.completed.at(-1)!;
    checkpoint(cluster);
    expect(running(cluster)).toEqual(['0/0#2 on tm-3', '0/1#2 on tm-2', '1/0#2 on tm-3', '1/1#2 on tm-2']);
    expect(cluster.restored().filter((id) => id !== null)).toEqual([1, 1, 1, 1].map((one) => one * (checkpointId + 1)));
    expect(statusOf(cluster, 'tm-1')).toEqual(['DRAINED']);
    expect(cluster.lab.leader.taskManagers.has('tm-1')).toBe(true);
  });

  test('costs no failure: the strategy would allow none', () => {
    const cluster = withSpare({ options: { restartStrategy: 3 } });
    drain(cluster, 'tm-1');
    checkpoint(cluster);
    checkpoint(cluster);
    expect(running(cluster)).toHaveLength(4);
    expect(cluster.lab.job.exceptions).toEqual([]);
    expect(statusOf(cluster, 'tm-1')).toEqual(['DRAINED']);
  });

  test('is not left while slots are missing elsewhere: the client is told so, and the job runs on, whatever fails', () => {
    const cluster = runningCluster();
    const waits = ['DRAINING: job words needs 1 slots of other TaskManagers, and 0 are free'];
    expect(drain(cluster, 'tm-1')).toEqual(waits);
    checkpoint(cluster);
    checkpoint(cluster);
    expect(running(cluster)).toEqual(['0/0#1 on tm-1', '0/1#1 on tm-2', '1/0#1 on tm-1', '1/1#1 on tm-2']);
    cluster.tm(2).fail('0/1');
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(running(cluster)).toEqual(['0/0#2 on tm-1', '0/1#2 on tm-2', '1/0#2 on tm-1', '1/1#2 on tm-2']);
    expect(statusOf(cluster, 'tm-1')).toEqual(waits);
    cluster.addTaskManager('tm-3', 1);
    cluster.pass(2 * cluster.lab.options.checkpointIntervalMs);
    expect(statusOf(cluster, 'tm-1')).toEqual(['DRAINED']);
    expect(running(cluster)).toEqual(['0/0#3 on tm-3', '0/1#3 on tm-2', '1/0#3 on tm-3', '1/1#3 on tm-2']);
  });

  test('that is idle is drained at once, and gets nothing until it is taken back', () => {
    const cluster = new Cluster();
    expect(drain(cluster, 'tm-1')).toEqual(['DRAINED']);
    cluster.submit();
    expect(cluster.tm(1).slots.map(({ state }) => state)).toEqual(['FREE']);
    expect(cluster.states()).toBe('CREATED CREATED CREATED CREATED');
    expect(undrain(cluster, 'tm-1')).toEqual(['IN_SERVICE']);
    cluster.pass(cluster.lab.options.heartbeatIntervalMs);
    expect(running(cluster)).toHaveLength(4);
    expect(stored(cluster)).toEqual([]);
  });

  test('gives back what a job that waits for slots holds there', () => {
    const cluster = new Cluster({ taskManagers: 1 });
    cluster.submit();
    expect(cluster.tm(1).slots.map(({ state }) => state)).toEqual(['ACTIVE']);
    drain(cluster, 'tm-1');
    cluster.settle();
    expect(statusOf(cluster, 'tm-1')).toEqual(['DRAINED']);
  });

  test('stays drained as another incarnation, and under another leader', () => {
    const cluster = withSpare();
    drain(cluster, 'tm-1');
    cluster.tm(1).restart();
    cluster.settle();
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(running(cluster)).toEqual(['0/0#2 on tm-3', '0/1#2 on tm-2', '1/0#2 on tm-3', '1/1#2 on tm-2']);
    expect(statusOf(cluster, 'tm-1')).toEqual(['DRAINED']);
    const next = new Cluster({ address: 'jm-2', stores: cluster.lab.stores, taskManagers: 0 });
    expect(statusOf(next, 'tm-1')).toEqual(['DRAINING: no TaskManager tm-1 is registered']);
    for (const address of ['tm-1', 'tm-2', 'tm-3']) next.addTaskManager(address, 1);
    expect(statusOf(next, 'tm-1')).toEqual(['DRAINED']);
    expect(next.lab.job.executions.map(({ taskManager }) => taskManager)).toEqual(['tm-2', 'tm-3', 'tm-2', 'tm-3']);
  });

  test('holds up no region: one that failed there takes the others of its slot along at once', () => {
    const cluster = new Cluster({ taskManagers: 2 });
    cluster.submit(twoRegions);
    checkpoint(cluster);
    cluster.addTaskManager('tm-3', 1);
    drain(cluster, 'tm-1');
    cluster.settle();
    cluster.tm(1).fail('0/0');
    cluster.settle();
    expect(tasksOn(cluster, 1)).toBe(0);
    cluster.pass(cluster.lab.options.restartDelayMs);
    expect(running(cluster)).toEqual(['0/0#2 on tm-3', '0/1#1 on tm-2', '1/0#2 on tm-3', '1/1#1 on tm-2']);
    expect(cluster.lab.job.exceptions).toHaveLength(1);
    expect(cluster.lab.job.exceptions[0]).toMatchObject({ cause: { kind: 'execution-failed' }, concurrent: [] });
  });

  test('takes no slots that another job waits for', () => {
    const cluster = withSpare();
    checkpoint(cluster);
    const large = {
      ...sampleGraph,
      operators: sampleGraph.operators.map((one) => (one.kind === 'sink' ? { ...one, sink: 'other' } : one)),
    };
    cluster.tm(3).dumbOf.add('slot-answer').add('offer-slots'); // its slot stays asked for
    cluster.lab.deliver('client', 'submit-job', { jobId: 'others', graph: large, artifact: 'a', restore: null });
    cluster.settle();
    expect(drain(cluster, 'tm-1')).toEqual(['DRAINING: job words needs 1 slots of other TaskManagers, and 0 are free']);
    checkpoint(cluster);
    expect(running(cluster)).toHaveLength(4);
    expect(cluster.lab.job.attempt).toBe(1);
  });
});

describe('a wish', () => {
  test.each(['drain-task-manager', 'request-drain-status'] as const)(
    'about a TaskManager that is not there changes nothing (%s)',
    (kind) => {
      const cluster = runningCluster();
      const before = cluster.lab.stores.revision;
      expect(ask(cluster, kind, 'tm-9')).toEqual(['UNKNOWN: no TaskManager tm-9 is registered']);
      expect(cluster.lab.stores.revision).toBe(before);
    },
  );

  test.each([UNKNOWN, NOT_APPLIED])(
    'is told only when it is durable, whatever became of the first write',
    (failure) => {
      const cluster = withSpare();
      cluster.lab.held = (request) => request.kind === 'ha-write' && request.key === DRAINS_KEY;
      expect(drain(cluster, 'tm-3')).toEqual([]);
      expect(statusOf(cluster, 'tm-3')).toEqual(['IN_SERVICE']);
      expect(undrain(cluster, 'tm-3')).toEqual([]); // not before the other one is settled
      const write = cluster.lab.writeOf(DRAINS_KEY);
      if (failure === UNKNOWN) cluster.lab.apply(write, failure);
      else cluster.lab.answer(write, failure);
      expect(drain(cluster, 'tm-3')).toEqual([]);
      cluster.lab.held = () => false;
      cluster.pass(cluster.lab.options.requestRetryMs);
      expect(stored(cluster)).toEqual(['tm-3']);
      expect(drain(cluster, 'tm-3')).toEqual(['DRAINED']);
    },
  );

  test('that cannot be read is not written over', () => {
    const { lab } = withSpare();
    lab.stores.put(DRAINS_KEY, new Uint8Array([1, 2, 3]));
    const next = { lab: leading({ address: 'jm-2', stores: lab.stores }) };
    const { revision } = lab.stores;
    expect(ask(next, 'drain-task-manager', 'tm-1')).toEqual([]);
    expect(next.lab.ignored().at(-1)).toContain('the record of drained TaskManagers cannot be read');
    expect(lab.stores.revision).toBe(revision);
  });
});

test('whatever is wanted, and whatever dies, a TaskManager that was said to be drained holds nothing until it is taken back', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('drain', 'undrain', 'restart', 'fail'), tm: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('pass'), tm: fc.integer({ min: 1, max: 30 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const cluster = runningCluster({ taskManagers: 4, options: { restartStrategy: 1 } });
      const promised = new Set<number>();
      for (const { kind, tm } of steps) {
        if (kind === 'pass') cluster.pass(tm * 100);
        else if (kind === 'undrain') {
          promised.delete(tm);
          undrain(cluster, `tm-${tm}`);
        } else if (kind === 'drain') {
          if (drain(cluster, `tm-${tm}`).includes('DRAINED')) promised.add(tm);
        } else if (kind === 'restart') cluster.tm(tm).restart();
        else {
          const [subtask] = cluster.tm(tm).tasks.keys();
          if (subtask !== undefined) cluster.tm(tm).fail(subtask);
        }
        cluster.settle();
        for (const one of promised) expect(cluster.tm(one).tasks.size).toBe(0);
        expect(JSON.stringify(cluster.lab.job.exceptions)).not.toContain('task-manager-drained');
      }
      const drained = new Set(stored(cluster));
      cluster.pass(4_000);
      if (drained.size > 2) return;
      expect(running(cluster)).toHaveLength(4);
      for (const address of drained) expect(statusOf(cluster, address)).toEqual(['DRAINED']);
    }),
    { numRuns: 25 },
  );
});
