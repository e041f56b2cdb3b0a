// A local cluster from its start to its end, whoever wants it: the folder is held by one command at a time, and nothing stays behind, even if this
// process is killed.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFileOf, makeRoot, workFolderOf, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import { makeFolderSync } from '../../net-real/disk.ts';
import { describeHolder, hold, isAlive, readHolder } from '../../net-real/holder.ts';
import { createProcessLog, type ProcessLog } from '../../net-real/log/process-log.ts';
import type { LogLevel } from '../../net-real/log/record.ts';
import type { Surroundings } from '../children/guarded.ts';
import { UsageError } from '../exit-codes.ts';
import { commandHere, reasonOf, shownPath } from '../files.ts';
import { processesOf, type LocalCluster } from './plan.ts';
import { startSupervised, type Supervisor } from './supervisor.ts';

export interface Running {
  readonly supervisor: Supervisor;
  readonly log: ProcessLog;
  /** Ends all in good order; returns what did not. */
  stop(): Promise<readonly string[]>;
}

/** How what the command itself logs is written; it goes to `logs/cluster.log` too. */
export interface OwnLog {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  readonly write: ((text: string) => void) | null;
}

/** Resolves when all processes are up. Throws a `UsageError` if another command runs this cluster. */
export async function startLocal(
  cluster: LocalCluster,
  ownLog: OwnLog,
  { guard, abort }: Surroundings,
): Promise<Running> {
  const release = holdFolder(cluster.folder);
  const log = createProcessLog({ name: 'cluster', ...ownLog, file: logFileOf(cluster.folder, 'cluster') });
  const close = (): void => {
    log.close();
    release();
  };
  try {
    const processes = processesOf(cluster);
    await untilFree(
      cluster.folder,
      processes.map(({ name }) => name),
      abort,
    );
    const supervisor = await startSupervised({ processes, log, guard }, abort);
    log.say('process', `${processes.map(({ name }) => name).join(', ')} are up in ${cluster.folder.root}`);
    return {
      supervisor,
      log,
      async stop() {
        const unruly = await supervisor.stop();
        for (const sentence of unruly) log.say('supervisor', sentence);
        close();
        return unruly;
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

function holdFolder(folder: ClusterFolder): () => void {
  try {
    makeRoot(folder);
    makeFolderSync(folder.logs);
    const held = hold(holderFile(folder));
    if (held.ok) return held.release;
    throw new UsageError(
      `the cluster in ${shownPath(folder.root)} is run by ${describeHolder(held.by)}: stop that one (kill ${held.by.pid}), or give this one another folder with --cluster`,
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the folder ${shownPath(folder.root)} cannot be written: ${reasonOf(error)}`);
  }
}

/** Says which command runs the cluster. */
export function holderFile(folder: ClusterFolder): string {
  return join(folder.root, 'cluster.json');
}

const LOOK_MS = 50;
const FREE_MS = 10_000; // the guard of a command that was killed needs less than one

/** Processes of a command that was killed may be about to die, and have their names still. */
async function untilFree(folder: ClusterFolder, names: readonly string[], abort: AbortSignal): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const taken = names.find((name) => isTaken(folder, name));
    if (taken === undefined) return;
    const by = readHolder(join(workFolderOf(folder, taken), 'process.json'));
    if (waitedMs >= FREE_MS && by !== null)
      throw new UsageError(
        `"${taken}" in ${shownPath(folder.root)} is the name of ${describeHolder(by)}: stop it, or use ${commandHere('taskmanager')} for what this cluster lacks`,
      );
    await sleep(LOOK_MS, undefined, { signal: abort });
  }
}

function isTaken(folder: ClusterFolder, name: string): boolean {
  const by = readHolder(join(workFolderOf(folder, name), 'process.json'));
  return by !== null && isAlive(by);
}
