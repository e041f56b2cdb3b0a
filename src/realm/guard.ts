// Whether code is at work that must be repeatable, and what it was refused. One flag for the whole realm, as its globals are: nothing here may wait.

/** What a global does that a run cannot repeat, as its sentence has it. */
export type Why =
  | 'reads a clock'
  | 'draws at random'
  | 'reads the environment'
  | 'uses the network'
  | 'does input or output'
  | 'ends or changes the process'
  | 'leaves work for later';

/** A call that code of a run must not make. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';

  constructor(call: string, why: Why) {
    super(`called ${call}, which ${why}: what it does must follow from what it is given alone`);
  }
}

/** Of V8, and of few other engines. */
interface WithCapture {
  captureStackTrace?(target: Error, above: unknown): void;
}

interface Guard {
  /** Depth of `enter`; 0: nobody's code is at work. */
  depth: number;
  refused: RefusedCall | null;
}

const guard: Guard = { depth: 0, refused: null };

/** From here on guarded globals throw. To be paired with `leave`. */
export function enter(): void {
  guard.depth += 1;
}

export function leave(): void {
  guard.depth -= 1;
}

/** Code at work was ended from outside, before it could `leave`: nobody's code is at work any more. */
export function abandon(): void {
  guard.depth = 0;
  guard.refused = null;
}

/** Does work with the guard on. */
export function guarded<T>(work: () => T): T {
  enter();
  try {
    return work();
  } finally {
    leave();
  }
}

/** Does work that code of a run may ask for, and that is not its own, with the guard off: a console looks at the environment for its colours. */
export function unguarded<T>(work: () => T): T {
  const { depth } = guard;
  guard.depth = 0;
  try {
    return work();
  } finally {
    guard.depth = depth;
  }
}

/**
 * Does nothing unless code of a run is at work; then it throws a RefusedCall, which is kept for those that look whether one was caught.
 *
 * @param above the stack begins with who called this
 */
export function refuse(call: string, why: Why, above: (...given: never) => unknown = refuse): void {
  if (guard.depth === 0) return;
  const refused = new RefusedCall(call, why);
  (Error as WithCapture).captureStackTrace?.(refused, above);
  guard.refused ??= refused;
  throw refused;
}

/** The first call that was refused since the last look, or null. */
export function takeRefused(): RefusedCall | null {
  const { refused } = guard;
  if (refused !== null) guard.refused = null;
  return refused;
}
