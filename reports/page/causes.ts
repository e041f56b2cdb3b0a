// Why a step happened: the message or answer that it took, the step that caused that, and so on, back to a timer or a start.
import { NONE } from '../model/model.ts';
import type { RunModel } from '../model/model.ts';

const LENGTH_MAX = 40; // a longer chain is nobody's answer

/** Steps from the given one back to the first cause. */
export function causesOf({ steps, messages, calls }: RunModel, step: number): number[] {
  const chain: number[] = [];
  let current = step;
  while (current !== NONE && chain.length < LENGTH_MAX) {
    chain.push(current);
    const { message, call } = steps[current]!;
    current = message !== NONE ? messages[message]!.sender : call !== NONE ? calls[call]!.sender : NONE;
  }
  return chain;
}
