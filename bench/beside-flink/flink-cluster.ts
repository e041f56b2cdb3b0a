// A standalone cluster of Flink: a JobManager and two TaskManagers, each a JVM of its own that ends with this process.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { peakMiB } from '../peak-memory.ts';
import { pause } from '../real/cluster.ts';
import type { Toolchain } from './toolchain.ts';

type Jvm = ChildProcess;

/** What differs from the defaults. All memory that Flink would manage is heap, as the state is kept on it. */
const MEMORY = {
  jobManagerHeapMb: 512,
  taskHeapMb: 896,
  frameworkHeapMb: 128,
  offHeapMb: 128,
  networkMb: 128,
  metaspaceMb: 256,
  overheadMb: 192,
} as const;

export const FLINK_SETTINGS =
  `Flink 2.3.0, G1; a TaskManager has ${MEMORY.taskHeapMb + MEMORY.frameworkHeapMb} MB of heap, ${MEMORY.networkMb} MB for the network, no managed memory; ` +
  `the JobManager ${MEMORY.jobManagerHeapMb} MB of heap; state on the heap, checkpoints in files, objects reused, else defaults`;

const JOB_MANAGER = 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint';
const TASK_MANAGER = 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner';
const TASK_MANAGERS = 2;

/** Flink's own scripts open these. */
const opened = [
  'lang',
  'lang.reflect',
  'net',
  'io',
  'nio',
  'text',
  'time',
  'util',
  'util.concurrent',
  'util.concurrent.atomic',
].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`);

const PATIENCE_MS = 300_000;
const PATIENCE = `${PATIENCE_MS} ms`;
const LOOK_MS = 100;
const STOP_MS_MAX = 10_000;

export class FlinkCluster {
  readonly #root: string;
  readonly #classpath: string;
  readonly #rest: number;
  readonly #jvms: Jvm[] = [];

  private constructor(root: string, classpath: string, rest: number) {
    this.#root = root;
    this.#classpath = classpath;
    this.#rest = rest;
  }

  /** @param root an empty folder */
  static async start({ classpath }: Toolchain, root: string): Promise<FlinkCluster> {
    const [rest, rpc] = [await freePort(), await freePort()];
    for (const name of ['tmp', 'conf', 'checkpoints']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'conf', 'config.yaml'), configOf(root, rest, rpc));
    const cluster = new FlinkCluster(root, classpath, rest);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { jobManagerHeapMb, taskHeapMb, frameworkHeapMb, offHeapMb, networkMb } = MEMORY;
    this.#startJvm('jm', JOB_MANAGER, [`-Xmx${jobManagerHeapMb}m`, `-Xms${jobManagerHeapMb}m`]);
    const heap = taskHeapMb + frameworkHeapMb;
    const memory = [`-Xmx${heap}m`, `-Xms${heap}m`, `-XX:MaxDirectMemorySize=${offHeapMb + networkMb}m`];
    for (let number = 1; number <= TASK_MANAGERS; number++) this.#startJvm(`tm-${number}`, TASK_MANAGER, memory);
    await this.#until('registered two TaskManagers', async () => {
      const { taskmanagers } = (await this.#get('/taskmanagers')) as { readonly taskmanagers: readonly unknown[] };
      return taskmanagers.length === TASK_MANAGERS;
    });
  }

  #startJvm(name: string, main: string, memory: readonly string[]): void {
    const log = openSync(this.#log(name), 'w');
    const words = [
      ...memory,
      '-XX:+UseG1GC',
      ...opened,
      `-Djava.io.tmpdir=${join(this.#root, 'tmp')}`,
      '-Dlog4j2.level=ERROR',
      `-Dpekko.remote.classic.startup-timeout=${PATIENCE_MS}ms`, // Flink's own setting does not reach it
      '-cp',
      this.#classpath,
      'millrace.bench.EndsWithParent',
      main,
      '--configDir',
      join(this.#root, 'conf'),
    ];
    this.#jvms.push(spawn('java', words, { stdio: ['pipe', log, log] }));
    closeSync(log);
  }

  #log(name: string): string {
    return join(this.#root, `${name}.log`);
  }

  /** @returns the id of the job, all of whose tasks run. */
  async submit(words: { readonly [name: string]: string | number }): Promise<string> {
    const given = Object.entries(words).map(([name, value]) => `${name}=${value}`);
    const java = [
      '-XX:TieredStopAtLevel=1', // it does not live long
      '-XX:+UseSerialGC',
      '-Dlog4j2.level=ERROR',
      ...opened,
      '-cp',
      this.#classpath,
      'millrace.bench.Submit',
      String(this.#rest),
    ];
    const submission = spawn('java', [...java, ...given], { stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
    const [[code], printed, complaint] = await Promise.all([
      once(submission, 'exit') as Promise<[number | null]>,
      submission.stdout.setEncoding('utf8').toArray(),
      submission.stderr.setEncoding('utf8').toArray(),
    ]);
    const id = /^[0-9a-f]{32}$/m.exec(printed.join(''))?.[0];
    if (code !== 0 || id === undefined)
      throw new Error(`Flink took no job: ${complaint.join('').trim().split('\n')[0] ?? ''}`);
    return id;
  }

  /** `RUNNING`, `FINISHED` …; throws when the job failed. */
  async untilJobIs(id: string, state: 'RUNNING' | 'FINISHED'): Promise<void> {
    await this.#until(`a job that is ${state}`, async () => {
      const job = (await this.#get(`/jobs/${id}`)) as {
        readonly state: string;
        readonly vertices: readonly JobVertex[];
      };
      if (job.state === 'FAILED' || job.state === 'FAILING')
        throw new Error(`a job of Flink failed: ${await this.#why(id)}`);
      const isRunning = job.vertices.every(({ status }) => status === 'RUNNING');
      return job.state === state && (state === 'FINISHED' || isRunning);
    });
  }

  async #why(id: string): Promise<string> {
    const { exceptionHistory } = (await this.#get(`/jobs/${id}/exceptions`)) as JobExceptions;
    return exceptionHistory?.entries[0]?.stacktrace.split('\n').slice(0, 3).join(' ') ?? 'it does not say why';
  }

  /** Those that were completed. */
  async checkpoints(id: string): Promise<readonly FlinkCheckpoint[]> {
    const { history } = (await this.#get(`/jobs/${id}/checkpoints`)) as {
      readonly history?: readonly FlinkCheckpoint[];
    };
    return (history ?? []).filter(({ status }) => status === 'COMPLETED');
  }

  /** Of all JVMs. */
  cpuMs(): number {
    return this.#jvms.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
  }

  /** Of the larger TaskManager. */
  taskManagerMb(): number {
    return Math.max(...this.#jvms.slice(1).map(({ pid }) => peakMiB(pid)));
  }

  async stop(): Promise<void> {
    const alive = this.#jvms.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    const exits = Promise.all(alive.map((jvm) => once(jvm, 'exit')));
    for (const jvm of alive) jvm.kill('SIGTERM');
    const isOver = await Promise.race([exits.then(() => true), pause(STOP_MS_MAX).then(() => false)]);
    if (!isOver) for (const jvm of alive) jvm.kill('SIGKILL');
    await exits;
  }

  async #get(path: string): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${this.#rest}${path}`);
    if (!answer.ok) throw new Unanswered(`Flink answers ${path} with ${answer.status}`);
    return answer.json();
  }

  /** Flink is asked until it is so: what it does not answer yet, it is asked again. */
  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_MS) {
      const ended = this.#jvms.findIndex(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
      if (ended >= 0) throw new Error(`a process of Flink ended: ${this.#lastWords(ended)}`);
      if (await isSo().catch(toFalseIfUnanswered)) return;
      await pause(LOOK_MS);
    }
    throw new Error(`Flink has not ${what} within ${PATIENCE_MS / 1_000} s`);
  }

  #lastWords(index: number): string {
    const name = index === 0 ? 'jm' : `tm-${index}`;
    const lines = readFileSync(this.#log(name), 'utf8').split('\n');
    const causes = lines.filter((line, index) => index === 0 || line.startsWith('Caused by: '));
    return causes.slice(0, 3).join(' ') || 'without a word';
  }
}

