// The processes of a real run: JobManagers and TaskManagers, each behind a relay; and its clients, which live in this process. Whoever ends without
// having been told to is a failure of the run.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { isNoted } from '../../net-real/poison/death-file.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { createBarrierThief } from './barrier-thief.ts';
import type { ClientView, PlannedClient } from './client-plans.ts';
import { Clients } from './clients.ts';
import { startChild, type Child, type ChildExit } from '../children/child.ts';
import { lastWords } from '../children/complaints.ts';
import type { Guard } from '../children/guard.ts';
import { NodeNames } from './node-names.ts';
import { Relay, type RelayRules } from './relay.ts';
import { beginDisturbance, endDisturbance, flipBit, hasPrepared, type Flipped } from './disturbance.ts';
import type { Scratch } from './scratch.ts';
import type { Hands } from './strike.ts';
import type { Damage } from './strike-groups.ts';
import { TraceTail } from './trace-tail.ts';
import { wallNow } from './wall-now.ts';
import type { TraceLine } from '../../run/trace.ts';

export interface ClusterPlan {
  readonly scenario: Scenario;
  readonly options: ClusterOptions;
  /** Those that differ from their defaults, as the processes are told. */
  readonly set: Readonly<Record<string, number>>;
  readonly clients: readonly PlannedClient[];
  /** Wall time in ms at which the run began. */
  readonly startedAt: number;
  /** Flags of Node for all processes. */
  readonly flags: readonly string[];
  /** All write what they do: a run is judged by that. */
  readonly traced: boolean;
}

interface Node {
  readonly name: string;
  readonly words: readonly string[];
  /** Its work folder, and the flags of its Node. */
  work: string;
  flags: readonly string[];
  readonly relay: Relay;
  readonly log: string;
  child: Child | null;
  /** Its process said so, and has not ended since. */
  isUp: boolean;
  /** Resolves when it is up, or failed to come up. */
  coming: Promise<void>;
  /** Processes so far. */
  starts: number;
  /** It is to end, or has been killed: its end is no surprise. */
  mayEnd: boolean;
  /** The process that was killed last. */
  killed: Child | null;
  /** It was started while a file was damaged, and may end for that. */
  meetsDamage: boolean;
}

export interface RealCluster {
  readonly hands: Hands;
  /** The first process that ended by itself, as a sentence; or null. */
  failure(): string | null;
  /** What the job's own code did in a TaskManager that no job may do, as a sentence; or null. */
  wordOfJob(): string | null;
  clients(): readonly ClientView[];
  /** One more client, at once. */
  ask(plan: PlannedClient): void;
  /** A client that was answered goes. */
  dismiss(client: string): Promise<void>;
  /** Those that are up. */
  processes(): readonly { readonly name: string; readonly pid: number }[];
  /** Nobody is dead, or on its way. */
  areAllUp(): boolean;
  /** What was traced since the last time, by name. */
  readTraces(): TraceLine[];
  /** Ends all processes in good order; returns what did not do so. Traces can still be read. */
  stop(): Promise<string[]>;
  /** Ends whatever is still there, at once. */
  kill(): Promise<void>;
}

/** Starts everything; then the moments of its clients count. Rejects with a sentence if a process does not come up, for one because `abort` did not wait for it. */
export async function startCluster(
  plan: ClusterPlan,
  scratch: Scratch,
  { guard, abort }: { readonly guard: Guard; readonly abort: AbortSignal },
): Promise<RealCluster> {
  const cluster = new Cluster(plan, scratch, guard);
  const onAbort = (): void => cluster.killProcesses();
  abort.addEventListener('abort', onAbort);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.kill();
    throw error;
  } finally {
    abort.removeEventListener('abort', onAbort);
  }
}

/** For Node: the wall clock of the process is an hour back, also for whoever comes later to see it. */
const HOUR_BACK = ['--import', 'data:text/javascript,const now = Date.now; Date.now = () => now() - 3_600_000;'];

/** Commits are held up for so long at most: a checkpoint with output comes in less. */
const HELD_MS_MAX = 10_000;
const LOOK_MS = 20;
/** Until the pointer to a checkpoint is durable, behind its metadata. */
const POINTER_MS = 500;
const STOP_MS = 60_000; // for a process to end in good order: it takes 0.1 s, and 3 s were seen on a busy machine, whose disk it waits for

