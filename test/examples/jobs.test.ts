// The jobs of examples/: in the simulator, while everything fails, and for real, with TaskManagers that read and write what their URLs name.
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loadJobFile } from '../../src/cli/job/job-file.ts';
import { prepare } from '../../src/cli/sim/plan.ts';
import { runSeed } from '../../src/cli/sim/run-seed.ts';
import { withDefaults } from '../../src/core/base/options.ts';
import type { Value } from '../../src/core/base/value.ts';
import { client, type ClientRequest, type ClientState } from '../../src/core/client/client.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { packageFolder } from '../../src/layout.ts';
import { keepArtifact } from '../../src/net-real/artifact-store.ts';
import { parseCsvRow } from '../../src/net-real/connectors/csv-row.ts';
import { startJobManager } from '../../src/net-real/job-manager-process.ts';
import { startMachine, type RunningMachine } from '../../src/net-real/processes.ts';
import { startTaskManager } from '../../src/net-real/task-manager-process.ts';
import { temporaryFolder } from '../net-real/temporary-folder.ts';

const examples = ['flight-delays', 'word-count', 'endless-counts'];

test.each(examples)('%s in the simulator', async (name) => {
  const setup = await prepare({
    scenario: join(packageFolder, 'examples', name, 'job.ts'),
    set: [],
    faults: 'scenario',
  });
  for (let seed = 1; seed <= 8; seed++)
    expect([seed, runSeed(setup, seed).result.sentence]).toEqual([seed, 'the job is finished, and no oracle objects']);
});

const folder = temporaryFolder();
const running: RunningMachine<unknown>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((machine) => machine.stop()));
});

async function keep<M extends RunningMachine<unknown>>(started: Promise<M>): Promise<M> {
  const machine = await started;
  running.push(machine);
  return machine;
}

const options = withDefaults(clusterOptionTable, {
  checkpointIntervalMs: 100,
  leaseMs: 600,
  leaseRenewIntervalMs: 100,
});

function configOf(name: string) {
  const [listen, log] = ['127.0.0.1:0', (): void => {}];
  const [ha, storage, work] = ['ha', 'storage', `work-${name}`].map((part) => folder.path(part)) as [
    string,
    string,
    string,
  ];
  return { listen, advertise: null, ha, storage, work, trace: null, options, log };
}

async function ask(name: string, request: ClientRequest): Promise<RunningMachine<ClientState>> {
  const config = { ...configOf(name), storage: null };
  return keep(startMachine(config, (address) => client({ address, options, request }), []));
}

async function until<T>(found: () => T | null): Promise<T> {
  for (;;) {
    const value = found();
    if (value !== null) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Submits a copy of an example to a cluster of its own. */
async function submit(name: string): Promise<RunningMachine<ClientState>> {
  const isOfExample = (path: string): boolean => basename(path) !== 'out'; // what somebody ran here before is no part of it
  cpSync(join(packageFolder, 'examples', name), folder.path(name), { recursive: true, filter: isOfExample });
  mkdirSync(folder.path('sources'));
  const { graph, artifact } = await loadJobFile(folder.path(name, 'job.ts'));
  await keepArtifact({ storage: folder.path('storage'), bytes: artifact.contents });
  const [sources, sinks] = [folder.path('sources'), folder.path('sinks')];
  await keep(startJobManager({ ...configOf('jm-1'), sinks }));
  await keep(startTaskManager({ ...configOf('tm-1'), slots: 2, sources, sinks, watchdog: null }));
  return ask('client-1', { kind: 'submit', jobId: 'job-1', graph, artifact: artifact.hash });
}

const endOf = (asker: RunningMachine<ClientState>): Promise<unknown> => until(() => asker.state().result);

/** Lines of all parts. */
function linesOf(...place: string[]): readonly (readonly string[])[] {
  const sink = folder.path(...place);
  return readdirSync(sink, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) =>
      readFileSync(join(sink, name), 'utf8')
        .split(/\r?\n/)
        .filter((line) => line !== ''),
    );
}

const valuesOf = (...place: string[]): readonly Value[] =>
  linesOf(...place).flatMap((lines) => lines.map((line) => JSON.parse(line) as Value));

const sorted = (values: readonly unknown[]): readonly string[] => values.map((value) => JSON.stringify(value)).sort();

test('flight-delays for real', async () => {
  const end = await endOf(await submit('flight-delays'));
  expect(end).toMatchObject({ kind: 'job', status: 'FINISHED' });
  const written = linesOf('flight-delays', 'out', 'delays').flatMap(([header, ...rows]) => {
    expect(header).toBe('origin,day,count,mean,max');
    return rows;
  });
  const flights = readFileSync(folder.path('flight-delays', 'flights.csv'), 'utf8').trim().split('\n').slice(1);
  const groups = new Map<string, number[]>();
  for (const flight of flights) {
    const parsed = parseCsvRow(flight, ',');
    const [date = '', delay = '', , origin = ''] = parsed.ok ? parsed.value : [];
    const key = `${origin},${date.slice(0, 10).replaceAll('/', '-')}`;
    groups.set(key, [...(groups.get(key) ?? []), Number(delay)]);
  }
  const expected = [...groups].map(([key, delays]) => {
    const sum = delays.reduce((total, delay) => total + delay, 0);
    return `${key},${delays.length},${sum / delays.length},${Math.max(...delays)}`;
  });
  expect([...written].sort()).toEqual(expected.sort());
}, 60_000);

test('word-count for real', async () => {
  const end = await endOf(await submit('word-count'));
  expect(end).toMatchObject({ kind: 'job', status: 'FINISHED' });
  const words =
    readFileSync(folder.path('word-count', 'text.txt'), 'utf8')
      .toLowerCase()
      .match(/[a-z']+/g) ?? [];
  const counts = new Map<string, number>();
  const expected = words.map((word) => {
    counts.set(word, (counts.get(word) ?? 0) + 1);
    return { word, count: counts.get(word) };
  });
  expect(sorted(valuesOf('word-count', 'out', 'counts'))).toEqual(sorted(expected));
}, 60_000);

test('endless-counts for real, until it is stopped', async () => {
  const submitted = await submit('endless-counts');
  const sink = ['endless-counts', 'out', 'counts'] as const;
  const seen = (): readonly Value[] | null => {
    const values = readdirSync(folder.path('endless-counts')).includes('out') ? valuesOf(...sink) : [];
    return values.length >= 10 ? values : null;
  };
  expect(sorted((await until(seen)).slice(0, 10))).toEqual(
    sorted(Array.from({ length: 10 }, (_, digit) => ({ digit, second: 0, count: 10 }))),
  );
  await ask('client-2', { kind: 'cancel', jobId: 'job-1' });
  expect(await endOf(submitted)).toMatchObject({ kind: 'job', status: 'CANCELED' });
}, 60_000);
