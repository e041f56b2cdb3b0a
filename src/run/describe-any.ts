// Inputs, effects, requests and answers of any machine in a few words, for guests that have no text form of their own.
import { wordsOf } from '../core/base/reasons.ts';
import type { Input } from '../core/base/machine.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Vocabulary } from '../core/base/vocabulary.ts';
import { dataToJson } from './data-json.ts';

type Kinded = { readonly kind: string };

export function describeAnyInput(input: Input<Vocabulary>): string {
  switch (input.kind) {
    case 'message': {
      const message = input.message as unknown as Kinded & { readonly from: string; readonly body: unknown };
      return `${describeAnyMessage(message)} from ${message.from}`;
    }
    case 'completed':
      return `request ${input.request}: ${describeAny(input.answer)}`;
    case 'connection-lost':
      return `connection-lost ${input.streamClass} with ${input.peer}`;
    case 'start':
      return `start ${input.incarnation}`;
    case 'wake':
    case 'work':
      return input.kind;
  }
}

export function describeAnyEffect(effect: Effect): string {
  switch (effect.effect) {
    case 'send':
      return `send ${describeAnyMessage(effect)} to ${effect.to}`;
    case 'request':
      return `request ${effect.id}: ${describeAny(effect.request as Kinded)}`;
    case 'note':
      return describeAny(effect.note);
    case 'halt':
      return `halt: ${wordsOf(effect.reason)}`;
  }
}

export function describeAnyMessage({ kind, body }: Kinded & { readonly body: unknown }): string {
  const text = dataToJson(body);
  return text === '{}' ? kind : `${kind} ${text}`;
}

/** Its kind, then its fields. */
export function describeAny({ kind, ...fields }: Kinded): string {
  const text = dataToJson(fields);
  return text === '{}' ? kind : `${kind} ${text}`;
}
