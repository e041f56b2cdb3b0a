// What a TaskManager is told to run one attempt.
import { must } from '../base/assert.ts';
import type { JobVertex, Partitioning } from '../graph/job-graph.ts';
import type { Peer, TaskDescriptor } from '../protocol/messages.ts';
import { attemptIdOf, executionsOfVertex, vertexOf } from './jobs.ts';
import type { Execution, JobMaster } from './state.ts';
import { snapshotsFor } from './state-assignment.ts';

/** All executions have their TaskManager by now. */
export function taskDescriptor(job: JobMaster, execution: Execution): TaskDescriptor {
  const vertex = vertexOf(job, execution);
  return {
    attempt: attemptIdOf(job, execution),
    artifact: job.record.artifact,
    vertex,
    maxParallelism: job.graph.maxParallelism,
    parameters: job.graph.parameters,
    inputs: vertex.inputs.map((edge) => ({
      edge,
      producers: peers(job, edge.source, edge.partitioning, execution.subtask),
    })),
    outputs: vertex.outputs.map((edge) => ({
      edge,
      consumers: peers(job, edge.target, edge.partitioning, execution.subtask),
    })),
    splits: splitsOf(vertex, execution.subtask),
    restore: restoreOf(job, execution, vertex),
  };
}

/** The other ends of an edge: a forward edge leads from i to i only. */
function peers(job: JobMaster, vertex: number, partitioning: Partitioning, subtask: number): readonly Peer[] {
  const all = executionsOfVertex(job, must(job.vertices[vertex], 'the vertex at the other end of an edge'));
  const ends = partitioning === 'forward' ? all.slice(subtask, subtask + 1) : all;
  return ends.map((end) => ({ subtask: end.subtask, attempt: end.attempt, address: end.taskManager }));
}

/** Each split has exactly one owner. */
function splitsOf(vertex: JobVertex, subtask: number): readonly number[] {
  const source = vertex.operators[0];
  const splits: number[] = [];
  if (source?.kind !== 'source') return splits;
  for (let split = subtask; split < source.splits; split += vertex.parallelism) splits.push(split);
  return splits;
}

function restoreOf(job: JobMaster, { subtask }: Execution, vertex: JobVertex): TaskDescriptor['restore'] {
  const { metadata } = job.restore;
  if (metadata === null) return null;
  const handles = snapshotsFor(metadata, vertex, subtask).map(({ handle }) => handle);
  return { checkpointId: metadata.checkpointId, handles };
}
