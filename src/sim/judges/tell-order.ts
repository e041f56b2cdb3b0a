// A history that has no order, told in a few lines: the longest order that explains anything, its state, and the calls that do not fit behind it.
import type { EvidenceLine, Thing, TimeUs } from '../observation.ts';
import type { Call, SequentialModel } from './history.ts';
import type { LinearResult } from './linear-search.ts';

const LINES_MAX = 6; // of each sort: a person reads no more

export interface ToldOrder {
  readonly evidence: readonly EvidenceLine[];
  /** The calls that do not fit. */
  readonly about: readonly Thing[];
}

export function tellOrder<S, O, R>(
  model: SequentialModel<S, O, R>,
  { order, state, stuck }: LinearResult<S, O, R>,
): ToldOrder {
  const shown = order.slice(-LINES_MAX);
  const before = order.length > shown.length ? `the last ${shown.length} of them` : 'these';
  return {
    evidence: [
      line(
        order.length === 0
          ? 'no call can be the first one'
          : `the longest order explains ${order.length} calls, ${before}:`,
      ),
      ...shown.map((call) => callLine(model, call)),
      line(`then the state is ${textOf(state)}, and none of these fits:`),
      ...stuck.slice(0, LINES_MAX).map((call) => callLine(model, call)),
    ],
    about: stuck.slice(0, LINES_MAX).map(thingOf),
  };
}

function line(text: string): EvidenceLine {
  return { text, about: [] };
}

/** The note with which a call began. */
function thingOf({ id }: Call): Thing {
  return { kind: 'called', call: id };
}

function callLine<S, O, R>(model: SequentialModel<S, O, R>, call: Call<O, R>): EvidenceLine {
  const { node, incarnation, operation, calledAtUs, returned } = call;
  const what = model.describe?.(operation, returned?.result) ?? describeAny(operation, returned?.result);
  const who = incarnation === 1 ? node : `${node}#${incarnation}`;
  const when = returned === null ? `from ${secondsOf(calledAtUs)} s on` : spanOf(calledAtUs, returned.atUs);
  return { text: `  ${who}: ${what}, ${when}`, about: [thingOf(call)] };
}

function describeAny(operation: unknown, result: unknown): string {
  return `${textOf(operation)} → ${result === undefined ? 'no answer' : textOf(result)}`;
}

function spanOf(from: TimeUs, to: TimeUs): string {
  return `${secondsOf(from)} s to ${secondsOf(to)} s`;
}

function secondsOf(time: TimeUs): string {
  return (time / 1_000_000).toFixed(6);
}

const TEXT_MAX = 200;

function textOf(value: unknown): string {
  const text = JSON.stringify(value, (_, field: unknown) => shown(field)) as string | undefined;
  return (text ?? String(value)).slice(0, TEXT_MAX);
}

/** JSON has no word for these. */
function shown(field: unknown): unknown {
  if (typeof field === 'bigint') return `${field}n`;
  return field instanceof Map ? [...field.entries()] : field;
}
