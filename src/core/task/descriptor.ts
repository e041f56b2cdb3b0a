// Whether a task descriptor can be run at all. It comes as bytes from a peer, and its fields have their types; what they say about each other
// is looked at here, once, so that nothing that runs the task has to doubt it.
import { describeOperatorMistakes } from '../graph/graph-shape.ts';
import type { Operator } from '../graph/job-graph.ts';
import { MAX_PARALLELISM_LIMIT } from '../graph/key-groups.ts';
import { beginsChain, hasInputs, hasOutputs } from '../graph/kinds.ts';
import type { Peer, TaskDescriptor } from '../protocol/messages.ts';

/** Why no task can be made of it, or null. */
export function describeDescriptorProblem(task: TaskDescriptor): string | null {
  return describeChainProblem(task.vertex.operators) ?? describePlaceProblem(task) ?? describeEdgeProblem(task);
}

/** A source is the first, a sink the last, and only the first may be keyed, or ask its host. */
function describeChainProblem(operators: readonly Operator[]): string | null {
  if (operators.length === 0) return 'its vertex has no operators';
  for (const [index, operator] of operators.entries()) {
    const mistake = describeOperatorMistakes(operator, index)[0];
    if (mistake !== undefined) return mistake;
    const isMisplaced = index > 0 && (!hasInputs(operator) || beginsChain(operator));
    if (isMisplaced) return `operator "${operator.id}" (${operator.kind}) must be the first of its chain`;
    if (!hasOutputs(operator) && index < operators.length - 1)
      return `operator "${operator.id}" (${operator.kind}) must be the last of its chain`;
  }
  return null;
}

function describePlaceProblem({ attempt, vertex, maxParallelism }: TaskDescriptor): string | null {
  if (attempt.vertex !== vertex.index) return `it is of vertex ${attempt.vertex}, but describes vertex ${vertex.index}`;
  if (attempt.subtask >= vertex.parallelism) return `there is no subtask ${attempt.subtask} of ${vertex.parallelism}`;
  if (vertex.parallelism > maxParallelism || maxParallelism > MAX_PARALLELISM_LIMIT)
    return `parallelism ${vertex.parallelism} and max parallelism ${maxParallelism} do not go together`;
  return null;
}

/** Every channel has its other end: a record must have somewhere to go to, and an input somewhere to come from. */
function describeEdgeProblem({ vertex, inputs, outputs }: TaskDescriptor): string | null {
  const takes = hasInputs(vertex.operators[0] as Operator);
  const gives = hasOutputs(vertex.operators.at(-1) as Operator);
  if (takes !== inputs.length > 0) return `a task with ${inputs.length} inputs, where its head does not fit`;
  if (gives !== outputs.length > 0) return `a task with ${outputs.length} outputs, where its tail does not fit`;
  for (const { edge, producers } of inputs)
    if (producers.length === 0) return `input edge ${edge.index} has no producer`;
  for (const { edge, consumers } of outputs) {
    if (consumers.length === 0) return `output edge ${edge.index} has no consumer`;
    if (edge.partitioning !== 'forward' && !areAllSubtasks(consumers))
      return `the consumers of output edge ${edge.index} are not all subtasks, in their order`;
  }
  return null;
}

/** Records find their consumer by its place in the list. */
function areAllSubtasks(peers: readonly Peer[]): boolean {
  return peers.every((peer, index) => peer.subtask === index);
}
