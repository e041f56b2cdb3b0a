// Code of a job that wants to end the process gets an error for it: a TaskManager has other jobs.
import { messageOf, stackLines } from '../../core/base/stack-lines.ts';

/** Its message is what the job did: `called process.exit(3)`. */
export class ExitRefused extends Error {
  override readonly name = 'Error';
}

const FRAMES_MAX = 20;

/** From here on `process.exit` throws if the bundle of a job is in the stack. Ours goes on as before. */
export function refuseExits(folder: string): void {
  const exit = process.exit.bind(process);
  process.exit = (code) => {
    const refused = new ExitRefused(`called process.exit(${code ?? ''})`);
    if (stackLines(refused, FRAMES_MAX).some((frame) => frame.includes(folder))) throw refused;
    return exit(code);
  };
}

/** What a job did, without its subject, by an error that nobody caught. */
export function describeDeed(error: unknown): string {
  return error instanceof ExitRefused ? error.message : `left this behind: ${messageOf(error)}`;
}
