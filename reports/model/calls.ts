// Requests through ports, from asking to the answer. An incarnation numbers its own, so nothing has to be guessed here.
import type { RequestEffect } from '../../src/core/base/outbox.ts';
import type { TextForms } from '../../src/run/texts.ts';
import type { LineOf, TraceLine } from '../../src/run/trace.ts';
import { categoryOfRequest, serviceOf } from './categories.ts';
import type { Lanes } from './lanes.ts';
import { NONE } from './model.ts';
import type { Call } from './model.ts';
import type { Readers } from './readers.ts';
import { shorten, shortName } from './words.ts';

export interface Calls {
  readonly calls: readonly Call[];
  /** For each step the call whose answer it took, or NONE. */
  readonly answered: readonly number[];
}

type OpenCall = { -readonly [K in keyof Call]: Call[K] };
type Answer = LineOf<'applied'>['answer'];

export function matchCalls(lines: readonly TraceLine[], lanes: Lanes, readers: Readers): Calls {
  const calls: OpenCall[] = [];
  const open = new Map<string, number>();
  const answered: number[] = [];
  for (const line of lines) {
    if (line.kind === 'applied') onApplied(line, calls[open.get(keyOf(line, line.id)) ?? NONE], readers.texts);
    if (line.kind !== 'stepped') continue;
    const step = answered.length;
    const { input } = line;
    const call = input.kind === 'completed' ? (open.get(keyOf(line, input.request)) ?? NONE) : NONE;
    answered.push(call);
    if (input.kind === 'completed') onAnswer(calls[call], line.at, input.answer, readers.texts, step);
    for (const effect of line.effects) {
      if (effect.effect !== 'request') continue;
      open.set(keyOf(line, effect.id), calls.length);
      calls.push(callOf(effect, line, lanes, readers, step));
    }
  }
  return { calls, answered };
}

function callOf(
  effect: RequestEffect,
  { node, leavesAt }: LineOf<'stepped'>,
  lanes: Lanes,
  { guest, texts }: Readers,
  sender: number,
): OpenCall {
  const request = effect.request as { readonly kind: string };
  const text = texts.request(request);
  return {
    lane: lanes.indexOf(node),
    service: lanes.indexOf(serviceOf(guest, request)),
    text: shorten(text),
    label: shortName(text),
    answer: '',
    category: categoryOfRequest(guest, request),
    sentAt: leavesAt,
    appliedAt: NONE,
    answeredAt: NONE,
    failed: false,
    sender,
    receiver: NONE,
  };
}

/** What the service made of it; a node that died, or was cut off, may hear something else, or nothing. */
function onApplied({ at, answer }: LineOf<'applied'>, call: OpenCall | undefined, texts: TextForms): void {
  if (call === undefined) return;
  call.appliedAt = at;
  if (call.answer === '') call.answer = shorten(texts.answer(answer));
}

function onAnswer(call: OpenCall | undefined, at: number, answer: Answer, texts: TextForms, receiver: number): void {
  if (call === undefined) return;
  call.answeredAt = at;
  call.answer = shorten(texts.answer(answer));
  call.failed = answer.kind === 'failed';
  call.receiver = receiver;
}

function keyOf({ node, incarnation }: { readonly node: string; readonly incarnation: number }, id: number): string {
  return `${node} ${incarnation} ${id}`;
}
