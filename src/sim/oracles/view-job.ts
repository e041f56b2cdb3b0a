// A part of O-view: a job with its graph and its tasks. A task is shown where it was deployed, with nothing that its TaskManager did not say, and not as
// alive once its leader heard that it is over.
import type { Bodies } from '../../core/protocol/messages.ts';
import type { SubtaskLine } from '../../core/protocol/overview.ts';
import { isGloballyTerminal, isTerminal, type ExecutionState } from '../../core/protocol/states.ts';
import type { OracleContext } from './context.ts';
import { aboutAttempt } from './evidence.ts';
import { attemptText } from './text.ts';
import { subtaskKey, type TaskSeen, type ViewSeen, type Wrong } from './view-seen.ts';

/** States in which a leader has not deployed it, or ended it before that. */
const NOT_DEPLOYED: readonly ExecutionState[] = ['CREATED', 'SCHEDULED', 'CANCELED', 'FAILED'];
/** Operators of the largest graph that a result keeps whole. */
const KEPT_OPERATORS_MAX = 200;
/** Of a task whose attempt is not kept. */
const NOT_KEPT = 0;
/** What only its TaskManager knows. */
const SAID: readonly ExecutionState[] = ['INITIALIZING', 'RUNNING', 'FINISHED'];

export function judgeJobShown(
  seen: ViewSeen,
  jobs: readonly OracleContext[],
  body: Bodies['job-details'],
  wrong: Wrong,
): void {
  const { jobId, status, endedAt, subtasks } = body;
  const job = jobs.find((one) => one.jobId === jobId);
  if (job === undefined) return wrong('invented-job', `shows job ${jobId}, which nobody submitted`);
  const isOver = isGloballyTerminal(status);
  if (isOver !== (endedAt !== null)) wrong('ended-or-not', `shows job ${jobId} as ${status}, ended at ${endedAt}`);
  judgeGraph(job, body, wrong);
  for (const one of subtasks) judgeSubtask(seen, body, one, wrong);
  const alive = isOver ? subtasks.find(({ state }) => !isTerminal(state)) : undefined;
  if (alive !== undefined)
    wrong('over-with-tasks', `shows job ${jobId} as ${status}, with a task that is ${alive.state}`);
}

/** Of one that is over a result keeps no vertices of a graph that is too large. */
function judgeGraph({ graph }: OracleContext, body: Bodies['job-details'], wrong: Wrong): void {
  const { jobId, status, name, maxParallelism, vertices, subtasks } = body;
  const isLarge = graph.operators.length > KEPT_OPERATORS_MAX;
  if (isLarge && vertices.length === 0 && subtasks.length === 0 && isGloballyTerminal(status) && name === graph.name)
    return;
  const operators = vertices.flatMap((vertex) => vertex.operators.map(({ id, kind }) => `${id} ${kind}`));
  const own = graph.operators.map(({ id, kind }) => `${id} ${kind}`);
  if (
    name !== graph.name ||
    maxParallelism !== graph.maxParallelism ||
    operators.toSorted().join() !== own.toSorted().join()
  )
    wrong('other-graph', `shows job ${jobId} with another graph than it has: ${name}, ${operators.join()}`);
  const places = subtasks.map(({ vertex, subtask }) => `${vertex}/${subtask}`);
  const all = vertices.flatMap(({ parallelism }, vertex) =>
    Array.from({ length: parallelism }, (_, subtask) => `${vertex}/${subtask}`),
  );
  if (places.join() !== all.join())
    wrong('other-subtasks', `shows subtasks ${places.join()} of job ${jobId}, and not ${all.join()}`);
}

function judgeSubtask(
  seen: ViewSeen,
  { epoch, jobId, status }: Bodies['job-details'],
  one: SubtaskLine,
  wrong: Wrong,
): void {
  const isOver = isGloballyTerminal(status);
  const { attempt, state, taskManager, times } = one;
  const id = { jobId, vertex: one.vertex, subtask: one.subtask, attempt };
  const known = seen.subtasks.get(subtaskKey(epoch, id));
  const say = (rule: string, text: string): void =>
    wrong(
      rule,
      `shows ${attemptText(id)} of job ${jobId} ${text}`,
      `${attemptText(id)} of epoch ${epoch}`,
      aboutAttempt(id),
    );
  if (attempt === NOT_KEPT) return judgeKept(seen, { jobId, isOver }, one, say);
  if (known !== undefined && attempt < known.latest) say('older-attempt', `when attempt ${known.latest} is deployed`);
  if (times[state] <= 0) say('no-time', `as ${state}, and at no time`);
  if (taskManager === '') {
    if (!NOT_DEPLOYED.includes(state)) say('deployed-nowhere', `as ${state}, and on no TaskManager`);
    return;
  }
  const task = known?.attempts.get(attempt);
  if (task?.taskManager !== taskManager)
    return say('deployed-elsewhere', `on ${taskManager}, and deployed it to ${task?.taskManager ?? 'nobody'}`);
  judgeState(task, state, seen.registered.get(`${epoch} ${taskManager}`)?.incarnation ?? 0, say);
}

/** What the result of a job has of a task: its last state, and nothing else. */
function judgeKept(
  { subtasks, leaders }: ViewSeen,
  { jobId, isOver }: { readonly jobId: string; readonly isOver: boolean },
  { vertex, subtask, state, taskManager }: SubtaskLine,
  say: (rule: string, text: string) => void,
): void {
  if (!isOver) return say('attempt-untold', 'without its attempt, while the job is not over');
  if (taskManager !== '') say('deployed-elsewhere', `on ${taskManager}, and does not know its attempt`);
  if (state !== 'FINISHED') return;
  const isSaid = [...leaders.keys()].some((epoch) => {
    const attempts = subtasks.get(subtaskKey(epoch, { jobId, vertex, subtask }))?.attempts.values() ?? [];
    return [...attempts].some(({ said }) => said.has('FINISHED'));
  });
  if (!isSaid) say('state-unsaid', 'as FINISHED, which no TaskManager ever said');
}

function judgeState(
  { said, heardOver, incarnation, taskManager }: TaskSeen,
  state: ExecutionState,
  registered: number,
  say: (rule: string, text: string) => void,
): void {
  if (SAID.includes(state) && !said.has(state)) say('state-unsaid', `as ${state}, which ${taskManager} never said`);
  if (isTerminal(state)) return;
  if (heardOver) say('over-shown-alive', `as ${state}, and heard that it is over`);
  if (incarnation < registered) say('dead-shown-alive', `as ${state}, and another process is at ${taskManager}`);
}
