// Histories of a map of registers: made by clients of a right one, some of them made wrong afterwards; and the model that they are held against.
import type { Call, SequentialModel } from '../../../src/sim/judges/history.ts';

export type Operation =
  | { readonly do: 'read'; readonly key: string }
  | { readonly do: 'write'; readonly key: string; readonly value: number }
  | { readonly do: 'cas'; readonly key: string; readonly from: number; readonly to: number };

/** The value read; whether it was swapped; null of a write. */
export type Result = number | boolean | null;
export type Registers = Readonly<Record<string, number>>;
export type RegisterCall = Call<Operation, Result>;

function valueOf(registers: Registers, key: string): number {
  return registers[key] ?? 0;
}

/** What an operation answers, and what it leaves. */
export function perform(
  registers: Registers,
  operation: Operation,
): { readonly result: Result; readonly after: Registers } {
  const value = valueOf(registers, operation.key);
  switch (operation.do) {
    case 'read':
      return { result: value, after: registers };
    case 'write':
      return { result: null, after: { ...registers, [operation.key]: operation.value } };
    case 'cas':
      if (value !== operation.from) return { result: false, after: registers };
      return { result: true, after: { ...registers, [operation.key]: operation.to } };
  }
}

/** All keys in one part. */
export const registers: SequentialModel<Registers, Operation, Result> = {
  init: {},
  step(state, operation, result) {
    const performed = perform(state, operation);
    return result === undefined || result === performed.result ? performed.after : null;
  },
};

/** A part for each key. */
export const registersByKey: SequentialModel<Registers, Operation, Result> = {
  ...registers,
  partition: ({ key }) => key,
};

/** As tests write it: who, what, what came back ('?' for no answer), from when to when. */
export function callOf(node: string, operation: Operation, result: Result | '?', from: number, to = 0): RegisterCall {
  const returned = result === '?' ? null : { result, at: to, atUs: to * 1_000 };
  return { node, incarnation: 1, id: from, operation, calledAt: from, calledAtUs: from * 1_000, returned };
}

/** The next integer in [0, n). */
export type Draw = (n: number) => number;

export interface HistoryShape {
  readonly clients: number;
  readonly calls: number;
  readonly keys: number;
  readonly values: number;
}

interface Open {
  readonly index: number;
  result: Result | undefined;
}

/** Clients ask, the object does it at some moment, or never; answers come, are wrong now and then, or are lost: then a new client takes the place of the old. */
export function drawHistory(
  draw: Draw,
  { clients, calls, keys, values }: HistoryShape,
  isFaulty: boolean,
): readonly RegisterCall[] {
  const history: RegisterCall[] = [];
  const open = new Map<number, Open>();
  let state: Registers = {};
  for (let at = 0; history.length < calls || open.size > 0; at++) {
    const client = draw(clients);
    const waiting = open.get(client);
    if (waiting === undefined) {
      if (history.length >= calls) continue;
      open.set(client, { index: history.length, result: undefined });
      history.push(callOf(`c${client}`, drawOperation(draw, keys, values), '?', at));
    } else if (waiting.result === undefined && draw(8) > 0) {
      const performed = perform(state, (history[waiting.index] as RegisterCall).operation);
      state = performed.after;
      waiting.result = performed.result;
    } else {
      open.delete(client);
      const call = history[waiting.index] as RegisterCall;
      if (waiting.result === undefined || draw(6) === 0) continue; // the answer is lost, or it was never done
      const result = isFaulty && draw(8) === 0 ? wrong(draw, values, waiting.result) : waiting.result;
      history[waiting.index] = { ...call, returned: { result, at, atUs: at * 1_000 } };
    }
  }
  return history;
}

function drawOperation(draw: Draw, keys: number, values: number): Operation {
  const key = `k${draw(keys)}`;
  const value = (): number => 1 + draw(values);
  switch (draw(3)) {
    case 0:
      return { do: 'write', key, value: value() };
    case 1:
      return { do: 'cas', key, from: draw(values + 1), to: value() };
    default:
      return { do: 'read', key };
  }
}

function wrong(draw: Draw, values: number, result: Result): Result {
  if (typeof result === 'boolean') return !result;
  return result === null ? null : draw(values + 1);
}
