// The processes of a local cluster: started, started again with a growing delay when they end by themselves, and stopped in good order. Nothing here
// knows what they do.
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/base/stack-lines.ts';
import { fileWriter, type ProcessLog, type Writer } from '../../net-real/log/process-log.ts';
import { startChild, StartFailed, type Child, type ChildExit } from '../children/child.ts';
import { lastWordsSince, markLog, type LogMark } from '../children/complaints.ts';
import type { Guard } from '../children/guard.ts';
import { shownPath } from '../files.ts';
import { keepBounded } from './bounded-file.ts';
import { exitCodes, UsageError } from '../exit-codes.ts';
import type { Greeting } from '../process/command.ts';

export interface SupervisedProcess {
  readonly name: string;
  /** Of the `millrace` command. */
  readonly words: readonly string[];
  /** What it prints on its standard error that is no line of its log. */
  readonly stderr: string;
  /** The same of its standard output. */
  readonly stdout: string;
  readonly log: string;
}

export interface SupervisorPlan {
  readonly processes: readonly SupervisedProcess[];
  readonly log: ProcessLog;
  readonly guard: Guard;
}

export interface Supervisor {
  /** Of those that are up, by name. */
  greetings(): ReadonlyMap<string, Greeting>;
  /** All end in good order; those that do not are killed. Returns a sentence for each of them. */
  stop(): Promise<readonly string[]>;
}

/** A process that ended by itself is started again after the first, doubled up to the last. */
export const RESTART_MS = { first: 250, last: 10_000 } as const;
/** One that was up for so long is no victim of its own start: the delay begins again. */
const SETTLED_MS = 60_000;
/** For a process to end in good order: it takes 0.1 s, and 3 s were seen on a busy machine, whose disk it waits for. */
const STOP_MS = 15_000;
/** Of what a process prints: 20 MiB. */
const PRINTED_FILES_MAX = 2;

/** Resolves when all are up. Rejects with a sentence if one does not come up, or `abort` did not wait for it; then all are gone. */
export async function startSupervised(plan: SupervisorPlan, abort: AbortSignal): Promise<Supervisor> {
  const supervisor = new Processes(plan);
  const onAbort = (): void => supervisor.kill();
  abort.addEventListener('abort', onAbort);
  try {
    await supervisor.start();
    abort.throwIfAborted();
    return supervisor;
  } catch (error) {
    await supervisor.stop();
    throw error;
  } finally {
    abort.removeEventListener('abort', onAbort);
  }
}

interface Supervised {
  readonly process: SupervisedProcess;
  child: Child | null;
  greeting: Greeting | null;
  upAt: number;
  delayMs: number;
  /** What this process says is behind them. */
  marks: readonly LogMark[];
  readonly printed: Writer;
}

class Processes implements Supervisor {
  readonly #plan: SupervisorPlan;
  readonly #all: readonly Supervised[];
  readonly #over = new AbortController();
  /** Of those that are being started again. */
  readonly #coming = new Set<Promise<void>>();
  readonly #endLooks: () => void;
  #isStopped = false;

