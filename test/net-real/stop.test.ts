// A job is stopped with a savepoint on real hosts with real stores. Its TaskManager dies when the wish is durable and the savepoint is not, so that the next
// attempt takes it. What the sink holds then is what the savepoint covers: without the window that it is in the midst of, or, drained, with it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withDefaults } from '../../src/core/base/options.ts';
import { decodeMetadata } from '../../src/core/checkpoint/metadata-codec.ts';
import { client, type ClientRequest, type ClientState } from '../../src/core/client/client.ts';
import { defineJob } from '../../src/core/graph/define-job.ts';
import { tumblingEventTime } from '../../src/core/graph/windows.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { taskManager } from '../../src/core/taskmanager/task-manager.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import { fileSource } from '../../src/net-real/file-source.ts';
import type { Port } from '../../src/net-real/port.ts';
import { startJobManager } from '../../src/net-real/job-manager-process.ts';
import { startMachine, type RunningMachine } from '../../src/net-real/processes.ts';
import { readSink } from '../../src/net-real/sink-parts.ts';
import { storageDirectory } from '../../src/net-real/storage-directory.ts';

const ARTIFACT = '5eed';
const RECORDS = 50_000; // at 1,000 a second it would take longer than this test
const WINDOW = 7;
const options = withDefaults(clusterOptionTable, {
  checkpointIntervalMs: 100,
  leaseMs: 600,
  leaseRenewIntervalMs: 100,
});

/** Record n is of time n, so that a window has as many records as it is long. */
const job = defineJob('windows', (env) =>
  env
    .fromSource<number>('numbers', {
      topic: 'numbers',
      splits: 1,
      recordsPerSecond: 1_000,
      timestamp: (number) => number,
    })
    .keyBy(() => 'all')
    .window('count', tumblingEventTime(WINDOW))
    .aggregate({
      create: () => 0,
      add: (count) => count + 1,
      result: (count, { window }) => [window.start, count],
    })
    .sinkTo('counts', { sink: 'counts' }),
);

const running: RunningMachine<unknown>[] = [];
const folders: string[] = [];
afterAll(async () => {
  await Promise.all(running.map((machine) => machine.stop()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

async function keep<M extends RunningMachine<unknown>>(started: Promise<M>): Promise<M> {
  const machine = await started;
  running.push(machine);
  return machine;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const artifact: Port = {
  serves: ['artifact-load'],
  request: async () => ({ kind: 'artifact-loaded', hash: ARTIFACT }),
  close: async () => {},
};

/** A storage that can be told to keep what is put for itself: it answers no more. */
function stallingStorage(folder: string): { readonly port: Port; stalls: boolean } {
  const storage = storageDirectory({ folder });
  const stalling = {
    stalls: false,
    port: {
      ...storage,
      request: (request: Parameters<Port['request']>[0]) =>
        stalling.stalls && request.kind === 'storage-put' ? new Promise<never>(() => {}) : storage.request(request),
    },
  };
  return stalling;
}

class Place {
  readonly #folder: string;
  readonly sinks: string;
  readonly storage: string;
  readonly #sources: string;

  constructor(folder: string) {
    this.#folder = folder;
    folders.push(folder);
    this.sinks = join(folder, 'sinks');
    this.storage = join(folder, 'storage');
    this.#sources = join(folder, 'sources');
    mkdirSync(join(this.#sources, 'numbers'), { recursive: true });
    writeFileSync(
      join(this.#sources, 'numbers', '0.jsonl'),
      Array.from({ length: RECORDS }, (_, n) => `${n}\n`).join(''),
    );
  }

  #configOf(name: string) {
    const at = (part: string): string => join(this.#folder, part);
    const { storage } = this;
    const [listen, log] = ['127.0.0.1:0', (): void => {}];
    return { listen, advertise: null, ha: at('ha'), storage, work: at(name), trace: null, options, log };
  }

  startJobManager() {
    return keep(startJobManager({ ...this.#configOf('jm-1'), sinks: this.sinks }));
  }

  startTaskManager(name: string, storage: Port = storageDirectory({ folder: this.storage })) {
    return keep(
      startMachine(
        { ...this.#configOf(name), storage: null },
        (address) => taskManager({ address, slots: 1, options, artifacts: new Map([[ARTIFACT, job.program]]) }),
        [fileSource({ folder: this.#sources }), fileSink({ folder: this.sinks }), artifact, storage],
      ),
    );
  }

  startClient(name: string, request: ClientRequest): Promise<RunningMachine<ClientState>> {
    const config = { ...this.#configOf(name), storage: null };
    return keep(startMachine(config, (address) => client({ address, options, request }), []));
  }

  committed(): Promise<readonly unknown[]> {
    return readSink(this.sinks, 'counts');
  }

  /** How far the savepoint has come. */
  async positionOf(savepointId: string): Promise<number> {
    const asker = await this.startClient('client-3', { kind: 'savepoint-status', jobId: 'job-1', savepointId });
    await until(() => asker.state().result !== null);
    const { result } = asker.state();
    if (result?.kind !== 'savepoint' || result.metadata === null) throw new Error(`no savepoint ${savepointId}`);
    const metadata = decodeMetadata(readFileSync(join(this.storage, result.metadata.name)));
    if (!metadata.ok) throw new Error(metadata.reason);
    return metadata.value.subtasks.flatMap(({ splits }) => splits)[0]?.position ?? 0;
  }
}

/** What a sequential run commits of the first so many records. */
function windowsOf(records: number, drain: boolean): readonly (readonly [number, number])[] {
  const watermark = drain ? Infinity : records - 2;
  const starts = Array.from({ length: Math.ceil(records / WINDOW) }, (_, index) => index * WINDOW);
  return starts
    .filter((start) => start + WINDOW - 1 <= watermark)
    .map((start) => [start, Math.min(WINDOW, records - start)]);
}

test.each([false, true])(
  'a stopped job ends as its savepoint says (drained: %s)',
  { timeout: 60_000 },
  async (drain) => {
    const place = new Place(await mkdtemp(join(tmpdir(), 'millrace-stop-')));
    await place.startJobManager();
    const storage = stallingStorage(place.storage);
    const first = await place.startTaskManager('tm-1', storage.port);
    const jobId = 'job-1';
    const submitter = await place.startClient('client-1', {
      kind: 'submit',
      jobId,
      graph: job.graph,
      artifact: ARTIFACT,
    });
    await until(async () => (await place.committed()).length > 0);

    storage.stalls = true;
    const stopper = await place.startClient('client-2', { kind: 'stop', jobId, savepointId: 's-1', drain });
    await until(() => stopper.state().phase !== 'ASKING');
    expect(stopper.state().result).toBeNull();
    await first.stop();
    await place.startTaskManager('tm-2');
    await until(() => stopper.state().result !== null && submitter.state().result !== null);
    for (const client of [stopper, submitter])
      expect(client.state().result).toMatchObject({ status: 'FINISHED', reason: null, savepointId: 's-1' });

    const position = await place.positionOf('s-1');
    expect(position).toBeGreaterThan(0);
    expect(position).toBeLessThan(RECORDS);
    expect(await place.committed()).toEqual(windowsOf(position, drain));
    const left = readdirSync(place.sinks, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => /\.(open|prepared)$/.test(name))).toEqual([]);
  },
);
