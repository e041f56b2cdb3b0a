// A poison job beside a good one, on real processes: its code does not return, fills the heap, or ends the process. TaskManagers die
// of it and are started again, as whoever supervises them does it; the poison ends FAILED, and the good job has its whole output.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { withDefaults } from '../../src/core/base/options.ts';
import { client, type ClientState } from '../../src/core/client/client.ts';
import type { JobDefinition } from '../../src/core/graph/define-job.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import { startChild, type Child } from '../../src/cli/children/child.ts';
import { keepArtifact } from '../../src/net-real/artifact-store.ts';
import { bundleScenario } from '../../src/cli/scenario/bundle.ts';
import { startMachine, type RunningMachine } from '../../src/net-real/processes.ts';
import { readSink } from '../../src/net-real/sink-parts.ts';

const RECORDS = 1_500;
const POISON_AT = 40;
const SET = {
  heartbeatIntervalMs: 200,
  heartbeatTimeoutMs: 1_000,
  userCodeTimeoutMs: 1_500,
  checkpointIntervalMs: 500,
  restartDelayMs: 100,
  restartDelayMaxMs: 200,
} as const;
const HEAP_MB = 160;

/** What a job does at its poison. */
const POISONS = {
  loop: 'for (;;);',
  heap: 'const kept = []; for (;;) kept.push({ n: kept.length, text: `kept ${kept.length}` });',
  end: 'endProcess();',
  exit: 'process.exit(7);',
  abort: 'process.abort();',
} as const;

const jobOf = (name: string, body: string): string => `
import { defineJob, endProcess } from 'millrace/scenario';
export const job = defineJob('${name}', (env) =>
  env
    .fromSource('numbers', { topic: '${name}', splits: 1, recordsPerSecond: 250 })
    .map('work', (number) => { if (number === ${POISON_AT}) { ${body} } return number; })
    .sinkTo('out', { sink: '${name}' }),
);
void endProcess;
`;

