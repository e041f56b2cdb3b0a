// Keeps a model small enough to be drawn smoothly and sent by mail: details of the data plane, and of heartbeats, that are far from
// everything that went wrong are left out, and the page says so. The control plane, checkpoints, requests and faults always stay.
import { NONE } from './model.ts';
import type { Call, Message, Omission, RunModel, Step } from './model.ts';

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Windows around what is interesting, from generous to tight, in microseconds before and after. */
const WINDOWS: readonly (readonly [number, number])[] = [
  [1_000_000, 2_000_000],
  [200_000, 500_000],
  [50_000, 100_000],
  [5_000, 10_000],
  [0, 0],
];

export function thinModel(model: RunModel, itemsMax: number): RunModel {
  if (itemsIn(model) <= itemsMax) return model;
  const moments = interestingMoments(model);
  let thin = model;
  for (const [before, after] of WINDOWS) {
    thin = keepWithin(model, merge(moments.map((at) => ({ from: at - before, to: at + after }))));
    if (itemsIn(thin) <= itemsMax) break;
  }
  return thin;
}

export function itemsIn({ steps, messages, calls }: Pick<RunModel, 'steps' | 'messages' | 'calls'>): number {
  return steps.length + messages.length + calls.length;
}

function interestingMoments({ faults, violations, lives, endAt }: RunModel): number[] {
  const deaths = lives.flatMap(({ why, to }) => (why === '' ? [] : [to]));
  const moments = [...faults.map(({ at }) => at), ...violations.map(({ at }) => at), ...deaths];
  return (moments.length === 0 ? [endAt] : moments).sort((one, other) => one - other);
}

function merge(windows: readonly Window[]): Window[] {
  const merged: Window[] = [];
  for (const window of windows) {
    const last = merged.at(-1);
    if (last !== undefined && window.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, window.to) };
    else merged.push({ from: Math.max(0, window.from), to: window.to });
  }
  return merged;
}

function keepWithin(model: RunModel, kept: readonly Window[]): RunModel {
  const isNear = (from: number, to: number): boolean => kept.some((window) => from <= window.to && to >= window.from);
  const keepMessage = (one: Message): boolean =>
    !isPlain(one) || one.fate === 'lost' || isNear(one.sentAt, one.endedAt);
  const keepCall = (one: Call): boolean => !isPlain(one) || isNear(one.sentAt, Math.max(one.sentAt, one.answeredAt));
  const messages = renumbering(model.messages, keepMessage);
  const calls = renumbering(model.calls, keepCall);
  const needed = new Set<number>();
  for (const list of [messages.kept, calls.kept])
    for (const { sender, receiver } of list) needed.add(sender).add(receiver);
  for (const { evidence } of model.violations) for (const line of evidence) needed.add(line.steps.at(-1) ?? NONE);
  const steps = renumbering(
    model.steps,
    (step: Step, index) => !isPlain(step) || needed.has(index) || isNear(step.at, step.until),
  );
  const ends = <T extends Message | Call>(item: T): T => ({
    ...item,
    sender: steps.renumber(item.sender),
    receiver: steps.renumber(item.receiver),
  });
  const omission: Omission = {
    steps: model.steps.length - steps.kept.length,
    messages: model.messages.length - messages.kept.length,
    calls: model.calls.length - calls.kept.length,
    kept,
  };
  return {
    ...model,
    messages: messages.kept.map(ends),
    calls: calls.kept.map(ends),
    steps: steps.kept.map((step) => ({
      ...step,
      message: messages.renumber(step.message),
      call: calls.renumber(step.call),
    })),
    violations: model.violations.map((violation) => ({
      ...violation,
      evidence: violation.evidence.map((line) => ({ ...line, steps: keptOf(line.steps, steps.renumber) })),
    })),
    omission,
  };
}

function keptOf(indexes: readonly number[], renumber: (index: number) => number): number[] {
  return indexes.map(renumber).filter((index) => index !== NONE);
}

function isPlain({ category }: { readonly category: string }): boolean {
  return category === 'data' || category === 'heartbeat';
}

function renumbering<T>(
  items: readonly T[],
  isKept: (item: T, index: number) => boolean,
): { readonly kept: readonly T[]; readonly renumber: (index: number) => number } {
  const numbers = new Map<number, number>();
  const kept = items.filter((item, index) => {
    const keep = isKept(item, index);
    if (keep) numbers.set(index, numbers.size);
    return keep;
  });
  return { kept, renumber: (index) => numbers.get(index) ?? NONE };
}
