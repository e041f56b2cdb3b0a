// The processes of a run of machines: one for each node, behind a relay, started again when it was killed or halted. What they did is read from
// their traces, and their states come by the channel to each of them. Whoever ends in another way fails the run.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../core/base/stack-lines.ts';
import type { TraceLine } from '../../../run/trace.ts';
import type { NodeSpec } from '../../../sim/world-types.ts';
import { startChild, type Child, type ChildExit } from '../../children/child.ts';
import { lastWords } from '../../children/complaints.ts';
import type { Guard } from '../../children/guard.ts';
import { Relay, type RelayRules } from '../relay.ts';
import { TraceTail } from '../trace-tail.ts';
import { wallNow } from '../wall-now.ts';
import type { FromNode } from './channel.ts';
import { tracePath, writePlan, type NodePlan } from './node-plan.ts';
import type { SharedServices } from './shared-services.ts';
import { RealView } from './view.ts';

export interface ProcessPlan extends Omit<NodePlan, 'endpoints'> {
  /** Where logs and the plan of the processes lie. */
  readonly folder: string;
  readonly nodes: readonly NodeSpec[];
  /** A process that halted is down for so long; 0: for good. */
  readonly restartHaltedMs: number;
  readonly shared: SharedServices;
  readonly guard: Guard;
}

interface Node {
  readonly spec: NodeSpec;
  readonly relay: Relay;
  readonly log: string;
  child: Child | null;
  /** Resolves when it is up, or failed to come up. */
  coming: Promise<void>;
  /** Processes so far: the incarnation of the latest. */
  starts: number;
  /** It is to end, or has been killed: its end is no surprise. */
  mayEnd: boolean;
  /** It is being started. */
  isComing: boolean;
}

const STOP_MS = 60_000;
const NOTHING_CUT: RelayRules = { isCut: () => false, isHung: () => false, isTakenOut: () => false };

export class MachineProcesses {
  /** All that was traced so far, as far as `look` has read. */
  readonly lines: TraceLine[] = [];
  /** The newest states. */
  readonly view: RealView;
  /** The first process that ended by itself, as a sentence. */
  failure: string | null = null;
  readonly #plan: ProcessPlan;
  readonly #nodes = new Map<string, Node>();
  readonly #tail = new TraceTail();
  readonly #states = new Map<string, unknown>();
  readonly #halted = new Set<string>();
  #planFile = '';
  #isOver = false;

  constructor(plan: ProcessPlan) {
    this.#plan = plan;
    this.view = new RealView(plan.nodes);
  }

  // ---- Start

