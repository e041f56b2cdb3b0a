// A TaskManager as a process, with a watchdog over the code of its jobs.
import type { JobProgram } from '../core/graph/functions.ts';
import { isTerminal } from '../core/protocol/states.ts';
import type { TaskManagerState } from '../core/taskmanager/state.ts';
import { taskManager } from '../core/taskmanager/task-manager.ts';
import { artifactFiles } from './artifact-files.ts';
import { sourcePort } from './connectors/source-port.ts';
import { deliver, DELIVERY_MS_MAX } from './connectors/delivery.ts';
import { sinkDisk } from './disk.ts';
import { fileSink } from './file-sink.ts';
import { functionPort } from './function-port.ts';
import { jobStack } from './job-stack.ts';
import { startWatched } from './poison/start-watched.ts';
import type { Port } from './port.ts';
import { startMachine, type Place, type ProcessConfig, type RunningMachine } from './processes.ts';

export interface TaskManagerConfig extends ProcessConfig {
  /** Of checkpoints, and of artifacts. */
  readonly storage: string;
  readonly slots: number;
  readonly sources: string;
  readonly sinks: string;
  /** The file of `poison/watchdog-thread`, which may end the process: it has one for itself. Null: nobody watches over code of jobs. */
  readonly watchdog: string | null;
}

export async function startTaskManager(config: TaskManagerConfig): Promise<RunningMachine<unknown>> {
  let running: RunningMachine<unknown> | null = null;
  const isOver = (task: number): boolean => running !== null && !reads(running.state() as TaskManagerState, task);
  const started = await start(config, isOver);
  running = started;
  return {
    ...started,
    stop: (why = 'its host ends it') => started.stopBehind({ kind: 'process-stops', body: { why } }),
  };
}

function reads({ tasks }: TaskManagerState, task: number): boolean {
  return tasks.some(({ number, status }) => number === task && !isTerminal(status));
}

function start(config: TaskManagerConfig, isOver: (task: number) => boolean): Promise<RunningMachine<unknown>> {
  const { slots, options, storage, sources, sinks, watchdog: thread } = config;
  const table = new Map<string, JobProgram>();
  const ports = ({ cluster }: Place): readonly Port[] => [
    sourcePort({ folder: sources, storage, isOver }),
    fileSink({
      folder: sinks,
      disk: sinkDisk,
      cluster,
      deliver: (delivery) => deliver({ ...delivery, storage }),
      deliveryMsMax: DELIVERY_MS_MAX,
      tell: (sentence) => config.log(sentence, 'port-failed'),
    }),
    artifactFiles({ storage, table }),
    functionPort(table),
  ];
  if (thread !== null)
    return startWatched(
      { ...config, log: (line) => config.log(line, 'tool') },
      (machineAt) => startMachine(config, machineAt, ports),
      {
        thread,
        slots,
        artifacts: table,
        stackOf: jobStack,
      },
    );
  return startMachine(
    config,
    (address) => taskManager({ address, slots, options, artifacts: table, stackOf: jobStack }),
    ports,
  );
}
