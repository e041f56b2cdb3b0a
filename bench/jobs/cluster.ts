// A cluster of the bench with many jobs: two JobManagers, of which one leads, two TaskManagers, and one client in this process that submits all jobs.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDefaults } from '../../src/core/base/options.ts';
import { clusterOptionTable, type ClusterOptions } from '../../src/core/protocol/cluster-options.ts';
import { startMachine, type RunningMachine } from '../../src/net-real/processes.ts';
import { ARTIFACT, totalsJob, type JobSize } from '../real/job.ts';
import type { JobsMemberPlan, JobsOrder, JobsReading } from './member.ts';
import { submitter, type SubmitterState } from './submitter.ts';

export interface JobsPlan {
  readonly jobs: number;
  readonly slotsPerTaskManager: number;
  readonly size: JobSize;
  readonly options: Partial<ClusterOptions>;
  /** Where each process leaves its CPU profile; null: none is taken. */
  readonly profileFolder: string | null;
}

export type MemberName = (typeof JOB_MEMBERS)[number];

const JOB_MEMBERS = ['jm-1', 'jm-2', 'tm-1', 'tm-2'] as const;
const entry = fileURLToPath(new URL('./member.ts', import.meta.url));
const SUBMISSIONS_AT_ONCE = 48;

export class JobsCluster {
  readonly #root = mkdtempSync(join(tmpdir(), 'millrace-jobs-'));
  readonly #plan: JobsPlan;
  readonly #options: ClusterOptions;
  readonly #members = new Map<MemberName, ChildProcess>();
  /** Killed by order: its end is no surprise. */
  readonly #killed = new Set<MemberName>();
  #client: RunningMachine<SubmitterState> | null = null;

  constructor(plan: JobsPlan) {
    this.#plan = plan;
    this.#options = withDefaults(clusterOptionTable, plan.options);
  }

  /** Resolves when all processes are up. */
  async start(): Promise<void> {
    for (const name of JOB_MEMBERS) this.#members.set(name, this.#startMember(name));
    await Promise.all([...this.#members.values()].map(nextReading));
  }

  #startMember(name: MemberName): ChildProcess {
    const { size, slotsPerTaskManager, profileFolder } = this.#plan;
    const plan: JobsMemberPlan = {
      role: name.startsWith('jm') ? 'jobmanager' : 'taskmanager',
      ...this.#folders(name),
      options: this.#options,
      size,
      slots: slotsPerTaskManager,
    };
    const profiled = ['--cpu-prof', '--cpu-prof-interval', '500', '--cpu-prof-name', `${name}.cpuprofile`];
    const execArgv = profileFolder === null ? [] : [...profiled, '--cpu-prof-dir', profileFolder];
    return fork(entry, [JSON.stringify(plan)], { execArgv });
  }

  #folders(name: string): { ha: string; storage: string; work: string } {
    const root = this.#root;
    return { ha: join(root, 'ha'), storage: join(root, 'storage'), work: join(root, name) };
  }

  /** Begins to submit all jobs. */
  async submit(): Promise<void> {
    const { ha, work } = this.#folders('client-1');
    const plan = {
      jobs: this.#plan.jobs,
      graph: totalsJob(this.#plan.size).graph,
      artifact: ARTIFACT,
      atOnce: SUBMISSIONS_AT_ONCE,
      retryMs: this.#options.clientRetryMs,
    };
    const options = this.#options;
    this.#client = await startMachine(
      { listen: '127.0.0.1:0', advertise: null, ha, storage: null, work, trace: null, options, log: () => {} },
      () => submitter(plan),
      [],
    );
  }

  /** Jobs that were accepted. */
  accepted(): number {
    return this.#client?.state().accepted ?? 0;
  }

  /** Of all processes that live. Rejects if one ended by itself. */
  async ask(order: JobsOrder): Promise<ReadonlyMap<MemberName, JobsReading>> {
    const alive = [...this.#members].filter(([name]) => !this.#killed.has(name));
    const readings = await Promise.all(
      alive.map(async ([name, member]) => {
        const answer = nextReading(member);
        member.send(order);
        return [name, await answer] as const;
      }),
    );
    return new Map(readings);
  }

  kill(name: MemberName): void {
    this.#killed.add(name);
    const member = this.#members.get(name);
    if (this.#plan.profileFolder === null) member?.kill('SIGKILL');
    else member?.send('die' satisfies JobsOrder);
  }

  async stop(): Promise<void> {
    const alive = [...this.#members.values()].filter(
      (member) => member.exitCode === null && member.signalCode === null,
    );
    const exits = alive.map((member) => once(member, 'exit'));
    for (const member of alive) if (member.connected) member.send('stop' satisfies JobsOrder);
    await Promise.all([...exits, this.#client?.stop()]);
    rmSync(this.#root, { recursive: true, force: true });
  }
}

async function nextReading(member: ChildProcess): Promise<JobsReading> {
  const heard = new AbortController();
  try {
    const ended = once(member, 'exit', heard).then(() => {
      throw new Error('a process of the bench ended by itself');
    });
    const [reading] = (await Promise.race([once(member, 'message', heard), ended])) as [JobsReading];
    return reading;
  } finally {
    heard.abort(); // neither is waited for any more
  }
}
