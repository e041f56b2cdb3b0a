// Thrown by code of a job that ends the process it runs in, as a call that never returns, `process.exit` or a full heap does: nobody catches it but whoever
// hosts the machine. Its step came to nothing.

/** How code of a job ended the process that it ran in: a call did not return; it ended the process; the heap was full. */
export type ProcessEnd = 'looped' | 'exited' | 'heap-exhausted';

export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
  readonly how: ProcessEnd;

  constructor(how: ProcessEnd) {
    super(`code of a job ended its process: ${how}`);
    this.how = how;
  }
}

/** A bundle of a job may hold a copy of the class: what counts is the name. */
export function isProcessEnded(thrown: unknown): thrown is ProcessEnded {
  return thrown instanceof Error && thrown.name === 'ProcessEnded';
}
