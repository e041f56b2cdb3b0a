// The one text form of what is named in many places: attempts and channels.
import type { AttemptId, ChannelId } from './ids.ts';
import { noNames, type VertexNames } from './vertex-names.ts';

/** `"split -> count" 1/2, attempt 2` for people, counted from 1 as in Flink; `1/0#2`, attempt 2 of subtask 0 of vertex 1, where it has no name. */
export function describeAttempt(
  { vertex, subtask, attempt }: Pick<AttemptId, 'vertex' | 'subtask' | 'attempt'>,
  names: VertexNames = noNames,
): string {
  const named = nameOf({ vertex, subtask }, names);
  return named === null ? `${vertex}/${subtask}#${attempt}` : `${named}, attempt ${attempt}`;
}

/** A vertex that has fewer subtasks by now was rescaled. */
function nameOf({ vertex, subtask }: Pick<AttemptId, 'vertex' | 'subtask'>, names: VertexNames): string | null {
  const found = names(vertex);
  if (found === null) return null;
  return `"${found.name}" ${subtask + 1}${subtask < found.parallelism ? `/${found.parallelism}` : ''}`;
}

/** `edge 0 1#2>0#2` leads over edge 0 from subtask 1 to subtask 0. */
export function describeChannel({ edge, producer, producerAttempt, consumer, consumerAttempt }: ChannelId): string {
  return `edge ${edge} ${producer}#${producerAttempt}>${consumer}#${consumerAttempt}`;
}

/** `"split -> count" 1/2`, or `1/0`: over all its attempts. */
export function describeSubtask(
  { vertex, subtask }: Pick<AttemptId, 'vertex' | 'subtask'>,
  names: VertexNames = noNames,
): string {
  return nameOf({ vertex, subtask }, names) ?? `${vertex}/${subtask}`;
}

export function describeSubtasks(
  subtasks: readonly Pick<AttemptId, 'vertex' | 'subtask'>[],
  names: VertexNames = noNames,
): string {
  return subtasks.map((subtask) => describeSubtask(subtask, names)).join(', ');
}

export function describeSplit({ topic, split }: { readonly topic: string; readonly split: number }): string {
  return `split ${split} of topic ${topic}`;
}
