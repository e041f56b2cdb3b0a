// Finds the things that a line of evidence names in the data of a trace: an engineer who reads it wants to see it happen.
import { isObject, isTypedArray } from '../../src/core/base/state-kinds.ts';
import { describeAttempt } from '../../src/core/protocol/describe-ids.ts';
import type { LineOf, Named, TraceEnding } from '../../src/run/trace.ts';
import type { Evidence, ViolationNote } from './model.ts';

type Stepped = LineOf<'stepped'>;

export function violationNotes(ending: TraceEnding | null, steps: readonly Stepped[]): ViolationNote[] {
  return (ending?.violations ?? []).map(({ oracle, text, about, at, evidence }) => ({
    oracle,
    text,
    at,
    evidence: [{ text, about }, ...evidence].map((line) => findEvidence(line, at, steps)),
  }));
}

const STEPS_MAX = 100; // more than anybody goes through; the last ones are nearest to the violation

/** Of several things the rarest one tells most. What happened last before the violation is where one looks first. */
export function findEvidence(
  { text, about }: { readonly text: string; readonly about: readonly Named[] },
  violatedAt: number,
  steps: readonly Stepped[],
): Evidence {
  let best: Evidence = { text, name: '', at: violatedAt, steps: [] };
  for (const thing of about) {
    const found = steps.flatMap((step, index) => (step.at <= violatedAt && holds(step, thing) ? [index] : []));
    const last = found.at(-1);
    if (last === undefined || (best.steps.length > 0 && best.steps.length <= found.length)) continue;
    best = { text, name: nameOf(thing), at: steps[last]!.at, steps: found };
  }
  return { ...best, steps: best.steps.slice(-STEPS_MAX) };
}

/** Whether some object in the data has all fields of a thing. */
export function holds(data: unknown, thing: Named): boolean {
  if (!isObject(data) || isTypedArray(data)) return false;
  if (isThing(data, thing)) return true;
  const inner = data instanceof Map || data instanceof Set ? [...data] : Object.values(data);
  return inner.some((one) => holds(one, thing));
}

function isThing(data: object, thing: Named): boolean {
  return Object.entries(thing).every(([name, value]) => (data as Readonly<Record<string, unknown>>)[name] === value);
}

/** What stands in the search when it was found: an attempt as it reads, a checkpoint by its number, else the values. */
function nameOf(thing: Named): string {
  const { vertex, subtask, attempt, checkpointId } = thing;
  if (typeof vertex === 'number' && typeof subtask === 'number' && typeof attempt === 'number')
    return describeAttempt({ vertex, subtask, attempt });
  return checkpointId === undefined ? Object.values(thing).join(' ') : `checkpoint ${checkpointId}`;
}
