// Code of a job that wants to end the process gets an error for it: a TaskManager has other jobs.
import { messageOf, stackLines } from '../../core/base/stack-lines.ts';
import { isInArtifact } from '../../net-real/artifact-store.ts';

/** Its message is what the job did: `called process.exit(3)`. */
export class ExitRefused extends Error {
  override readonly name = 'Error';
}

const FRAMES_MAX = 20;

/** From here on `process.exit`, and what else ends a process, throws if an artifact is in the stack. Ours goes on as before. */
export function refuseExits(): void {
  const own = process as NodeJS.Process & { reallyExit: typeof process.exit };
  const exit = own.exit.bind(process);
  const reallyExit = own.reallyExit.bind(process);
  const abort = own.abort.bind(process);
  const kill = own.kill.bind(process);
  Object.assign(process, {
    exit: (code?: number) => {
      refuseJob(`process.exit(${code ?? ''})`);
      return exit(code);
    },
    reallyExit: (code?: number) => {
      refuseJob(`process.reallyExit(${code ?? ''})`);
      return reallyExit(code);
    },
    abort: () => {
      refuseJob('process.abort()');
      return abort();
    },
    kill: (pid: number, signal?: string | number) => {
      refuseJob(`process.kill(${pid})`);
      return kill(pid, signal);
    },
  });
}

function refuseJob(call: string): void {
  const refused = new ExitRefused(`called ${call}`);
  if (stackLines(refused, FRAMES_MAX).some(isInArtifact)) throw refused;
}

/** What a job did, without its subject, by an error that nobody caught. */
export function describeDeed(error: unknown): string {
  return error instanceof ExitRefused ? error.message : `left this behind: ${messageOf(error)}`;
}
