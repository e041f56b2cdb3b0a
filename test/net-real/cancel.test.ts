// A job is cancelled on real hosts with real stores, and its leader dies when the wish is durable: the next one goes on with it. What the sink holds
// then is a whole beginning of the input, and nothing waits in it.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withDefaults } from '../../src/core/base/options.ts';
import { client, type ClientRequest, type ClientState } from '../../src/core/client/client.ts';
import { defineJob } from '../../src/core/graph/define-job.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { taskManager } from '../../src/core/taskmanager/task-manager.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import { fileSource } from '../../src/net-real/file-source.ts';
import type { Port } from '../../src/net-real/port.ts';
import { startJobManager } from '../../src/net-real/job-manager-process.ts';
import { startMachine, type ProcessConfig, type RunningMachine } from '../../src/net-real/processes.ts';
import { readSink } from '../../src/net-real/sink-parts.ts';

const ARTIFACT = '5eed';
const RECORDS = 50_000; // at 1,000 a second it would take longer than this test
const options = withDefaults(clusterOptionTable, {
  checkpointIntervalMs: 100,
  leaseMs: 600,
  leaseRenewIntervalMs: 100,
});

const job = defineJob('copies', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 1_000 })
    .map('copy', (number) => number)
    .sinkTo('copies', { sink: 'copies' }),
);

const folder = await mkdtemp(join(tmpdir(), 'millrace-cancel-'));
const sinks = join(folder, 'sinks');
const sources = join(folder, 'sources');
mkdirSync(join(sources, 'numbers'), { recursive: true });
writeFileSync(join(sources, 'numbers', '0.jsonl'), Array.from({ length: RECORDS }, (_, n) => `${n}\n`).join(''));

const running: RunningMachine<unknown>[] = [];
afterAll(async () => {
  await Promise.all(running.map((machine) => machine.stop()));
  await rm(folder, { recursive: true, force: true });
});

const configOf = (name: string): ProcessConfig => ({
  listen: '127.0.0.1:0',
  advertise: null,
  ha: join(folder, 'ha'),
  storage: join(folder, 'storage'),
  work: join(folder, name),
  trace: null,
  options,
  log: () => {},
});

async function keep<M extends RunningMachine<unknown>>(started: Promise<M>): Promise<M> {
  const machine = await started;
  running.push(machine);
  return machine;
}

const artifact: Port = {
  serves: ['artifact-load'],
  request: async () => ({ kind: 'artifact-loaded', hash: ARTIFACT }),
  close: async () => {},
};

const startTaskManager = (name: string) =>
  keep(
    startMachine(
      configOf(name),
      (address) => taskManager({ address, slots: 1, options, artifacts: new Map([[ARTIFACT, job.program]]) }),
      [fileSource({ folder: sources }), fileSink({ folder: sinks }), artifact],
    ),
  );

const startClient = (name: string, request: ClientRequest): Promise<RunningMachine<ClientState>> =>
  keep(startMachine({ ...configOf(name), storage: null }, (address) => client({ address, options, request }), []));

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const committed = (): Promise<readonly unknown[]> => readSink(sinks, 'copies');

test('a cancelled job ends with whole output, whoever leads', { timeout: 60_000 }, async () => {
  const first = await keep(startJobManager({ ...configOf('jm-1'), sinks }));
  await startTaskManager('tm-1');
  const submitter = await startClient('client-1', {
    kind: 'submit',
    jobId: 'job-1',
    graph: job.graph,
    artifact: ARTIFACT,
  });
  await until(async () => (await committed()).length > 0);

  const canceller = await startClient('client-2', { kind: 'cancel', jobId: 'job-1' });
  await until(() => canceller.state().phase !== 'ASKING');
  await first.stop();
  await keep(startJobManager({ ...configOf('jm-2'), sinks }));
  await until(() => canceller.state().result !== null && submitter.state().result !== null);
  for (const client of [canceller, submitter])
    expect(client.state().result).toMatchObject({ status: 'CANCELED', reason: null });

  const records = await committed();
  expect(records).toEqual(Array.from({ length: records.length }, (_, n) => n));
  const left = readdirSync(sinks, { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => /\.(open|prepared)$/.test(name))).toEqual([]);
});
