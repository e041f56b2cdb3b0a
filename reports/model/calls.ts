// Requests through ports, from asking to the answer. An incarnation numbers its own, so nothing has to be guessed here.
import type { TraceLine } from '../trace/lines.ts';
import { readEffect, readInput } from '../trace/step-texts.ts';
import { categoryOfRequest, serviceOf } from './categories.ts';
import type { Lanes } from './lanes.ts';
import { NONE } from './model.ts';
import type { Call } from './model.ts';

export interface Calls {
  readonly calls: readonly Call[];
  /** For each step the call whose answer it took, or NONE. */
  readonly answered: readonly number[];
}

type OpenCall = { -readonly [K in keyof Call]: Call[K] };

export function matchCalls(lines: readonly TraceLine[], lanes: Lanes): Calls {
  const calls: OpenCall[] = [];
  const open = new Map<string, number>();
  const answered: number[] = [];
  for (const line of lines) {
    if (line.kind === 'applied') onApplied(line, calls[open.get(keyOf(line, line.id)) ?? NONE]);
    if (line.kind !== 'stepped') continue;
    const step = answered.length;
    const input = readInput(line.input);
    const call = input.kind === 'answer' ? (open.get(keyOf(line, input.id)) ?? NONE) : NONE;
    answered.push(call);
    if (input.kind === 'answer') onAnswer(calls[call], line.at, input.text, step);
    for (const text of line.effects) {
      const effect = readEffect(text);
      if (effect.kind !== 'request') continue;
      open.set(keyOf(line, effect.id), calls.length);
      calls.push(callOf(effect.text, line.leavesAt ?? line.at, lanes.indexOf(line.node), lanes, step));
    }
  }
  return { calls, answered };
}

function callOf(text: string, sentAt: number, lane: number, lanes: Lanes, sender: number): OpenCall {
  return {
    lane,
    service: lanes.indexOf(serviceOf(text)),
    text,
    answer: '',
    category: categoryOfRequest(text),
    sentAt,
    appliedAt: NONE,
    answeredAt: NONE,
    failed: false,
    sender,
    receiver: NONE,
  };
}

/** What the service made of it; a node that died, or was cut off, may hear something else, or nothing. */
function onApplied({ at, answer }: Extract<TraceLine, { kind: 'applied' }>, call: OpenCall | undefined): void {
  if (call === undefined) return;
  call.appliedAt = at;
  if (call.answer === '') call.answer = answer;
}

function onAnswer(call: OpenCall | undefined, at: number, answer: string, receiver: number): void {
  if (call === undefined) return;
  call.answeredAt = at;
  call.answer = answer;
  call.failed = answer.startsWith('failed ');
  call.receiver = receiver;
}

function keyOf({ node, incarnation }: { readonly node: string; readonly incarnation: number }, id: number): string {
  return `${node} ${incarnation} ${id}`;
}
