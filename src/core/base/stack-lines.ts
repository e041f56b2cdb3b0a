// Where something was thrown, for people: the first frames of its stack, without those of the engine.

const FRAMES_MAX = 3; // the place, and how it got there; the rest is the same for every run

/** At most so many lines like `at reduce (/home/me/job.ts:19:45)`; none for what has no stack. */
export function stackLines(thrown: unknown, most: number = FRAMES_MAX): readonly string[] {
  if (!(thrown instanceof Error) || typeof thrown.stack !== 'string') return [];
  return thrown.stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at ') && !line.includes('node:'))
    .slice(0, most)
    .map((line) => line.replace('file://', ''));
}

/** `TypeError: x is not a function`; what was thrown need not be an error. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.name === 'Error' ? thrown.message : `${thrown.name}: ${thrown.message}`;
}
