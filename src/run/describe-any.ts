// Inputs, effects, requests and answers of any machine in a few words, for guests that have no text form of their own.
import { effectText, inputText, type Wording } from '../core/base/describe-step.ts';
import { wordsOf } from '../core/base/reasons.ts';
import type { Input } from '../core/base/machine.ts';
import type { Effect } from '../core/base/outbox.ts';
import type { Vocabulary } from '../core/base/vocabulary.ts';
import { dataToJson } from './data-json.ts';

type Kinded = { readonly kind: string };

const wording: Wording = {
  message: describeAnyMessage,
  request: describeAny,
  answer: describeAny,
  note: describeAny,
  reason: wordsOf,
};

export function describeAnyInput(input: Input<Vocabulary>): string {
  return inputText(input, wording);
}

export function describeAnyEffect(effect: Effect): string {
  return effectText(effect, wording);
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
