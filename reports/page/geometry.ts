// Positions of all items, worked out once for each spacing, and which of them are in sight.
import { bisectLeft } from 'd3';
import type { RunModel } from '../model/model.ts';
import { NONE } from '../model/model.ts';
import type { Positions } from './scale.ts';
import type { View } from './view.ts';

export interface Geometry {
  readonly steps: Float64Array;
  readonly stepEnds: Float64Array;
  readonly sent: Float64Array;
  readonly ended: Float64Array;
  /** A request, when it took effect (else half way), and its answer. */
  readonly asked: Float64Array;
  readonly applied: Float64Array;
  readonly answered: Float64Array;
}

const known = new WeakMap<Positions, Geometry>();

export function geometryOf({ model, positions }: Pick<View, 'model' | 'positions'>): Geometry {
  const cached = known.get(positions);
  if (cached !== undefined) return cached;
  const geometry = measure(model, positions);
  known.set(positions, geometry);
  return geometry;
}

function measure({ steps, messages, calls }: RunModel, positions: Positions): Geometry {
  const of = <T>(items: readonly T[], at: (item: T) => number): Float64Array =>
    Float64Array.from(items, (item) => positions.of(at(item)));
  return {
    steps: of(steps, ({ at }) => at),
    stepEnds: of(steps, ({ until }) => until),
    sent: of(messages, ({ sentAt }) => sentAt),
    ended: of(messages, ({ endedAt }) => endedAt),
    asked: of(calls, ({ sentAt }) => sentAt),
    applied: of(calls, reachedAt),
    answered: of(calls, (call) => Math.max(call.answeredAt, reachedAt(call))),
  };
}

/** When a request was at its service: as the trace says, or, where it does not, half way to the answer. */
function reachedAt({ sentAt, appliedAt, answeredAt }: RunModel['calls'][number]): number {
  if (appliedAt !== NONE) return appliedAt;
  return answeredAt === NONE ? sentAt : (sentAt + answeredAt) / 2;
}

const STEPS_BEFORE = 100; // that began left of the window, and may reach into it

/** Index of the first step that may be in sight: those before it are over. */
export function firstStepInSight(view: Pick<View, 'model' | 'positions' | 'from'>): number {
  return Math.max(0, bisectLeft(geometryOf(view).steps, view.from) - STEPS_BEFORE);
}

/** From positions to pixels of a surface that is so wide. */
export function toPixels({ from, to }: Pick<View, 'from' | 'to'>, width: number): (position: number) => number {
  const factor = width / (to - from);
  return (position) => (position - from) * factor;
}