interface JobVertex {
  readonly status: string;
}

interface JobExceptions {
  readonly exceptionHistory?: { readonly entries: readonly { readonly stacktrace: string }[] };
}

export interface FlinkCheckpoint {
  readonly id: number;
  readonly status: string;
  readonly end_to_end_duration: number;
}

class Unanswered extends Error {}

/** `fetch` throws a TypeError where nobody listens. */
function toFalseIfUnanswered(error: unknown): boolean {
  if (error instanceof Unanswered || error instanceof TypeError) return false;
  throw error;
}

function configOf(root: string, rest: number, rpc: number): string {
  const { taskHeapMb, frameworkHeapMb, offHeapMb, networkMb, metaspaceMb, overheadMb } = MEMORY;
  const settings = {
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': rpc,
    'jobmanager.bind-host': '127.0.0.1',
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': rest,
    'taskmanager.host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.numberOfTaskSlots': 1,
    'taskmanager.cpu.cores': 1,
    'taskmanager.memory.task.heap.size': `${taskHeapMb}m`,
    'taskmanager.memory.framework.heap.size': `${frameworkHeapMb}m`,
    'taskmanager.memory.framework.off-heap.size': `${offHeapMb}m`,
    'taskmanager.memory.task.off-heap.size': '0m',
    'taskmanager.memory.managed.size': '0m',
    'taskmanager.memory.network.min': `${networkMb}m`,
    'taskmanager.memory.network.max': `${networkMb}m`,
    'taskmanager.memory.jvm-metaspace.size': `${metaspaceMb}m`,
    'taskmanager.memory.jvm-overhead.min': `${overheadMb}m`,
    'taskmanager.memory.jvm-overhead.max': `${overheadMb}m`,
    'state.backend.type': 'hashmap',
    'execution.checkpointing.storage': 'filesystem',
    'execution.checkpointing.dir': `file://${join(root, 'checkpoints')}`,
    'restart-strategy.type': 'none',
    // A machine with other things to do is no failure.
    'pekko.ask.timeout': PATIENCE,
    'pekko.startup-timeout': PATIENCE,
    'slot.request.timeout': PATIENCE_MS,
    'heartbeat.timeout': PATIENCE_MS,
    'execution.checkpointing.timeout': PATIENCE,
    'web.checkpoints.history': 1_000,
    'io.tmp.dirs': join(root, 'tmp'),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`)
    .join('');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const TICK_MS = 10; // USER_HZ is 100 on all Linux that Node runs on

/** User and system time of all threads of a process. */
function cpuMsOf(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
