// Finds what a line of evidence names in the trace: an engineer who reads it wants to see it happen.
import type { TraceEnding } from '../../src/run/trace.ts';
import type { Evidence, Step, ViolationNote } from './model.ts';

/** Names of things: `1/0#2`, `job-1/ledger/0/chk-3/e1-a2`, `checkpoint 3`, `tm-1`. */
const NAME = /\bcheckpoint \d+\b|[\w-]+(?:[/#>.:][\w-]+)+|\b\w+-\d+\b/g;

export function violationNotes(ending: TraceEnding | null, steps: readonly Step[]): ViolationNote[] {
  return (ending?.violations ?? []).map(({ oracle, text, at, evidence }) => ({
    oracle,
    text,
    at,
    evidence: [text, ...evidence.map((line) => line.text)].map((line) => findEvidence(line, at, steps)),
  }));
}

/** Of several names the rarest one tells most. What happened last before the violation is where one looks first. */
export function findEvidence(text: string, violatedAt: number, steps: readonly Step[]): Evidence {
  let best = { search: '', at: violatedAt, times: Number.POSITIVE_INFINITY };
  for (const name of new Set(text.match(NAME))) {
    const found = steps.filter((step) => step.at <= violatedAt && mentions(step, name));
    const last = found.at(-1);
    if (last !== undefined && found.length < best.times) best = { search: name, at: last.at, times: found.length };
  }
  return { text, search: best.search, at: best.at };
}

export function mentions({ input, effects }: Pick<Step, 'input' | 'effects'>, text: string): boolean {
  return input.includes(text) || effects.some((effect) => effect.includes(text));
}
