// A TaskManager in a process of its own, with a watchdog over the code of its jobs.
import { TASK } from '../../core/base/at-work.ts';
import type { Address, Machine } from '../../core/base/machine.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { ProcessDeath } from '../../core/protocol/ids.ts';
import type { ClusterVocabulary } from '../../core/protocol/ports.ts';
import { deathAtWork } from '../../core/taskmanager/process-death.ts';
import { taskManager, type TaskManagerConfig, type TaskManagerState } from '../../core/taskmanager/task-manager.ts';
import { makeFolderSync } from '../disk.ts';
import { readDeath, removeDeath, writeDeath, type Note } from './death-file.ts';
import { reportFatalErrors, takeOutOfMemory } from './fatal-report.ts';
import { watchHeap } from './heap-watch.ts';
import { startWatchdog } from './watchdog.ts';
import { watchedMachine } from './watched-machine.ts';

interface Running {
  state(): unknown;
  tell(kind: string, body: unknown): void;
  readonly halted: Promise<string>;
}

interface Config {
  readonly work: string;
  readonly options: ClusterOptions;
  readonly log: (line: string) => void;
}

type MachineAt = (address: Address) => Machine<TaskManagerState, ClusterVocabulary>;

interface Given extends Pick<TaskManagerConfig, 'slots' | 'artifacts' | 'stackOf'> {
  /** The file of the watchdog. */
  readonly thread: string;
}

/** @param start makes its network and ports */
export async function startWatched<R extends Running>(
  { work, options, log }: Config,
  start: (machineAt: MachineAt) => Promise<R>,
  { thread, ...given }: Given,
): Promise<R> {
  makeFolderSync(work);
  const death = takeDeath(work, log);
  reportFatalErrors(work);
  const watchdog = startWatchdog(thread, { folder: work, timeoutMs: options.userCodeTimeoutMs }, log);
  const { atWork } = watchdog;
  const running = await start((address) =>
    watchedMachine(taskManager({ address, options, atWork, ...given }), watchdog, work),
  );
  if (death !== null) running.tell('process-died', { death });
  const stopHeapWatch = watchHeap((use) => running.tell('memory-short', use));
  process.on('exit', () => noteExit(running.state() as TaskManagerState, atWork, work));
  void running.halted
    .catch(() => {}) // told by who started it
    .finally(() => {
      stopHeapWatch();
      void watchdog.stop();
    });
  return running;
}

/** Code of a job ends the process from within a call. */
function noteExit({ tasks }: TaskManagerState, atWork: Int32Array, work: string): void {
  const death = atWork[TASK] === 0 ? null : deathAtWork(tasks, atWork, 'exited');
  if (death !== null) writeDeath(work, 'certain', death);
}

/** Whose code ended the process before; noted until a leader has heard of it. */
function takeDeath(work: string, log: (line: string) => void): ProcessDeath | null {
  const diedOfHeap = takeOutOfMemory(work);
  const suspected = read(work, 'suspected', log);
  if (diedOfHeap && suspected !== null) writeDeath(work, 'certain', suspected);
  removeDeath(work, 'suspected');
  return read(work, 'certain', log);
}

function read(work: string, note: Note, log: (line: string) => void): ProcessDeath | null {
  const found = readDeath(work, note);
  if (found.ok) return found.value;
  log(`the note of how the process before ended is not readable, and is removed: ${found.reason}`);
  removeDeath(work, note);
  return null;
}
