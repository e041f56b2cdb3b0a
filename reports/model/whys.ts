// Why: the reasons that the machines of a cluster noted, by what each is about. A note adds words to a fact that was observed, and nothing else.
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { Note } from '../../src/core/protocol/notes.ts';
import type { GuestHeader, LineOf } from '../../src/run/trace.ts';

/** The text of a reason, or undefined where nobody noted one. */
export interface Whys {
  leaderLeft(about: { readonly node: string; readonly epoch: number }): string | undefined;
  restarted(about: { readonly jobId: string; readonly epoch: number; readonly attempt: number }): string | undefined;
  aborted(about: { readonly jobId: string; readonly checkpointId: number }): string | undefined;
}

export function whysIn({ kind }: GuestHeader, steps: readonly LineOf<'stepped'>[]): Whys {
  const texts = new Map<string, string>();
  for (const { node, effects } of kind === 'job' ? steps : [])
    for (const effect of effects) if (effect.effect === 'note') keep(texts, node, effect.note as Note);
  return {
    leaderLeft: ({ node, epoch }) => texts.get(keyOf('leadership-lost', node, epoch)),
    restarted: ({ jobId, epoch, attempt }) => texts.get(keyOf('job-restarting', jobId, epoch, attempt)),
    aborted: ({ jobId, checkpointId }) => texts.get(keyOf('checkpoint-aborted', jobId, checkpointId)),
  };
}

function keep(texts: Map<string, string>, node: string, note: Note): void {
  switch (note.kind) {
    case 'leadership-lost':
      return void texts.set(keyOf(note.kind, node, note.epoch), describeReason(note.reason));
    case 'job-restarting':
      return void texts.set(keyOf(note.kind, note.jobId, note.epoch, note.attempt), describeReason(note.reason));
    case 'checkpoint-aborted':
      return void texts.set(keyOf(note.kind, note.jobId, note.checkpointId), describeReason(note.reason));
    default:
  }
}

function keyOf(kind: Note['kind'], ...about: readonly (string | number)[]): string {
  return [kind, ...about].join(' ');
}
