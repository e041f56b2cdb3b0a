// Exit codes tell what kind of failure it was, so that a script can act on it. Of several failures the gravest names the code.

export const exitCodes = {
  pass: 0,
  correctness: 1,
  usage: 2,
  liveness: 3,
  /** A machine threw, or broke an invariant. */
  threw: 4,
  nonDeterminism: 5,
  /** A large sweep in which an enabled fault never fired in some phase. */
  uncovered: 6,
  /** A bound ended an exploration before all was known. */
  stopped: 7,
  /** A job of a cluster ended FAILED. */
  jobFailed: 8,
  /** A job of a cluster ended CANCELED. */
  jobCanceled: 9,
  /** Something stands in the way of a cluster. */
  unhealthy: 10,
  /** A cluster did not answer; EX_UNAVAILABLE of sysexits.h. */
  unavailable: 69,
  /** An error of the tool itself; EX_SOFTWARE of sysexits.h. */
  internal: 70,
  /** Files of the run went away under it; EX_IOERR of sysexits.h. */
  filesGone: 74,
  /** By a signal, as shells say it of SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Gravest first: a run that cannot be repeated proves nothing, and a machine that threw has no output to judge. */
const byGravity: readonly ExitCode[] = [
  exitCodes.interrupted,
  exitCodes.internal,
  exitCodes.filesGone,
  exitCodes.usage,
  exitCodes.nonDeterminism,
  exitCodes.threw,
  exitCodes.unavailable,
  exitCodes.correctness,
  exitCodes.unhealthy,
  exitCodes.jobFailed,
  exitCodes.jobCanceled,
  exitCodes.liveness,
  exitCodes.uncovered,
  exitCodes.stopped,
  exitCodes.pass,
];

export function gravest(codes: readonly ExitCode[]): ExitCode {
  return byGravity.find((code) => codes.includes(code)) ?? exitCodes.pass;
}

/** The word for a code in what scripts read: that of a verdict where there is one. */
export function nameOfCode(code: ExitCode): string {
  const names: Readonly<Partial<Record<ExitCode, string>>> = { 5: 'non-determinism' };
  return names[code] ?? (Object.entries(exitCodes).find(([, known]) => known === code)?.[0] as string);
}

export function exitCodeOf(verdict: 'pass' | 'correctness' | 'liveness' | 'threw'): ExitCode {
  return exitCodes[verdict];
}

/** What the user asked for cannot be done, in one sentence. Anything else that is thrown is an error of the tool. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The files of a run went away while it lasted, in one sentence: nothing can be said of it. */
export class FilesGone extends Error {
  override readonly name = 'FilesGone';
}

/** A run that did not go on was ended; what it was doing, in one sentence. */
export class Standstill extends Error {
  override readonly name = 'Standstill';
  /** The function that did not come back, e.g. `onRecord of operator "count"`; empty: unknown. */
  readonly what: string;

  constructor(message: string, what = '') {
    super(message);
    this.what = what;
  }
}
