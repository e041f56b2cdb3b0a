// A process of a real run: started with everything that it needs, and stopped, struck or waited for by its id.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { cachedEnv, programs } from '../../layout.ts';
import { PRIVATE_FILE } from '../../net-real/disk.ts';
import { unconfigured } from '../config/load.ts';
import type { Greeting, WordOfJob } from '../process/command.ts';
import { lastWords } from './complaints.ts';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  /** 0: it could not be started. */
  readonly pid: number;
  /** Rejects with `StartFailed` if it ends before it is up. */
  readonly greeting: Promise<Greeting>;
  /** What code of a job did in it that no job may do, without its subject; null: nothing was heard of. */
  readonly wordOfJob: () => string | null;
  readonly exited: Promise<ChildExit>;
  readonly isGone: () => boolean;
  signal(signal: NodeJS.Signals): void;
  /** Data for the process, if it was started with `onMessage`; nothing happens when it is gone. */
  send(message: object): void;
}

/** A process ended before it was up. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
}

/**
 * `words` are those of the `millrace` command; what it complains goes into the file `log`.
 * @param onMessage called with data that the process sends; null: nobody listens.
 * @param flags of Node.
 * @param onPrinted called with each line that is none of the process itself: a job's code printed it.
 */
export function startChild(
  words: readonly string[],
  log: string,
  onMessage: ((message: unknown) => void) | null = null,
  flags: readonly string[] = [],
  onPrinted: (line: string) => void = () => {},
): Child {
  const complaints = openSync(log, 'a', PRIVATE_FILE);
  // Its standard input is a pipe that only this process holds: when it closes, the child knows that it is alone.
  const child = spawn(process.execPath, [...flags, programs.millrace, ...words], {
    stdio: ['pipe', 'pipe', complaints, ...(onMessage === null ? [] : (['ipc'] as const))],
    env: unconfigured(cachedEnv()), // it is told everything on its command line
    serialization: 'advanced', // maps, sets and bytes come as they are
  });
  if (onMessage !== null) child.on('message', onMessage);
  closeSync(complaints);
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null })); // it could not be started
  });
  let word: string | null = null;
  const onLine = (line: string): void => {
    const told = wordOfJob(line);
    if (told === null) onPrinted(line);
    else word ??= told;
  };
  return {
    pid: child.pid ?? 0,
    greeting: readGreeting(child, exited, log, onLine),
    wordOfJob: () => word,
    exited,
    isGone: () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined,
    signal: (signal) => void child.kill(signal),
    send: (message) => void (child.connected && child.send(message, () => {})), // that it is gone shows elsewhere
  };
}

const START_MS = 60_000; // for a process to come up: it takes 0.5 s, and 7 s were seen on a busy machine

/** A line behind the greeting: one of the process itself, or something that code of a job prints. */
function wordOfJob(line: string): string | null {
  if (!line.startsWith('{')) return null;
  try {
    return (JSON.parse(line) as Partial<WordOfJob>).userCode ?? null;
  } catch {
    return null;
  }
}

async function readGreeting(
  child: ChildProcess,
  exited: Promise<ChildExit>,
  log: string,
  onLater: (line: string) => void,
): Promise<Greeting> {
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new StartFailed(`a process could not be started: ${error.message}`);
  }
  let isLate = false;
  const killer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, START_MS);
  const lines = createInterface({ input: child.stdout! });
  const first = new Promise<string>((resolve) => {
    lines.once('line', (greeting) => {
      lines.on('line', onLater);
      resolve(greeting);
    });
  });
  const line = await Promise.race([first, exited.then(() => null)]);
  clearTimeout(killer);
  if (line === null) {
    const what = isLate ? `was not up after ${START_MS / 1_000} s` : 'ended before it was up';
    throw new StartFailed(`a process ${what}: ${lastWords(log)}`);
  }
  return JSON.parse(line) as Greeting;
}
