// A JobManager or a TaskManager as a process: its machine, a host, a network and its ports, from what it was told on its command line.
import type { Address, Machine } from '../core/base/machine.ts';
import type { JobProgram } from '../core/graph/functions.ts';
import { jobManager } from '../core/jobmanager/job-manager.ts';
import type { ClusterOptions } from '../core/protocol/cluster-options.ts';
import { describeInput } from '../core/protocol/describe.ts';
import type { ClusterVocabulary } from '../core/protocol/ports.ts';
import { taskManager } from '../core/taskmanager/task-manager.ts';
import { artifactFiles } from './artifact-files.ts';
import { clusterIdOf } from './cluster-id.ts';
import { complainingPort } from './complaining-port.ts';
import { fileSink } from './file-sink.ts';
import { fileSource } from './file-source.ts';
import { haDirectory } from './ha-directory.ts';
import { startHost } from './host.ts';
import { startWatched } from './poison/start-watched.ts';
import { takeIncarnation } from './incarnation.ts';
import type { Network } from './network.ts';
import type { Port } from './port.ts';
import { storageDirectory } from './storage-directory.ts';
import { createTcpNetwork } from './tcp-network.ts';
import { openTrace, type OpenTrace, type TraceFile } from './trace-file.ts';

export interface ProcessConfig {
  /** `host:port`; port 0 takes any. */
  readonly listen: string;
  /** Under which its peers know it; null: where it listens. */
  readonly advertise: Address | null;
  /** The folder of the HA service. */
  readonly ha: string;
  /** The folder of checkpoint storage; null for a client, which stores nothing. */
  readonly storage: string | null;
  /** A folder of its own. */
  readonly work: string;
  readonly trace: TraceFile | null;
  readonly options: ClusterOptions;
  /** As in `NetworkLimits`. Default: `heartbeatTimeoutMs`, as whoever is silent longer is lost to its peers anyway. */
  readonly streamSilenceMs?: number;
  /** One line for each peer or connection that something is wrong with, and for what a port cannot do (complaining-port.ts). */
  readonly log: (line: string) => void;
}

export interface JobManagerConfig extends ProcessConfig {
  /** It closes the sinks of jobs that end without having finished. */
  readonly sinks: string;
}

export interface TaskManagerConfig extends ProcessConfig {
  /** Of checkpoints, and of artifacts. */
  readonly storage: string;
  readonly slots: number;
  readonly sources: string;
  readonly sinks: string;
  /** The file of `poison/watchdog-thread`, which may end the process: it has one for itself. Null: nobody watches over code of jobs. */
  readonly watchdog: string | null;
}

export interface RunningMachine<S> {
  readonly address: Address;
  readonly listening: string;
  readonly incarnation: number;
  /** To be looked at, never changed. */
  state(): S;
  /** As `Host`. */
  tell(kind: string, body: unknown): void;
  /** Why it ended. Rejects if its machine threw. */
  readonly halted: Promise<string>;
  stop(): Promise<void>;
}

export function startJobManager(config: JobManagerConfig): Promise<RunningMachine<unknown>> {
  const ports = [fileSink({ folder: config.sinks })];
  return startMachine(config, (address) => jobManager({ address, options: config.options }), ports);
}

export function startTaskManager(config: TaskManagerConfig): Promise<RunningMachine<unknown>> {
  const { slots, options, storage, sources, sinks, watchdog: thread } = config;
  const table = new Map<string, JobProgram>();
  const ports = [fileSource({ folder: sources }), fileSink({ folder: sinks }), artifactFiles({ storage, table })];
  if (thread !== null)
    return startWatched(config, (machineAt) => startMachine(config, machineAt, ports), {
      thread,
      slots,
      artifacts: table,
    });
  return startMachine(config, (address) => taskManager({ address, slots, options, artifacts: table }), ports);
}

/** Listens first: the machine must know its address. */
export async function startMachine<S>(
  config: ProcessConfig,
  machineAt: (address: Address) => Machine<S, ClusterVocabulary>,
  ports: readonly Port[],
): Promise<RunningMachine<S>> {
  const { listen, advertise, ha, storage, work, options, log } = config;
  const trace = openTrace(config.trace, log);
  const cluster = await clusterIdOf(ha);
  const service = haDirectory({ folder: ha });
  const incarnation = await takeIncarnation(service, work);
  // The last thing that may fail: what listens keeps its process.
  const network = await createTcpNetwork({
    cluster,
    listen,
    ...(advertise === null ? {} : { advertise }),
    incarnation,
    log,
    limits: { streamSilenceMs: config.streamSilenceMs ?? options.heartbeatTimeoutMs },
  });
  const stores = [service, ...(storage === null ? [] : [storageDirectory({ folder: storage })])];
  const heard = [...stores, ...ports].map((port) => complainingPort(port, log));
  return host(machineAt(network.address), network, heard, incarnation, trace);
}

/** Texts of this length are of records: whoever reads a trace wants the beginning, and who writes it must not be slowed down by the rest. */
const TRACED_CHARACTERS_MAX = 1_000;

function host<S>(
  machine: Machine<S, ClusterVocabulary>,
  network: Network,
  ports: readonly Port[],
  incarnation: number,
  trace: OpenTrace | null,
): RunningMachine<S> {
  const { address, listening } = network;
  const running = startHost({
    machine,
    network,
    ports,
    incarnation,
    describeInput,
    ...(trace === null ? {} : { trace: { ...trace.options, charactersMax: TRACED_CHARACTERS_MAX } }),
  });
  return {
    address,
    listening,
    incarnation,
    state: () => running.state(),
    tell: (kind, body) => running.tell(kind, body),
    halted: running.halted.finally(() => trace?.close()),
    stop: () => running.stop(),
  };
}
