// A command that starts processes: a signal ends it only when processes and files are gone.
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { StartFailed } from './child.ts';
import { startGuard, type Guard } from './guard.ts';
import { wasInterrupted } from './interruption.ts';

export interface Surroundings {
  readonly guard: Guard;
  /** Aborted by Ctrl-C or SIGTERM: what is at work is given up. */
  readonly abort: AbortSignal;
}

// Not SIGHUP: whoever wants the command to outlive a terminal starts it with nohup; else it dies of it, and the guard cleans up.
const signals = ['SIGINT', 'SIGTERM'] as const;

/** Signals end `run` through `abort`; whatever it started is gone when it is over. @param interrupted what is told then; null: `run` tells it */
export async function guarded(
  terminal: Terminal,
  run: (surroundings: Surroundings) => Promise<ExitCode>,
  interrupted: string | null = null,
): Promise<ExitCode> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of signals) process.on(signal, abort);
  const guard = startGuard();
  try {
    return await run({ guard, abort: controller.signal });
  } catch (error) {
    terminal.progress('');
    if (error instanceof UsageError && !controller.signal.aborted) throw error;
    // Ctrl-C reaches all processes of the group, children and bundler too: what fails behind it fails because of it.
    if (await wasInterrupted(controller.signal)) {
      if (interrupted !== null) terminal.complain(`millrace: ${interrupted}`);
      return exitCodes.interrupted;
    }
    if (!(error instanceof StartFailed)) throw error;
    terminal.complain(`millrace: ${error.message}`);
    return exitCodes.threw;
  } finally {
    await guard.dismiss();
    for (const signal of signals) process.off(signal, abort);
  }
}