  constructor(plan: SupervisorPlan) {
    this.#plan = plan;
    this.#all = plan.processes.map((process) => ({
      process,
      child: null,
      greeting: null,
      upAt: 0,
      delayMs: RESTART_MS.first,
      marks: [],
      printed: fileWriter(process.stdout, (message) => plan.log.say('supervisor', message), PRINTED_FILES_MAX),
    }));
    this.#endLooks = this.#boundComplaints();
  }

  /** What is printed on standard error goes past this process, so that nothing of a last word is lost. */
  #boundComplaints(): () => void {
    const names = new Map(this.#all.map(({ process }) => [process.stderr, process.name]));
    return keepBounded([...names.keys()], (path, done) => {
      const name = names.get(path) ?? '';
      const sentence =
        done instanceof Error
          ? `the standard error of ${name} grows, and cannot be cut: ${messageOf(done)}`
          : `${name} printed ${mebibytes(done.sizeBytes)} on its standard error: ${shownPath(path)} begins anew, what was in it is ${shownPath(done.older)}, and what that was before is gone`;
      this.#plan.log.say('supervisor', sentence);
    });
  }

  greetings(): ReadonlyMap<string, Greeting> {
    const up = this.#all.flatMap(({ process, greeting }) =>
      greeting === null ? [] : [[process.name, greeting] as const],
    );
    return new Map(up);
  }

  async start(): Promise<void> {
    await Promise.all(this.#all.map((one) => this.#startOne(one)));
    for (const one of this.#all) this.#watch(one);
  }

  /** Rejects if it does not come up. */
  async #startOne(one: Supervised): Promise<void> {
    const { name, words, stderr, log } = one.process;
    one.marks = [markLog(stderr), markLog(log)];
    const child = startChild(words, stderr, null, [], (line) => this.#print(one, line));
    one.child = child;
    if (child.pid > 0) this.#plan.guard.watchProcess(child.pid); // 0 would be the guard itself
    void child.exited.then(() => this.#plan.guard.forgetProcess(child.pid));
    try {
      one.greeting = await child.greeting;
    } catch (error) {
      const { code } = await child.exited;
      const words = lastWordsSince(one.marks).replace(/^millrace: /, '');
      if (code === exitCodes.usage) throw new UsageError(`${name} cannot be started: ${words}`);
      throw new StartFailed(`${name} did not start: ${messageOf(error)}`);
    }
    one.upAt = performance.now();
  }

  /** What comes when all are gone finds no file: its folder may be gone, too. */
  #print({ printed }: Supervised, line: string): void {
    if (!this.#isStopped) printed.write(line);
  }

  /** From when it is up: its end is noticed, and it is started again. */
  #watch(one: Supervised): void {
    void one.child?.exited.then((exit) => {
      one.greeting = null;
      if (this.#over.signal.aborted) return;
      const coming = this.#startAgain(one, exit).finally(() => this.#coming.delete(coming));
      this.#coming.add(coming);
    });
  }

  async #startAgain(one: Supervised, exit: ChildExit): Promise<void> {
    const { name } = one.process;
    const { log } = this.#plan;
    if (performance.now() - one.upAt >= SETTLED_MS) one.delayMs = RESTART_MS.first;
    let why = `ended ${describeExit(exit)}: ${lastWordsSince(one.marks)}`;
    for (;;) {
      const { delayMs } = one;
      one.delayMs = Math.min(RESTART_MS.last, 2 * delayMs);
      try {
        // Ctrl-C reaches a child sooner than this process: its end is told when the signal had time to come.
        await sleep(delayMs, undefined, { signal: this.#over.signal });
        log.say('supervisor', `${name} ${why}; it is started again, ${delayMs / 1_000} s behind its end`);
        await this.#startOne(one);
        log.say('supervisor', `${name} is up again, process ${one.child?.pid}`, 'info');
        return this.#watch(one);
      } catch (error) {
        if (this.#over.signal.aborted) return;
        why = (error as Error).message.replace(`${name} `, ''); // a sentence of `#startOne`
      }
    }
  }

  async stop(): Promise<readonly string[]> {
    this.#over.abort();
    const sentences = await Promise.all(this.#all.map((one) => this.#stopOne(one)));
    await Promise.all(this.#coming);
    await Promise.all(this.#all.flatMap(({ child }) => (child === null ? [] : [child.exited])));
    this.#isStopped = true;
    this.#endLooks();
    for (const { printed } of this.#all) printed.close();
    return sentences.filter((sentence) => sentence !== null);
  }

  async #stopOne({ process, child }: Supervised): Promise<string | null> {
    if (child === null || child.isGone()) return null;
    const isUp = await child.greeting.then(
      () => true,
      () => false,
    );
    if (!isUp) return null; // one that was just started does not know yet what SIGTERM means
    child.signal('SIGTERM');
    const killer = setTimeout(() => child.signal('SIGKILL'), STOP_MS);
    const exit = await child.exited;
    clearTimeout(killer);
    return exit.code === 0 ? null : `${process.name} did not stop in good order: it ended ${describeExit(exit)}`;
  }

  kill(): void {
    this.#over.abort();
    for (const { child } of this.#all) if (child?.isGone() === false) child.signal('SIGKILL');
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

export function describeExit({ code, signal }: ChildExit): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}
