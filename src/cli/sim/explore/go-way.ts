// The way that an exploration found, gone once more by a run: what happens in each step, and whether anything can happen behind it.
import { textsOf } from '../../../run/texts.ts';
import { readTraceLine } from '../../../run/read-trace.ts';
import { LineReader } from '../../../run/trace-lines.ts';
import type { TraceLine } from '../../../run/trace.ts';
import type { Counterexample } from '../../../sim/search/explore/explore-guest.ts';
import { tapeDecisions } from '../../../sim/tape-decisions.ts';
import { wrapText } from '../../terminal.ts';
import { beginRun, type ExplorePlan, type InputLimits } from './explore-plan.ts';

/** A way that was gone. */
export interface WayGone {
  /** What happened in its steps, in order. */
  readonly lines: readonly string[];
  /** Nothing happens behind it, as long as faults do not stop. */
  readonly standsStill: boolean;
}

export function goWay(
  { setup, bounds }: ExplorePlan,
  { entries, steps }: Counterexample,
  inputLimits: InputLimits,
): WayGone {
  const reader = new LineReader();
  const seen: TraceLine[] = [];
  const onTrace = (text: string): void => {
    const line = readTraceLine(text, reader);
    if (line.ok) seen.push(line.value);
  };
  const { world, moments } = beginRun(setup, { decisions: tapeDecisions(entries), inputLimits, onTrace });
  const isThere = moments[bounds.from] ?? (() => true);
  while (!isThere(world.view) && world.step());
  seen.length = 0;
  for (let step = 0; step < steps; step++) world.step();
  const lines = seen.flatMap((line) => lineOf(line, setup.guest.header));
  return { lines: shortened(lines), standsStill: !world.step() };
}

const LINES_SHOWN = 30; // the last ones: they are nearest to what is wrong

function shortened(lines: readonly string[]): readonly string[] {
  const left = lines.length - LINES_SHOWN;
  return left <= 0 ? lines : [`   … (${left} earlier lines)`, ...lines.slice(left)];
}

/** None for what follows from another line. */
function lineOf(line: TraceLine, header: Parameters<typeof textsOf>[0]): readonly string[] {
  const texts = textsOf(header);
  const time = `${(line.at / 1_000_000).toFixed(3).padStart(9)} s  `;
  switch (line.kind) {
    case 'stepped':
      return [wrapText(`   ${time}`, `${line.node}: ${texts.input(line.input)}`)];
    case 'applied':
      return [wrapText(`   ${time}`, `${line.node}'s request was applied: ${texts.request(line.request)}`)];
    case 'fault':
      return [wrapText(` > ${time}`, line.text)];
    default:
      return [];
  }
}
