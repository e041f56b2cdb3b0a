// Inputs and effects of a step in a few words, whatever its machine's words are: those come from the guest.
import type { AnyReason } from './reasons.ts';
import type { Input } from './machine.ts';
import type { Effect } from './outbox.ts';
import type { Envelope, Kinded, Vocabulary } from './vocabulary.ts';

/** How a guest tells what its machines say. */
export interface Wording {
  message(message: Envelope): string;
  request(request: Kinded): string;
  answer(answer: Kinded): string;
  note(note: Kinded): string;
  reason(reason: AnyReason): string;
}

export function inputText(input: Input<Vocabulary>, wording: Wording): string {
  switch (input.kind) {
    case 'message': {
      const message = input.message as Envelope;
      return `${wording.message(message)} from ${message.from}`;
    }
    case 'completed':
      return `request ${input.request}: ${wording.answer(input.answer)}`;
    case 'connection-lost':
      return `connection-lost ${input.streamClass} with ${input.peer}`;
    case 'start':
      return `start ${input.incarnation}`;
    case 'wake':
    case 'work':
      return input.kind;
  }
}

export function effectText(effect: Effect, wording: Wording): string {
  switch (effect.effect) {
    case 'send':
      return `send ${wording.message(effect)} to ${effect.to}`;
    case 'request':
      return `request ${effect.id}: ${wording.request(effect.request as Kinded)}`;
    case 'note':
      return wording.note(effect.note);
    case 'halt':
      return `halt: ${wording.reason(effect.reason)}`;
  }
}
