// A cluster of the real bench: one JobManager and two TaskManagers as processes, and a client in this one.
import { describeBecause } from '../../src/core/protocol/describe-reason.ts';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDefaults } from '../../src/core/base/options.ts';
import { client, type ClientState } from '../../src/core/client/client.ts';
import { clusterOptionTable, type ClusterOptions } from '../../src/core/protocol/cluster-options.ts';
import { startMachine, type RunningMachine } from '../../src/net-real/processes.ts';
import { ARTIFACT, type JobSize } from './job.ts';
import { benchJobs } from './jobs.ts';
import type { MemberPlan, Order, Reading } from './member.ts';

export interface ClusterPlan {
  readonly job: MemberPlan['job'];
  readonly size: JobSize;
  readonly options: Partial<ClusterOptions>;
  /** Where each process leaves its CPU profile; null: none is taken. */
  readonly profileFolder: string | null;
}

export interface BenchCluster {
  /** Wall time in ms at which the first process was started. */
  readonly startedAt: number;
  /** Of the JobManager, then of the TaskManagers. Rejects if a process ended, or a task failed. */
  ask(order: Order): Promise<readonly Reading[]>;
  /** Ends the input; resolves when the job is over. */
  finish(): Promise<readonly Reading[]>;
  /** Resolves when a job is over whose input ends by itself. */
  untilOver(): Promise<void>;
  stop(): Promise<void>;
}

export const MEMBERS = ['jm-1', 'tm-1', 'tm-2'] as const;
const entry = fileURLToPath(new URL('./member.ts', import.meta.url));

export async function startBenchCluster(plan: ClusterPlan): Promise<BenchCluster> {
  const root = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const startedAt = Date.now();
  const members = MEMBERS.map((name) => startMember(name, root, plan));
  try {
    await Promise.all(members.map(nextReading));
    const submitter = await startClient(root, plan);
    return new RunningCluster(startedAt, root, members, submitter);
  } catch (error) {
    for (const member of members) member.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

function startMember(name: string, root: string, { job, size, options, profileFolder }: ClusterPlan): ChildProcess {
  const plan: MemberPlan = {
    role: name.startsWith('jm') ? 'jobmanager' : 'taskmanager',
    ...foldersOf(root, name),
    options: withDefaults(clusterOptionTable, options),
    job,
    size,
  };
  const profiled = ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-name', `${name}.cpuprofile`];
  const execArgv = profileFolder === null ? [] : [...profiled, '--cpu-prof-dir', profileFolder];
  return fork(entry, [JSON.stringify(plan)], { execArgv });
}

function foldersOf(root: string, name: string): { ha: string; storage: string; work: string } {
  return { ha: join(root, 'ha'), storage: join(root, 'storage'), work: join(root, name) };
}

function startClient(root: string, plan: ClusterPlan): Promise<RunningMachine<ClientState>> {
  const { ha, work } = foldersOf(root, 'client-1');
  const options = withDefaults(clusterOptionTable, plan.options);
  const { graph } = benchJobs[plan.job].define(plan.size);
  return startMachine(
    { listen: '127.0.0.1:0', advertise: null, ha, storage: null, work, trace: null, options, log: () => {} },
    (address) => client({ address, options, request: { kind: 'submit', jobId: 'job-1', graph, artifact: ARTIFACT } }),
    [],
  );
}

async function nextReading(member: ChildProcess): Promise<Reading> {
  const heard = new AbortController();
  try {
    const ended = once(member, 'exit', heard).then(() => {
      throw new Error('a process of the bench ended by itself');
    });
    const [reading] = (await Promise.race([once(member, 'message', heard), ended])) as [Reading];
    if (reading.restarted) throw new Error('the job of the bench failed, or lost its leader, and was restarted');
    return reading;
  } finally {
    heard.abort(); // neither is waited for any more
  }
}

const LOOK_MS = 50;

class RunningCluster implements BenchCluster {
  readonly startedAt: number;
  readonly #root: string;
  readonly #members: readonly ChildProcess[];
  readonly #client: RunningMachine<ClientState>;

  constructor(
    startedAt: number,
    root: string,
    members: readonly ChildProcess[],
    submitter: RunningMachine<ClientState>,
  ) {
    this.startedAt = startedAt;
    this.#root = root;
    this.#members = members;
    this.#client = submitter;
  }

  ask(order: Order): Promise<readonly Reading[]> {
    return Promise.all(
      this.#members.map((member) => {
        const answer = nextReading(member);
        member.send(order);
        return answer;
      }),
    );
  }

  async finish(): Promise<readonly Reading[]> {
    await this.ask('finish');
    await this.untilOver();
    return this.ask('read');
  }

  async untilOver(): Promise<void> {
    while (this.#client.state().phase !== 'DONE') {
      await this.ask('read'); // so that a task that failed ends the wait
      await pause(LOOK_MS);
    }
    const { result } = this.#client.state();
    if (result?.kind !== 'job' || result.status !== 'FINISHED')
      throw new Error(
        `the job of the bench did not finish${describeBecause(result?.kind === 'job' ? result.reason : null)}`,
      );
  }

  async stop(): Promise<void> {
    const exits = this.#members.filter(({ exitCode }) => exitCode === null).map((member) => once(member, 'exit'));
    for (const member of this.#members) if (member.connected) member.send('stop' satisfies Order);
    await Promise.all([...exits, this.#client.stop()]);
    rmSync(this.#root, { recursive: true, force: true });
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