class Cluster implements RealCluster {
  readonly #plan: ClusterPlan;
  readonly #scratch: Scratch;
  readonly #guard: Guard;
  readonly #names = new NodeNames();
  readonly #nodes = new Map<string, Node>();
  readonly #tail = new TraceTail();
  readonly #cutOff = new Set<string>();
  readonly #isolated = new Set<string>();
  readonly #hung = new Set<string>();
  readonly #thief = createBarrierThief();
  readonly #rules: RelayRules = {
    isCut: (from, to) =>
      this.#cutOff.size + this.#isolated.size > 0 && this.#isCut(this.#names.of(from), this.#names.of(to)),
    isHung: (from, to) =>
      this.#hung.size > 0 && (this.#hung.has(this.#names.of(from)) || this.#hung.has(this.#names.of(to))),
    isTakenOut: (content, _, to) => this.#thief.takes(content, to),
  };
  readonly #clients: Clients;
  #failure: string | null = null;
  #wordOfJob: string | null = null;
  #isOver = false;
  /** A bit that is flipped now. */
  #flipped: Flipped | null = null;
  #damage: { readonly repaired: Promise<void>; readonly repair: () => void } | null = null;
  #endedByDamage = false;

  constructor(plan: ClusterPlan, scratch: Scratch, guard: Guard) {
    this.#plan = plan;
    this.#scratch = scratch;
    this.#guard = guard;
    this.#clients = new Clients(plan.clients, {
      ...plan,
      scratch,
      rules: this.#rules,
      names: this.#names,
      tail: this.#tail,
      whole: async () => this.#damage?.repaired,
      wasDamaged: () => this.#flipped !== null,
      onFailure: (sentence) => void (this.#failure ??= sentence),
    });
  }

  // ---- Start and end

  async start(): Promise<void> {
    const { cluster } = this.#plan.scenario;
    for (let number = 1; number <= cluster.jobManagers; number++)
      await this.#addNode(`jm-${number}`, 'jobmanager', ['--sinks', this.#scratch.sinks]);
    for (let number = 1; number <= cluster.taskManagers; number++)
      await this.#addNode(`tm-${number}`, 'taskmanager', this.#taskManagerWords());
    await Promise.all([...this.#nodes.values()].map((node) => this.#startNode(node)));
    await this.#clients.begin();
  }

  #taskManagerWords(): string[] {
    const { sources, sinks } = this.#scratch;
    const slots = String(this.#plan.scenario.cluster.slotsPerTaskManager);
    return ['--slots', slots, '--sources', sources, '--sinks', sinks];
  }

  async #addNode(name: string, role: string, ownWords: readonly string[]): Promise<void> {
    const { ha, storage, work, logs } = this.#scratch;
    const relay = await Relay.listen(this.#rules);
    this.#names.set(relay.address, name);
    const stores = ['--ha', ha, '--storage', storage];
    const set = Object.entries(this.#plan.set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const words = [role, '--advertise', relay.address, ...stores, ...ownWords, ...set];
    const log = join(logs, `${name}.log`);
    this.#nodes.set(name, {
      name,
      words,
      work: join(work, name),
      flags: this.#plan.flags,
      relay,
      log,
      child: null,
      isUp: false,
      coming: Promise.resolve(),
      starts: 0,
      mayEnd: false,
      killed: null,
      meetsDamage: false,
    });
  }

  /** One trace file for each process, so that half a line of a killed one spoils nothing. */
  async #startNode(node: Node): Promise<void> {
    node.starts += 1;
    node.mayEnd = false;
    node.meetsDamage = this.#damage !== null;
    const child = startChild(
      [...node.words, '--work', node.work, ...this.#traceWords(node)],
      node.log,
      null,
      node.flags,
    );
    node.child = child;
    if (child.pid > 0) this.#guard.watchProcess(child.pid); // 0 would be the guard itself
    void child.exited.then((exit) => this.#onExit(node, child, exit));
    const { listening } = await child.greeting;
    if (node.child !== child) return;
    node.isUp = !child.isGone();
    node.relay.pointTo(listening);
  }

  #traceWords({ name, starts }: Node): string[] {
    if (!this.#plan.traced) return [];
    const trace = join(this.#scratch.traces, `${name}.${starts}.jsonl`);
    this.#tail.follow(trace);
    return ['--trace', trace, '--run-started-at', String(this.#plan.startedAt)];
  }

  #onExit(node: Node, child: Child, exit: ChildExit): void {
    this.#guard.forgetProcess(child.pid);
    this.#hear(node.name, child);
    if (node.child === child) {
      node.isUp = false;
      node.relay.pointTo(null);
    }
    if (!node.mayEnd && !this.#isOver && isNoted(node.work)) return this.#revive(node, child);
    if (!node.mayEnd && !this.#isOver && node.meetsDamage) return this.#onDamaged(node, child);
    if (!node.mayEnd) this.#failure ??= `${node.name} ended by itself ${describeExit(exit)}: ${lastWords(node.log)}`;
  }

  /** Code of a job ended it: that is the job's affair, which fails for it. */
  #revive(node: Node, dead: Child): void {
    node.mayEnd = true;
    node.coming = this.#startAgain(node, dead);
  }

  /** It cannot do without a file that is damaged: it is started again when the file is whole. */
  #onDamaged(node: Node, dead: Child): void {
    node.mayEnd = true;
    this.#endedByDamage = true;
    node.coming = (this.#damage?.repaired ?? Promise.resolve()).then(() => this.#startAgain(node, dead));
  }

  async stop(): Promise<string[]> {
    this.#isOver = true;
    this.#damage?.repair();
    const unruly = await Promise.all([...this.#nodes.values()].map((node) => this.#stopNode(node)));
    await this.#clients.stop();
    return unruly.filter((sentence) => sentence !== null);
  }

  async #stopNode(node: Node): Promise<string | null> {
    await node.coming; // one that was just started again does not know yet what SIGTERM means
    const { child } = node;
    if (child === null || child.isGone()) return null;
    node.mayEnd = true;
    child.signal('SIGTERM');
    const killer = setTimeout(() => child.signal('SIGKILL'), STOP_MS);
    const exit = await child.exited;
    clearTimeout(killer);
    return exit.code === 0 ? null : `${node.name} did not stop in good order: it ended ${describeExit(exit)}`;
  }

  killProcesses(): void {
    this.#isOver = true;
    this.#damage?.repair();
    for (const node of this.#nodes.values()) {
      node.mayEnd = true;
      if (node.child?.isGone() === false) node.child.signal('SIGKILL');
    }
  }

  async kill(): Promise<void> {
    this.killProcesses();
    await Promise.all([...this.#nodes.values()].map(({ coming, child }) => Promise.all([coming, child?.exited])));
    await this.#clients.stop();
    await Promise.all([...this.#nodes.values()].map(({ relay }) => relay.close()));
    await this.#clients.close();
    this.#tail.close();
  }

  // ---- What is seen of it

  failure(): string | null {
    return this.#failure;
  }

  wordOfJob(): string | null {
    for (const node of this.#nodes.values()) this.#hear(node.name, node.child);
    return this.#wordOfJob;
  }

  #hear(name: string, child: Child | null): void {
    const word = child?.wordOfJob() ?? null;
    if (word !== null) this.#wordOfJob ??= `the job's own code ${word}, on ${name}`;
  }

  clients(): readonly ClientView[] {
    return this.#clients.views();
  }

  ask(plan: PlannedClient): void {
    this.#clients.add(plan);
  }

  dismiss(client: string): Promise<void> {
    return this.#clients.dismiss(client);
  }

  processes(): readonly { readonly name: string; readonly pid: number }[] {
    return [...this.#nodes.values()].flatMap(({ name, child, isUp }) =>
      child === null || !isUp ? [] : [{ name, pid: child.pid }],
    );
  }

  areAllUp(): boolean {
    return [...this.#nodes.values()].every(({ isUp }) => isUp);
  }

  readTraces(): TraceLine[] {
    return this.#tail.read().map((line) => this.#names.inLine(line));
  }

  // ---- What is done to it

  readonly hands: Hands = {
    kill: (name) => {
      const node = this.#node(name);
      node.killed = node.child;
      node.isUp = false;
      this.#signal(name, 'SIGKILL', true);
    },
    startAgain: (name) => {
      const node = this.#node(name);
      const coming = this.#startAgain(node, node.killed);
      node.coming = Promise.all([node.coming, coming]).then(() => {});
    },
    startAfresh: (name) => {
      const node = this.#node(name);
      node.work = `${node.work}-fresh`;
      node.flags = [...node.flags, ...HOUR_BACK];
      this.hands.startAgain(name);
    },
    stop: (name) => this.#signal(name, 'SIGSTOP', false),
    goOn: (name) => this.#signal(name, 'SIGCONT', false),
    cutOff: (name) => void this.#cutOff.add(name),
    isolate: (name) => void this.#isolated.add(name),
    reconnect: (name) => {
      this.#cutOff.delete(name);
      this.#isolated.delete(name);
      for (const { relay } of this.#nodes.values()) relay.release();
      this.#clients.release();
    },
    hang: (name) => {
      this.#hung.add(name);
      for (const { relay } of this.#nodes.values()) relay.hang();
      this.#clients.hang();
    },
    endHang: (name) => void this.#hung.delete(name),
    takeOutBarrier: (after, onTaken) =>
      this.#thief.aim(after, (consumer, checkpointId) =>
        onTaken(this.#names.of(consumer), checkpointId, wallNow() - this.#plan.startedAt),
      ),
    killAll: () => this.#each((name) => this.hands.kill(name)),
    startAllAgain: () => this.#each((name) => this.hands.startAgain(name)),
    stopAll: () => this.#each((name) => this.hands.stop(name)),
    goOnAll: () => this.#each((name) => this.hands.goOn(name)),
    disturb: (how) => beginDisturbance(how, this.#scratch),
    calm: () => endDisturbance(this.#scratch),
    damage: (what, draw) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#damage = { repaired: promise, repair: resolve };
      void this.#killBeforeDamage(what).then(() => {
        if (this.#damage !== null && !this.#isOver) this.#flipped = flipBit(what, this.#scratch, draw);
        this.hands.startAllAgain();
      });
    },
    hasEndedByDamage: () => this.#endedByDamage,
    repair: () => {
      this.#flipped?.undo();
      this.#damage?.repair();
      this.#damage = null;
      return this.#flipped?.name ?? '';
    },
  };

  /** Commits are soon done: for damage to prepared output they are held up until the checkpoint that covers it is durable. */
  async #killBeforeDamage(what: Damage): Promise<void> {
    if (what === 'damaged-sink') {
      beginDisturbance('commits-held', this.#scratch);
      for (const until = Date.now() + HELD_MS_MAX; Date.now() < until && !hasPrepared(this.#scratch);)
        await sleep(LOOK_MS);
      await sleep(POINTER_MS);
    }
    if (!this.#isOver) this.hands.killAll();
    await Promise.all([...this.#nodes.values()].map(async ({ killed }) => killed?.exited));
    if (what === 'damaged-sink') endDisturbance(this.#scratch);
  }

  #each(what: (name: string) => void): void {
    for (const name of this.#nodes.keys()) what(name);
  }

  /** By names. */
  #isCut(from: string, to: string): boolean {
    if (this.#cutOff.has(from) || this.#cutOff.has(to)) return true;
    return (this.#isolated.has(from) && isTaskManager(to)) || (this.#isolated.has(to) && isTaskManager(from));
  }

  #node(name: string): Node {
    return this.#nodes.get(name)!;
  }

  #signal(name: string, signal: NodeJS.Signals, mayEnd: boolean): void {
    const node = this.#node(name);
    node.mayEnd ||= mayEnd;
    node.child?.signal(signal);
  }

  /** Behind the end of the one before: two processes never share a work folder. Whoever comes first starts the next one. */
  async #startAgain(node: Node, dead: Child | null): Promise<void> {
    await dead?.exited;
    if (this.#isOver || node.child !== dead) return;
    const starting = this.#startNode(node);
    const { meetsDamage, child } = node; // when it has ended for that, or was killed, the next one may be on its way
    try {
      await starting;
    } catch (error) {
      if (node.killed === child) return;
      if (!node.mayEnd && !meetsDamage) this.#failure ??= error instanceof Error ? error.message : String(error);
    }
  }
}

function describeExit({ code, signal }: ChildExit): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}

function isTaskManager(name: string): boolean {
  return name.startsWith('tm-');
}