  /** Rejects with a sentence if a process does not come up. Nodes that start later come later. */
  async start(): Promise<void> {
    const { nodes, folder } = this.#plan;
    for (const [at, spec] of nodes.entries()) {
      const relay = await Relay.listen(NOTHING_CUT);
      const log = join(folder, 'logs', `${at + 1}.log`);
      const coming = Promise.resolve();
      this.#nodes.set(spec.address, {
        spec,
        relay,
        log,
        child: null,
        coming,
        starts: 0,
        mayEnd: false,
        isComing: false,
      });
    }
    const endpoints = Object.fromEntries([...this.#nodes].map(([address, { relay }]) => [address, relay.address]));
    const { file, seed, set, startedAt, clockNs, disks, traces } = this.#plan;
    this.#planFile = writePlan(folder, { file, seed, set, endpoints, startedAt, clockNs, disks, traces });
    const all = [...this.#nodes.values()];
    const first = all.filter(({ spec }) => (spec.startAtUs ?? 0) === 0);
    await Promise.all(first.map((node) => this.#startNode(node)));
    for (const { child } of first) child?.send({ kind: 'go' }); // together, as in the simulator
    for (const node of all) if (!first.includes(node)) this.#startLater(node, (node.spec.startAtUs ?? 0) / 1_000);
  }

  #startLater(node: Node, afterMs: number): void {
    node.mayEnd = true;
    node.coming = sleep(afterMs, undefined, { ref: false }).then(() => this.#comeBack(node));
  }

  async #startNode(node: Node): Promise<void> {
    const { address } = node.spec;
    node.starts += 1;
    node.mayEnd = false;
    const incarnation = node.starts;
    this.#tail.follow(tracePath(this.#plan, address, incarnation));
    const words = ['node', '--plan', this.#planFile, '--address', address, '--incarnation', String(incarnation)];
    const child = startChild(words, node.log, (message) =>
      this.#onMessage(node, incarnation, child, message as FromNode),
    );
    node.child = child;
    if (child.pid > 0) this.#plan.guard.watchProcess(child.pid);
    void child.exited.then((exit) => this.#onExit(node, incarnation, child, exit));
    node.isComing = true;
    const { listening } = await child.greeting.finally(() => (node.isComing = false));
    if (node.child === child) node.relay.pointTo(listening);
  }

  // ---- What processes say and do

  #onMessage({ spec }: Node, incarnation: number, child: Child, message: FromNode): void {
    const { address } = spec;
    if (message.kind === 'ask')
      return this.#plan.shared.ask(
        { node: address, incarnation, send: (answer) => child.send(answer) },
        message.id,
        message.request,
      );
    this.#states.set(keyOf(address, incarnation, message.event), message.state);
    this.view.set(address, { status: 'running', incarnation, state: message.state });
  }

  #onExit(node: Node, incarnation: number, child: Child, exit: ChildExit): void {
    const { address } = node.spec;
    this.#plan.guard.forgetProcess(child.pid);
    this.#plan.shared.forget({ node: address, incarnation });
    if (node.child === child) node.relay.pointTo(null);
    this.look();
    const hasHalted = this.#halted.has(keyOf(address, incarnation));
    this.view.set(address, { status: hasHalted ? 'halted' : 'down' });
    if (hasHalted) this.#onHalted(node);
    else if (!node.mayEnd) this.failure ??= `${address} ended by itself ${describeExit(exit)}: ${lastWords(node.log)}`;
  }

  #onHalted(node: Node): void {
    const { restartAfterHaltUs = this.#plan.restartHaltedMs * 1_000 } = node.spec;
    if (restartAfterHaltUs !== null && restartAfterHaltUs > 0) this.#startLater(node, restartAfterHaltUs / 1_000);
  }

  /** Reads what was traced since the last time. */
  look(): void {
    for (const line of this.#tail.read()) {
      this.lines.push(line);
      if (line.kind === 'stopped' && line.why === 'halt') this.#halted.add(keyOf(line.node, line.incarnation));
    }
    this.view.now = Math.floor((wallNow() - this.#plan.startedAt) * 1_000);
    this.view.events = this.lines.length;
  }

  /** Behind a line; undefined: nobody heard of it. */
  stateBehind(line: TraceLine): unknown {
    return line.kind === 'stepped' ? this.#states.get(keyOf(line.node, line.incarnation, line.event)) : undefined;
  }

  /** Some process is being started, which takes what it takes: on a busy machine, many seconds. */
  isStarting(): boolean {
    return [...this.#nodes.values()].some(({ isComing }) => isComing);
  }

  incarnationOf(address: string): number {
    return this.#nodes.get(address)?.starts ?? 0;
  }

  // ---- What is done to them

  /** `kill -9`; false if there is no process to kill. */
  kill(address: string): boolean {
    const node = this.#nodes.get(address);
    if (node === undefined || node.child === null || node.child.isGone() || node.mayEnd) return false;
    node.mayEnd = true;
    node.child.signal('SIGKILL');
    return true;
  }

  startAgain(address: string): void {
    const node = this.#nodes.get(address);
    if (node !== undefined) node.coming = this.#comeBack(node);
  }

  /** Behind the end of the one before: two processes never share a disk. */
  async #comeBack(node: Node): Promise<void> {
    await node.child?.exited;
    if (this.#isOver) return;
    try {
      await this.#startNode(node);
      node.child?.send({ kind: 'go' });
    } catch (error) {
      if (!node.mayEnd) this.failure ??= messageOf(error);
    }
  }

  // ---- End

  /** Ends all processes in good order; returns what did not do so. */
  async stop(): Promise<string[]> {
    this.#isOver = true;
    const unruly = await Promise.all([...this.#nodes.values()].map((node) => this.#stopNode(node)));
    this.look();
    return unruly.filter((sentence) => sentence !== null);
  }

  async #stopNode(node: Node): Promise<string | null> {
    if (node.child?.isGone() === false) await node.coming; // one that was just started again does not know yet what SIGTERM means
    const { child } = node;
    if (child === null || child.isGone()) return null;
    node.mayEnd = true;
    child.signal('SIGTERM');
    const killer = setTimeout(() => child.signal('SIGKILL'), STOP_MS);
    const exit = await child.exited;
    clearTimeout(killer);
    return exit.code === 0 ? null : `${node.spec.address} did not stop in good order: it ended ${describeExit(exit)}`;
  }

  /** Ends whatever is still there, at once. */
  async end(): Promise<void> {
    this.killAll();
    await Promise.all([...this.#nodes.values()].flatMap(({ child }) => child?.exited ?? []));
    await Promise.all([...this.#nodes.values()].map(({ relay }) => relay.close()));
    this.#tail.close();
  }

  killAll(): void {
    this.#isOver = true;
    for (const node of this.#nodes.values()) {
      node.mayEnd = true;
      if (node.child?.isGone() === false) node.child.signal('SIGKILL');
    }
  }
}

function keyOf(...parts: readonly (string | number)[]): string {
  return parts.join('\n');
}

function describeExit({ code, signal }: ChildExit): string {
  return signal === null ? `with exit code ${code}` : `by ${signal}`;
}
