// A life from the moment on at which all processes are up: kills, wishes and measurements at their moments; then both jobs are stopped.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HaEntry } from '../../../core/protocol/ports.ts';
import type { ClientRequest } from '../../../core/client/client.ts';
import type { JobOfRun } from '../../../scenario/jobs.ts';
import { toldEnd } from '../jobs/ends.ts';
import type { ClientView } from '../client-plans.ts';
import type { RealCluster } from '../cluster.ts';
import { isGone, partsOfJob, type Scratch } from '../scratch.ts';
import { wallNow } from '../wall-now.ts';
import { Interrupted, type Ending } from '../watch.ts';
import { rescalingOf, type LifeKill, type LifePlan } from './plan.ts';
import { jobRecordsIn, readEntries } from './remains.ts';
import { measureEtcd, measureFolders, measureProcess, Samples } from './samples.ts';
import { Wishes, type WishDone } from './wishes.ts';

export interface LifeFrame {
  readonly cluster: RealCluster;
  readonly plan: LifePlan;
  readonly jobs: readonly JobOfRun[];
  readonly scratch: Scratch;
  readonly sinks: readonly string[];
  readonly abort: AbortSignal;
  readonly onProgress: (text: string) => void;
}

export interface Lived {
  readonly ending: Ending;
  /** Kills by victim. */
  readonly kills: ReadonlyMap<string, number>;
  readonly done: readonly WishDone[];
  /** The savepoints with which a client wanted to stop a job, by job. */
  readonly stops: ReadonlyMap<string, readonly string[]>;
  readonly samples: Samples;
  /** What jobs were accepted by, from the HA service while they lived. */
  readonly accepted: ReadonlyMap<string, HaEntry>;
  /** By job: the longest time without a new part of its output. */
  readonly silentMs: ReadonlyMap<string, number>;
  readonly partsAtEnd: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of those who submitted and stopped. */
  readonly clients: readonly ClientView[];
}

const LOOK_MS = 100;
const SAMPLE_MS = 2_000;
const GROWN_MS = 15_000;
const GROWN_SHARE = 25; // of a short life: else a third of it may see nobody grown
/** For a job to commit something again, and for jobs to be stopped: a cluster recovers in 2 s, and a busy machine takes several times that. */
const SILENT_MAX_MS = 60_000;

export async function live(frame: LifeFrame): Promise<Lived> {
  return new Life(frame).live();
}

class Life {
  readonly #frame: LifeFrame;
  readonly #wishes: Wishes;
  readonly #samples = new Samples();
  readonly #upAt = wallNow();
  readonly #kills = new Map<string, number>();
  /** By victim: when it comes back. */
  readonly #down = new Map<string, number>();
  readonly #stops = new Map<string, string[]>();
  readonly #accepted = new Map<string, HaEntry>();
  readonly #savepoints = new Map<string, string>();
  readonly #parts = new Map<string, { count: number; grewAtMs: number }>();
  readonly #silentMs = new Map<string, number>();
  readonly #partsAtEnd = new Map<string, ReadonlySet<string>>();
  readonly #endViews: ClientView[] = [];
  /** By process id: when it was seen first. */
  readonly #bornAtMs = new Map<number, number>();
  #sampledAtMs = -Infinity;
  #sampling: Promise<void> = Promise.resolve();

  constructor(frame: LifeFrame) {
    this.#frame = frame;
    this.#wishes = new Wishes(frame.cluster);
  }

