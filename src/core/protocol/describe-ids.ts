// The one text form of what is named in many places: attempts and channels.
import type { AttemptId, ChannelId } from './ids.ts';

/** `1/0#2` is attempt 2 of subtask 0 of vertex 1. */
export function describeAttempt({
  vertex,
  subtask,
  attempt,
}: Pick<AttemptId, 'vertex' | 'subtask' | 'attempt'>): string {
  return `${vertex}/${subtask}#${attempt}`;
}

/** `edge 0 1#2>0#2` leads over edge 0 from subtask 1 to subtask 0. */
export function describeChannel({ edge, producer, producerAttempt, consumer, consumerAttempt }: ChannelId): string {
  return `edge ${edge} ${producer}#${producerAttempt}>${consumer}#${consumerAttempt}`;
}

/** `1/0` is subtask 0 of vertex 1, over all its attempts. */
export function describeSubtask({ vertex, subtask }: Pick<AttemptId, 'vertex' | 'subtask'>): string {
  return `${vertex}/${subtask}`;
}

export function describeSubtasks(subtasks: readonly Pick<AttemptId, 'vertex' | 'subtask'>[]): string {
  return subtasks.map(describeSubtask).join(', ');
}

export function describeSplit({ topic, split }: { readonly topic: string; readonly split: number }): string {
  return `split ${split} of topic ${topic}`;
}
