// A TaskManager as a process, with a watchdog over the code of its jobs.
import type { JobProgram } from '../core/graph/functions.ts';
import { taskManager } from '../core/taskmanager/task-manager.ts';
import { artifactFiles } from './artifact-files.ts';
import { sourcePort } from './connectors/source-port.ts';
import { deliver } from './connectors/delivery.ts';
import { fileSink } from './file-sink.ts';
import { startWatched } from './poison/start-watched.ts';
import { startMachine, type ProcessConfig, type RunningMachine } from './processes.ts';

export interface TaskManagerConfig extends ProcessConfig {
  /** Of checkpoints, and of artifacts. */
  readonly storage: string;
  readonly slots: number;
  readonly sources: string;
  readonly sinks: string;
  /** The file of `poison/watchdog-thread`, which may end the process: it has one for itself. Null: nobody watches over code of jobs. */
  readonly watchdog: string | null;
}

export function startTaskManager(config: TaskManagerConfig): Promise<RunningMachine<unknown>> {
  const { slots, options, storage, sources, sinks, watchdog: thread } = config;
  const table = new Map<string, JobProgram>();
  const ports = [
    sourcePort({ folder: sources, storage }),
    fileSink({ folder: sinks, deliver: (delivery) => deliver({ ...delivery, storage }) }),
    artifactFiles({ storage, table }),
  ];
  if (thread !== null)
    return startWatched(
      { ...config, log: (line) => config.log(line, 'tool') },
      (machineAt) => startMachine(config, machineAt, ports),
      {
        thread,
        slots,
        artifacts: table,
      },
    );
  return startMachine(config, (address) => taskManager({ address, slots, options, artifacts: table }), ports);
}
