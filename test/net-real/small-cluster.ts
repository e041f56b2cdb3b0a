// A cluster of real hosts with real stores in one process, for tests that end a TaskManager at a moment of their choice.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withDefaults } from '../../src/core/base/options.ts';
import type { Value } from '../../src/core/base/value.ts';
import { client, type ClientRequest, type ClientState } from '../../src/core/client/client.ts';
import type { JobDefinition } from '../../src/core/graph/define-job.ts';
import { jobManager } from '../../src/core/jobmanager/job-manager.ts';
import type { JobManagerState } from '../../src/core/jobmanager/state.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { taskManager } from '../../src/core/taskmanager/task-manager.ts';
import type { TaskManagerState } from '../../src/core/taskmanager/state.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import { createProcessLog } from '../../src/net-real/log/process-log.ts';
import { parseLogLine, type LogRecord } from '../../src/net-real/log/record.ts';
import { functionPort } from '../../src/net-real/function-port.ts';
import { fileSource } from '../../src/net-real/file-source.ts';
import type { Port } from '../../src/net-real/port.ts';
import { startMachine, type ProcessConfig, type RunningMachine } from '../../src/net-real/processes.ts';
import { readSink } from '../../src/net-real/sink-parts.ts';
import { storageDirectory } from '../../src/net-real/storage-directory.ts';

const options = withDefaults(clusterOptionTable, {
  heartbeatIntervalMs: 200,
  checkpointIntervalMs: 100,
  restartDelayMs: 50,
});

/** Requests of its choice wait in it until it is opened. */
export class Gate {
  readonly #holds: (request: PortRequest) => boolean;
  readonly #opening = Promise.withResolvers<void>();
  /** Requests that came to it while it was closed. */
  held = 0;

  constructor(holds: (request: PortRequest) => boolean) {
    this.#holds = holds;
  }

  open(): void {
    this.#opening.resolve();
  }

  before(port: Port): Port {
    return {
      ...port,
      request: async (request) => {
        if (this.#holds(request)) {
          this.held += 1;
          await this.#opening.promise;
        }
        return port.request(request);
      },
    };
  }
}

export const openGate = (): Gate => new Gate(() => false);

export interface SmallClusterConfig {
  /** By the hash of their artifact. */
  readonly jobs: Readonly<Record<string, JobDefinition>>;
  /** Topic to its splits. */
  readonly input: Readonly<Record<string, readonly (readonly Value[])[]>>;
  /** Between the file sources and whoever reads them. */
  readonly sourceGate: Gate;
  /** Hears what JobManagers and TaskManagers log. */
  readonly onLine?: (record: LogRecord) => void;
}

export class SmallCluster {
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-small-'));
  readonly #machines: RunningMachine<unknown>[] = [];
  readonly #config: SmallClusterConfig;
  #clients = 0;
  readonly sinks = this.#at('sinks');
  readonly storage = this.#at('storage');

  constructor(config: SmallClusterConfig) {
    this.#config = config;
    for (const [topic, splits] of Object.entries(config.input)) {
      mkdirSync(this.#at('sources', topic), { recursive: true });
      for (const [split, values] of splits.entries()) {
        const lines = values.map((value) => `${JSON.stringify(value)}\n`);
        writeFileSync(this.#at('sources', topic, `${split}.jsonl`), lines.join(''));
      }
    }
  }

  #at(...parts: string[]): string {
    return join(this.#folder, ...parts);
  }

  #processConfig(name: string): ProcessConfig {
    const [listen, advertise, storage, trace] = ['127.0.0.1:0', null, null, null];
    const log = createProcessLog({
      name,
      level: 'info',
      write: (line) => this.#hear(line),
      format: 'json',
      file: null,
    });
    return {
      listen,
      advertise,
      ha: this.#at('ha'),
      storage,
      work: this.#at(name),
      trace,
      options,
      log: (line, kind = 'network') => log.say(kind, line),
      onNote: (note) => log.note(note),
    };
  }

  #hear(line: string): void {
    const record = parseLogLine(line);
    if (record !== null) this.#config.onLine?.(record);
  }

  async #keep<S>(started: Promise<RunningMachine<S>>): Promise<RunningMachine<S>> {
    const machine = await started;
    this.#machines.push(machine);
    return machine;
  }

  #storage(): Port {
    return storageDirectory({ folder: this.#at('storage') });
  }

  startJobManager(name: string): Promise<RunningMachine<JobManagerState>> {
    const ports = [this.#storage(), fileSink({ folder: this.sinks })];
    return this.#keep(startMachine(this.#processConfig(name), (address) => jobManager({ address, options }), ports));
  }

  /** With one slot. `storageGate`: between it and the storage of checkpoints. */
  startTaskManager(name: string, storageGate: Gate = openGate()): Promise<RunningMachine<TaskManagerState>> {
    const { jobs, sourceGate } = this.#config;
    const artifacts = new Map(Object.entries(jobs).map(([hash, { program }]) => [hash, program]));
    const ports: readonly Port[] = [
      storageGate.before(this.#storage()),
      sourceGate.before(fileSource({ folder: this.#at('sources') })),
      fileSink({ folder: this.sinks }),
      artifactTable,
      functionPort(artifacts),
    ];
    return this.#keep(
      startMachine(
        this.#processConfig(name),
        (address) => taskManager({ address, slots: 1, options, artifacts }),
        ports,
      ),
    );
  }

  startClient(request: ClientRequest): Promise<RunningMachine<ClientState>> {
    const config = this.#processConfig(`client-${++this.#clients}`);
    return this.#keep(startMachine(config, (address) => client({ address, options, request }), []));
  }

  /** The committed records of a sink, as sorted lines. */
  async committed(sink: string): Promise<readonly string[]> {
    return sortedLines(await readSink(this.sinks, sink));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#machines.map((machine) => machine.stop()));
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/** Every artifact is there already. */
const artifactTable: Port = {
  serves: ['artifact-load'],
  request: async (request) => ({ kind: 'artifact-loaded', hash: 'hash' in request ? request.hash : '' }),
  close: async () => {},
};

export function sortedLines(values: readonly Value[]): readonly string[] {
  return values.map((value) => JSON.stringify(value)).toSorted();
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Waits for the answer to a client. */
export async function resultOf(asker: RunningMachine<ClientState>): Promise<NonNullable<ClientState['result']>> {
  await until(() => asker.state().result !== null);
  return asker.state().result!;
}
