// A job of parts that no channel connects, on real hosts with real stores: a TaskManager dies. The regions with a task there restart; the region without one
// stays in its attempt. The whole output is there in the end, once.
import { afterEach, expect, test } from 'vitest';
import { scenario } from '../../scenarios/two-parts.ts';
import type { JobManagerState } from '../../src/core/jobmanager/state.ts';
import type { ExecutionState } from '../../src/core/protocol/states.ts';
import { Gate, resultOf, SmallCluster, sortedLines, until } from './small-cluster.ts';

const ARTIFACT = '5eed';
const job = scenario.job!;
const topics = scenario.input({ data: {}, pick: () => 0, times: 1 });
const input = Object.fromEntries(Object.entries(topics).map(([topic, { splits }]) => [topic, splits]));

/** The end of a split is behind it: no task ends before it is opened. */
const beforeEnd = (): Gate => new Gate((request) => request.kind === 'source-read' && request.position > 0);

let cluster: SmallCluster | null = null;
afterEach(async () => {
  await cluster?.stop();
  cluster = null;
});

interface Deployed {
  readonly attempt: number;
  readonly state: ExecutionState;
  readonly taskManager: string;
}

/** The tasks of the job by head operator and subtask. */
function tasksOf({ leader }: JobManagerState): ReadonlyMap<string, Deployed> {
  const { executions, vertices } = leader!.jobs.get('job-1')!;
  return new Map(
    executions.map(({ vertex, subtask, attempt, state, taskManager }) => [
      `${vertices[vertex]!.operators[0]!.id}/${subtask}`,
      { attempt, state, taskManager },
    ]),
  );
}

/** A source that restores is INITIALIZING for as long as its first read waits. */
const isDeployed = ({ state }: Deployed): boolean => state === 'INITIALIZING' || state === 'RUNNING';

/** The running count of each word, as often as the word occurs. */
function expectedCounts(): readonly string[] {
  const counts = new Map<string, number>();
  const words = (input['lines'] ?? []).flat().flatMap((line) => (line as string).split(' '));
  return sortedLines(
    words.map((word) => {
      const count = (counts.get(word) ?? 0) + 1;
      counts.set(word, count);
      return { word, count };
    }),
  );
}

test('a region without a task on the TaskManager that dies stays in its attempt', { timeout: 60_000 }, async () => {
  const sourceGate = beforeEnd();
  cluster = new SmallCluster({ jobs: { [ARTIFACT]: job }, input, sourceGate });
  const jobManager = await cluster.startJobManager('jm-1');
  const taskManagers = [await cluster.startTaskManager('tm-1'), await cluster.startTaskManager('tm-2')];
  const submitter = await cluster.startClient({
    kind: 'submit',
    jobId: 'job-1',
    graph: job.graph,
    artifact: ARTIFACT,
  });
  await until(async () => (await cluster!.committed('copies')).length > 0);

  const before = tasksOf(jobManager.state());
  const [lost, kept] = [before.get('notices/1')!, before.get('notices/0')!];
  expect(lost.taskManager).not.toBe(kept.taskManager);
  await taskManagers.find(({ address }) => address === lost.taskManager)!.stop();
  await cluster.startTaskManager('tm-3');
  await until(() => {
    const now = [...tasksOf(jobManager.state())].filter(([id]) => id !== 'notices/0');
    return now.every(([id, task]) => isDeployed(task) && task.attempt > before.get(id)!.attempt);
  });
  expect(tasksOf(jobManager.state()).get('notices/0')).toEqual({ ...kept, state: 'RUNNING' });
  sourceGate.open();

  expect(await resultOf(submitter)).toMatchObject({ status: 'FINISHED', reason: null });
  expect(await cluster.committed('counts')).toEqual(expectedCounts());
  const notices = (input['notices'] ?? []).flat();
  expect(await cluster.committed('copies')).toEqual(sortedLines(notices.map((notice) => ({ notice }))));
});