class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-poison-'));
  readonly machines: RunningMachine<unknown>[] = [];
  readonly #children = new Map<string, Child>();
  readonly #set: Readonly<Record<string, number>>;
  #isOver = false;
  /** Starts of TaskManagers behind the first ones. */
  restarts = 0;

  constructor(set: Readonly<Record<string, number>>) {
    this.#set = set;
    for (const name of ['sources', 'logs']) mkdirSync(join(this.folder, name));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  #words(role: string, name: string): string[] {
    const stores = ['--ha', this.path('ha'), '--storage', this.path('storage'), '--sinks', this.path('sinks')];
    const set = Object.entries(this.#set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    return [role, ...stores, '--work', this.path(name), ...set];
  }

  async start(): Promise<void> {
    await this.#run('jm-1', this.#words('jobmanager', 'jm-1'));
    await Promise.all(['tm-1', 'tm-2'].map((name) => this.#startTaskManager(name)));
  }

  async #startTaskManager(name: string): Promise<void> {
    const folders = ['--sources', this.path('sources'), '--slots', '2'];
    const listen = ['--listen', `127.0.0.1:${await freePort()}`];
    await this.#run(name, [...this.#words('taskmanager', name), ...folders, ...listen]);
  }

  async #run(name: string, words: readonly string[]): Promise<void> {
    const child = startChild(words, join(this.folder, 'logs', `${name}.log`));
    this.#children.set(name, child);
    void child.exited.then(() => {
      if (this.#isOver) return;
      this.restarts += 1;
      void this.#run(name, words);
    });
    await child.greeting;
  }

  /** Writes input and code of a job, and submits it. */
  async submit(name: string, source: string, records: number): Promise<RunningMachine<ClientState>> {
    mkdirSync(join(this.path('sources'), name));
    const lines = Array.from({ length: records }, (_, number) => `${number}\n`).join('');
    writeFileSync(join(this.path('sources'), name, '0.jsonl'), lines);
    const file = this.path(`${name}.ts`);
    writeFileSync(file, source);
    const bundled = await bundleScenario(file);
    if (!bundled.ok) throw new Error(bundled.reason);
    const { hash, contents } = bundled.value;
    await keepArtifact({ storage: this.path('storage'), bytes: contents });
    const artifact = join(this.path('storage'), 'artifacts', `${hash}.mjs`);
    const { job } = (await import(pathToFileURL(artifact).href)) as { readonly job: JobDefinition };
    const options = withDefaults(clusterOptionTable, this.#set);
    const request = { kind: 'submit', jobId: name, graph: job.graph, artifact: hash } as const;
    const { ha } = { ha: this.path('ha') };
    const config = { listen: '127.0.0.1:0', advertise: null, ha, storage: null, trace: null, options, log: () => {} };
    const running = await startMachine(
      { ...config, work: this.path(`client-${name}`) },
      (address) => client({ address, options, request }),
      [],
    );
    this.machines.push(running);
    return running;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.machines.map((machine) => machine.stop()));
    for (const child of this.#children.values()) child.signal('SIGKILL');
    await Promise.all([...this.#children.values()].map(({ exited }) => exited));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

let cluster: Cluster | null = null;

afterEach(async () => {
  await cluster?.stop();
  cluster = null;
  delete process.env['NODE_OPTIONS'];
});

async function endOf(submitted: RunningMachine<ClientState>): Promise<string> {
  for (;;) {
    const { result } = submitted.state();
    if (result !== null && 'status' in result) {
      const { status, reason } = result as {
        readonly status: string;
        readonly reason: Parameters<typeof describeReason>[0] | null;
      };
      return `${status}${reason === null ? '' : `: ${describeReason(reason)}`}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function runBeside(
  source: string,
  records: number,
  set: Readonly<Record<string, number>> = SET,
): Promise<string> {
  process.env['NODE_OPTIONS'] = `--max-old-space-size=${HEAP_MB}`;
  cluster = new Cluster(set);
  await cluster.start();
  const good = await cluster.submit('good', jobOf('good', ''), RECORDS);
  const poison = await cluster.submit('poison', source, records);
  const ended = await endOf(poison);
  expect(await endOf(good)).toBe('FINISHED');
  const numbers = (await readSink(cluster.path('sinks'), 'good')) as number[];
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: RECORDS }, (_, number) => number));
  return ended;
}

const THREE_TIMES = /no restart: the job's own code or state failed 3 times without a completed checkpoint between$/;

test.each<[keyof typeof POISONS, RegExp]>([
  ['loop', /operator "work", at record \d+ of its batch, did not return, and ended /],
  ['heap', /operator "work".* filled the heap, and ended /],
  ['end', /operator "work", at record \d+ of its batch, ended its process, and ended /],
])('%s: its TaskManagers end and come back, and it fails for good', { timeout: 240_000 }, async (kind, words) => {
  const ended = await runBeside(jobOf('poison', POISONS[kind]), RECORDS);
  expect(ended).toMatch(/^FAILED: /);
  expect(ended).toMatch(words);
  expect(ended).toMatch(THREE_TIMES);
  expect(cluster!.restarts).toBeGreaterThanOrEqual(3);
});

test.each<[keyof typeof POISONS, RegExp]>([
  ['exit', /called process\.exit\(7\)/],
  ['abort', /called process\.abort\(\)/],
])('%s: the call throws, and no TaskManager ends', { timeout: 120_000 }, async (kind, words) => {
  const ended = await runBeside(jobOf('poison', POISONS[kind]), RECORDS);
  expect(ended).toMatch(words);
  expect(ended).toMatch(THREE_TIMES);
  expect(cluster!.restarts).toBe(0);
});

const KEYS = 100_000; // of 2 KB each: more than the heap has room for
const KEYS_PER_SECOND = 10_000;

const hoardingJob = `
import { defineJob } from 'millrace/scenario';
export const job = defineJob('hoarding', (env) =>
  env
    .fromSource('numbers', { topic: 'poison', splits: 1, recordsPerSecond: ${KEYS_PER_SECOND} })
    .map('load', (number) => ({ number, text: String(number).padEnd(2_000, 'x') }))
    .keyBy(({ number }) => number)
    .reduce('hoard', (before) => before)
    .sinkTo('out', { sink: 'poison' }),
);
`;

test(
  'state: its job fails with operator and bytes before the heap is full, and no TaskManager ends',
  { timeout: 240_000 },
  async () => {
    const set = { ...SET, checkpointIntervalMs: 15_000, jobFailuresMax: 1 }; // a snapshot of so much state would fill the heap by itself
    const ended = await runBeside(hoardingJob, KEYS, set);
    expect(ended).toMatch(/^FAILED: /);
    const [, bytes, used, limit] =
      /the state of "hoard", about (\d+) bytes, fills the heap: (\d+) of (\d+) bytes are in use/.exec(ended) ?? [];
    expect(Number(bytes)).toBeGreaterThan(HEAP_MB * 100_000);
    expect(Number(used)).toBeLessThan(Number(limit));
    expect(ended).toMatch(
      /no restart: the job's own code or state failed 1 times without a completed checkpoint between$/,
    );
    expect(cluster!.restarts).toBe(0);
  },
);
