// An option that is drawn in each run.
import { pickUniformly, type Decisions } from './decisions.ts';

/** Uniform over the range, from stream `options/<name>`; decision 0 is the plain value, or the one of the range nearest to it. */
export function drawOption(
  decisions: Decisions,
  name: string,
  [smallest, largest]: readonly [number, number],
  plain: number,
): number {
  const size = largest - smallest + 1;
  const nearest = Math.min(largest, Math.max(smallest, plain));
  const drawn = pickUniformly(decisions, `options/${name}`, size);
  return smallest + ((nearest - smallest + drawn) % size);
}