  #now(): number {
    return wallNow() - this.#upAt;
  }

  async live(): Promise<Lived> {
    const ending = (await this.#run()) ?? (await this.#stopJobs());
    await this.#sampling;
    await this.#wishes.settle();
    const submitting = this.#frame.cluster.clients();
    return {
      ending,
      kills: this.#kills,
      done: this.#wishes.done(),
      stops: this.#stops,
      samples: this.#samples,
      accepted: this.#accepted,
      silentMs: this.#silentMs,
      partsAtEnd: this.#partsAtEnd,
      clients: [...submitting, ...this.#endViews],
    };
  }

  /** Null: it was lived to its end. */
  async #run(): Promise<Ending | null> {
    const { plan, cluster } = this.#frame;
    const kills = [...plan.kills];
    const turns = [...plan.turns];
    let turn = 0;
    let wholeAtMs = 0; // since when all processes are up
    while (this.#now() < plan.lifeMs) {
      const wrong = await this.#look();
      if (wrong !== null) return wrong;
      if (!cluster.areAllUp()) wholeAtMs = this.#now();
      if (kills[0] !== undefined && this.#now() - wholeAtMs >= kills[0].afterMs) this.#kill(kills.shift()!);
      if (turns[0] !== undefined && turns[0].atMs <= this.#now()) {
        const { wants } = turns.shift()!;
        for (const job of this.#frame.jobs) this.#want(job, wants, turn);
        turn += wants === 'rescale' ? 1 : 0;
      }
      this.#sample(plan.lifeMs);
    }
    return null;
  }

  #kill({ victim, backAfterMs }: LifeKill): void {
    this.#frame.cluster.hands.kill(victim);
    this.#kills.set(victim, (this.#kills.get(victim) ?? 0) + 1);
    this.#down.set(victim, this.#now() + backAfterMs);
  }

  #want({ jobId, job }: JobOfRun, wants: 'savepoint' | 'rescale', turn: number): void {
    if (wants === 'savepoint') {
      this.#wishes.add(jobId, wants, (number) => ({ kind: wants, jobId, savepointId: `savepoint-${number}` }));
      return;
    }
    const parallelism = rescalingOf(job.graph, turn);
    if (parallelism.length > 0) this.#wishes.add(jobId, wants, () => ({ kind: wants, jobId, parallelism }));
  }

  async #stopJobs(): Promise<Ending> {
    for (const name of this.#down.keys()) this.#down.set(name, 0);
    this.#wishes.giveUp();
    for (const { jobId } of this.#frame.jobs) {
      this.#stops.set(jobId, []);
      this.#wishes.add(jobId, 'stop', (number) => this.#stopRequest(jobId, number));
    }
    const beganAt = this.#now();
    while (!this.#wishes.isIdle() || !this.#areTold()) {
      const wrong = await this.#look();
      if (wrong !== null) return wrong;
      if (this.#now() > beganAt + SILENT_MAX_MS)
        return this.#failed('liveness', `the jobs were not stopped within ${SILENT_MAX_MS / 1_000} s`);
    }
    return { kind: 'finished' };
  }

  #stopRequest(jobId: string, number: number): ClientRequest {
    const savepointId = `stop-${number}`;
    this.#stops.get(jobId)?.push(savepointId);
    return { kind: 'stop', jobId, savepointId, drain: false };
  }

  /** Whoever submitted a job heard of its end. */
  #areTold(): boolean {
    return this.#frame.cluster.clients().every((view) => toldEnd(view) !== null);
  }

  async #look(): Promise<Ending | null> {
    const { cluster, scratch, sinks, abort, onProgress, plan } = this.#frame;
    await sleep(LOOK_MS);
    if (abort.aborted || isGone(scratch)) throw new Interrupted();
    for (const [name, backAtMs] of this.#down) {
      if (this.#now() < backAtMs) continue;
      this.#down.delete(name);
      cluster.hands.startAgain(name);
    }
    for (const view of cluster.clients())
      if (toldEnd(view) !== null && !this.#partsAtEnd.has(view.jobId))
        this.#partsAtEnd.set(view.jobId, partsOfJob(scratch, sinks, view.jobId));
    this.#wishes.look(this.#now(), (done) => this.#onDone(done));
    const kills = [...this.#kills.values()].reduce((sum, count) => sum + count, 0);
    onProgress(`${Math.floor(this.#now() / 1_000)} s of ${plan.lifeMs / 1_000} s, ${kills} kills`);
    return this.#whatIsWrong();
  }

  /** The savepoint before goes: else they grow by design. */
  #onDone({ jobId, wants, view }: WishDone): void {
    if (wants === 'stop') this.#endViews.push(view);
    if (wants !== 'savepoint') return;
    const before = this.#savepoints.get(jobId);
    const id = `savepoint-${view.address.slice('wish-'.length)}`;
    this.#savepoints.set(jobId, id);
    if (before !== undefined)
      this.#wishes.add(jobId, 'dispose', () => ({ kind: 'dispose', jobId, savepointId: before }));
  }

  #whatIsWrong(): Ending | null {
    const { cluster, jobs, plan } = this.#frame;
    const word = cluster.wordOfJob();
    if (word !== null) return this.#failed('correctness', word);
    const failure = cluster.failure();
    if (failure !== null) return this.#failed('threw', failure);
    const isLiving = this.#now() < plan.lifeMs;
    const early = isLiving
      ? cluster.clients().find((view) => view.wants === 'submit' && view.result !== null)
      : undefined;
    if (early !== undefined)
      return this.#failed('correctness', `${early.jobId} ended before it was stopped: ${JSON.stringify(early.result)}`);
    const silent = isLiving ? jobs.find(({ jobId }) => this.#silenceOf(jobId) > SILENT_MAX_MS) : undefined;
    if (silent === undefined) return null;
    return this.#failed('liveness', `${silent.jobId} committed nothing for ${SILENT_MAX_MS / 1_000} s`);
  }

  #silenceOf(jobId: string): number {
    return this.#now() - (this.#parts.get(jobId)?.grewAtMs ?? 0);
  }

  #failed(kind: Exclude<Ending['kind'], 'finished'>, sentence: string): Ending {
    return { kind, sentence: `${sentence}, ${(this.#now() / 1_000).toFixed(1)} s behind the start`, evidence: [] };
  }

  /** One at a time. */
  #sample(untilMs: number): void {
    const atMs = this.#now();
    if (atMs < this.#sampledAtMs + SAMPLE_MS || atMs > untilMs) return;
    this.#sampledAtMs = atMs;
    const { scratch, sinks, jobs } = this.#frame;
    for (const { jobId } of jobs) this.#noteParts(jobId, partsOfJob(scratch, sinks, jobId).size, atMs);
    const processes = this.#grown(atMs).flatMap(({ name, pid }) => measureProcess(this.#groupOf(name), pid));
    this.#samples.add(atMs, [...processes, ...measureFolders(scratch, sinks)]);
    const before = this.#sampling;
    this.#sampling = (async () => {
      await before;
      this.#samples.add(atMs, await measureEtcd(scratch.ha).catch(() => []));
      if (this.#accepted.size === jobs.length) return;
      const entries = await readEntries(scratch).catch(() => []);
      for (const entry of jobRecordsIn(entries)) this.#accepted.set(entry.key, entry);
    })();
  }

  /** What has just begun is small, and would say nothing of what grows. */
  #grown(atMs: number): readonly { readonly name: string; readonly pid: number }[] {
    const processes = this.#frame.cluster.processes();
    const grownMs = Math.min(GROWN_MS, this.#frame.plan.lifeMs / GROWN_SHARE);
    for (const { pid } of processes) if (!this.#bornAtMs.has(pid)) this.#bornAtMs.set(pid, atMs);
    return processes.filter(({ pid }) => atMs - (this.#bornAtMs.get(pid) ?? 0) >= grownMs);
  }

  #groupOf(name: string): string {
    if (name === this.#frame.plan.spared) return `${name} (spared)`;
    return name.startsWith('jm-') ? 'JobManagers' : 'killed TaskManagers';
  }

  #noteParts(jobId: string, count: number, atMs: number): void {
    const known = this.#parts.get(jobId) ?? { count: 0, grewAtMs: 0 };
    if (count > known.count) {
      const silentMs = atMs - known.grewAtMs;
      this.#silentMs.set(jobId, Math.max(this.#silentMs.get(jobId) ?? 0, silentMs));
      this.#parts.set(jobId, { count, grewAtMs: atMs });
    } else this.#parts.set(jobId, known);
  }
}
