// How a run failed, as data: two runs fail in the same way if judge, rule and place are the same. Numbers, records and nodes have no say.
import type { Envelope, Input, Vocabulary } from '../../core/base/machine.ts';
import type { Violation } from '../observation.ts';
import { stackLines } from '../../core/base/stack-lines.ts';
import type { Thrown } from '../world-types.ts';

export interface WayToFail {
  /** The oracle, or `threw` for a machine that threw. */
  readonly judge: string;
  /** The oracle's rule; of a machine that threw its role, the kind of its input and the name of the error. */
  readonly rule: string;
  /** As the oracle has it; of a machine that threw the frame that threw. */
  readonly place: string;
}

/** The ways in which a run failed, in the order of the violations. */
export function waysToFail(
  violations: readonly Violation[],
  thrown: Thrown | null,
  roleOf: (address: string) => string,
): readonly WayToFail[] {
  const ways = violations.map(({ oracle, rule, place }) => ({ judge: oracle, rule, place }));
  return thrown === null ? ways : [...ways, wayOfThrown(thrown, roleOf(thrown.node))];
}

function wayOfThrown({ input, error }: Thrown, role: string): WayToFail {
  const name = error instanceof Error ? error.name : typeof error;
  return { judge: 'threw', rule: `${role} ${kindOfInput(input)} ${name}`, place: stackLines(error, 1)[0] ?? '' };
}

/** Of a message or an answer its own kind. */
export function kindOfInput(input: Input<Vocabulary>): string {
  if (input.kind === 'message') return (input.message as Envelope).kind;
  return input.kind === 'completed' ? input.answer.kind : input.kind;
}

/** Whether a run failed, among others, in the way in which another one failed first. */
export function failsInTheSameWay(first: readonly WayToFail[], run: readonly WayToFail[]): boolean {
  const [way] = first;
  if (way === undefined) return run.length === 0;
  return run.some((other) => other.judge === way.judge && other.rule === way.rule && other.place === way.place);
}
