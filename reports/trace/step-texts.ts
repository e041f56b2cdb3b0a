// Takes the texts of a step apart again: the one text form says what is a message, a request, an answer, or a note of the machine.
import type { Stepped } from './lines.ts';

export type InputText =
  | { readonly kind: 'message'; readonly from: string; readonly text: string }
  | { readonly kind: 'answer'; readonly id: number; readonly text: string }
  /** start, wake, work, connection-lost. */
  | { readonly kind: 'other'; readonly text: string };

export type EffectText =
  | { readonly kind: 'send'; readonly to: string; readonly text: string }
  | { readonly kind: 'request'; readonly id: number; readonly text: string }
  | { readonly kind: 'note'; readonly text: string };

const ANSWER = /^request (\d+): ([^]*)$/;
const RECEIVED = /^([^]*) from (\S+)$/;
const SENT = /^send ([^]*) to (\S+)$/;
const ownInputs = ['wake', 'work'];

export function readInput(text: string): InputText {
  const answer = ANSWER.exec(text);
  if (answer !== null) return { kind: 'answer', id: Number(answer[1]), text: answer[2] as string };
  if (ownInputs.includes(text) || /^(start \d+$|connection-lost )/.test(text)) return { kind: 'other', text };
  const received = RECEIVED.exec(text);
  if (received === null) return { kind: 'other', text };
  return { kind: 'message', from: received[2] as string, text: received[1] as string };
}

export function readEffect(text: string): EffectText {
  const sent = SENT.exec(text);
  if (sent !== null) return { kind: 'send', to: sent[2] as string, text: sent[1] as string };
  const request = ANSWER.exec(text);
  if (request !== null) return { kind: 'request', id: Number(request[1]), text: request[2] as string };
  return { kind: 'note', text };
}

/** What the machine said about itself in this step. */
export function notesOf({ effects }: Pick<Stepped, 'effects'>): string[] {
  return effects.flatMap((effect) => {
    const read = readEffect(effect);
    return read.kind === 'note' ? [read.text] : [];
  });
}
