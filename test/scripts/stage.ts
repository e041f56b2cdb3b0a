// A cluster that a script drives by hand: the real machines, simulated services, and everything on its way in plain sight. Whatever is not
// held happens at once, in the order in which it was sent; time passes only when a command says so.
import type { Effect } from '../../src/core/base/outbox.ts';
import { withDefaults } from '../../src/core/base/options.ts';
import { wordsOf } from '../../src/core/base/reasons.ts';
import { jobManager } from '../../src/core/jobmanager/job-manager.ts';
import type { JobManagerState } from '../../src/core/jobmanager/state.ts';
import { type ClusterOptions, clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { describeEffect } from '../../src/core/protocol/describe.ts';
import type { Message } from '../../src/core/protocol/messages.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { taskManager } from '../../src/core/taskmanager/task-manager.ts';
import type { TaskManagerState } from '../../src/core/taskmanager/state.ts';
import { Services } from '../core/services.ts';
import { throughCodec } from '../core/wire.ts';
import {
  type Flight,
  isSameStream,
  matches,
  type MessageFlight,
  messageFlight,
  type RequestFlight,
  requestFlight,
  type Selector,
  senderOf,
} from './air.ts';
import { Node, type ScriptInput } from './node.ts';
import { ARTIFACT, job, topicOf } from './job.ts';
import { Transcript } from './transcript.ts';

export type AnyNode = Node<JobManagerState> | Node<TaskManagerState>;

const STEPS_MAX = 20_000;

export interface StageSettings {
  readonly jobManagers: number;
  readonly taskManagers: number;
  readonly slots: number;
  /** Records of each of the two splits. */
  readonly rows: readonly [number, number];
  readonly options: Partial<ClusterOptions>;
}

/** Restarts by fixed-delay, and the first checkpoint of a job behind a whole interval, as all others: a script shows what comes before each. */
const EVEN = {
  restartStrategy: 1,
  restartsMax: 1_000,
  firstCheckpointMs: 3_600_000,
} as const satisfies Partial<ClusterOptions>;

export class Stage {
  now = 0;
  readonly transcript = new Transcript();
  readonly services: Services;
  readonly options: ClusterOptions;
  readonly jobManagers: readonly Node<JobManagerState>[];
  readonly taskManagers: readonly Node<TaskManagerState>[];
  /** In the order in which it was sent. */
  air: Flight[] = [];
  readonly holds: Selector[] = [];
  /** Pairs of nodes between which everything is lost, one way each. */
  readonly cuts = new Set<string>();

  constructor({ jobManagers, taskManagers, slots, rows, options: given }: StageSettings) {
    const options = withDefaults(clusterOptionTable, { ...EVEN, ...given });
    this.options = options;
    this.services = new Services({ rows: topicOf(rows) }, [ARTIFACT]);
    const artifacts = { get: (hash: string) => (hash === ARTIFACT ? job.program : undefined) };
    this.jobManagers = names('jm', jobManagers).map((address) => new Node(address, jobManager({ address, options })));
    this.taskManagers = names('tm', taskManagers).map(
      (address) => new Node(address, taskManager({ address, slots, options, artifacts })),
    );
  }

  get nodes(): readonly AnyNode[] {
    return [...this.jobManagers, ...this.taskManagers];
  }

  node(name: string | undefined): AnyNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  }

  start(node: AnyNode): void {
    if (node.isAlive) throw new Error(`${node.name} runs`);
    this.#carryOut(node, node.start(this.now));
  }

  /** Its memory is gone. What it sent is on its way; what it asked may still be applied, but nobody will be told. */
  crash(node: AnyNode): void {
    if (!node.isAlive) throw new Error(`${node.name} does not run`);
    node.isAlive = false;
    this.services.forget(node.name, node.incarnation);
    for (const flight of this.air)
      if (flight.is === 'request' && senderOf(flight) === node.name) flight.abandoned = true;
    this.air = this.air.filter((flight) => flight.is === 'message' || !flight.abandoned || flight.answer === null);
  }

  give(node: AnyNode, input: ScriptInput): void {
    this.#carryOut(node, node.step(input, this.now));
  }

  resume(node: AnyNode): void {
    this.#carryOut(node, node.resume(this.now));
  }

  /** A message from a client, who is nobody. */
  post(message: Message): void {
    this.#send(message);
  }

  #carryOut(node: AnyNode, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.effect === 'note') this.transcript.trace(this.now, node.name, describeEffect(effect));
      else if (effect.effect === 'send') this.#send(throughCodec(effect as Message));
      else if (effect.effect === 'request') this.#request(node, effect.id, effect.request as PortRequest);
      else throw new Error(`${node.name} halted: ${wordsOf(effect.reason)}`);
    }
  }

  #send(message: Message): void {
    const sender = this.nodes.find(({ name }) => name === message.from);
    const flight = messageFlight(message, sender?.incarnation ?? 0);
    if (this.cuts.has(`${message.from} ${message.to}`)) return;
    this.#takeOff(flight, message.kind);
  }

  #request(node: AnyNode, request: number, content: PortRequest): void {
    this.#takeOff(requestFlight({ node: node.name, incarnation: node.incarnation, request }, content), 'requests');
  }

  #takeOff(flight: Flight, topic: string): void {
    flight.held = this.holds.some((selector) => matches(selector, flight));
    this.air.push(flight);
    if (flight.held) this.transcript.line(this.now, `${flight.text} (held)`);
    else this.transcript.about(this.now, topic, flight.text);
  }

  /** Everything that happens without time passing, until nothing is left but what is held. */
  settle(): void {
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      const next = this.air.find((flight) => this.#canLand(flight));
      if (next !== undefined) this.land(next);
      else if (!this.#work()) return;
    }
    throw new Error('it never becomes quiet');
  }

  #canLand(flight: Flight): boolean {
    if (flight.held) return false;
    return flight.is === 'request' ? !flight.abandoned : !this.#isBehind(flight);
  }

  /** Something before it in its stream is held: streams keep their order. */
  #isBehind(flight: MessageFlight): boolean {
    return this.first(flight) !== flight;
  }

  first(flight: MessageFlight): Flight {
    return this.air.find((other) => other.is === 'message' && isSameStream(other, flight)) ?? flight;
  }

  #work(): boolean {
    const node = this.nodes.find((candidate) => candidate.hasWork);
    if (node !== undefined) this.give(node, { kind: 'work' });
    return node !== undefined;
  }

  /** A message arrives; a request is applied, and its asker told. */
  land(flight: Flight): void {
    if (flight.is === 'request') {
      this.apply(flight);
      return this.answer(flight);
    }
    this.remove(flight);
    this.deliver(flight.message);
  }

  deliver(message: Message): void {
    const target = this.nodes.find(({ name }) => name === message.to);
    if (target !== undefined) this.give(target, { kind: 'message', message });
  }

  remove(flight: Flight): void {
    this.air = this.air.filter((other) => other !== flight);
  }

  /** The service does it. Watches of others may complete by it. */
  apply(flight: RequestFlight): void {
    if (flight.answer !== null) return;
    for (const completed of this.services.apply(flight.request, flight.caller)) {
      const { node, incarnation, request } = completed.caller;
      const asked = this.air.find(
        (other) =>
          other.is === 'request' &&
          other.caller.node === node &&
          other.caller.incarnation === incarnation &&
          other.caller.request === request,
      );
      if (asked === flight) flight.answer = completed.answer;
      else if (asked === undefined) this.#complete(node, incarnation, request, completed.answer);
    }
    if (flight.abandoned) this.remove(flight);
  }

  /** Its asker is told; of a watch that waits, later. */
  answer(flight: RequestFlight, instead: RequestFlight['answer'] = null): void {
    const { node, incarnation, request } = flight.caller;
    const answer = instead ?? flight.answer;
    if (instead === null || flight.answer !== null) this.remove(flight);
    else flight.abandoned = true;
    if (answer !== null) this.#complete(node, incarnation, request, answer);
  }

  #complete(name: string, incarnation: number, request: number, answer: NonNullable<RequestFlight['answer']>): void {
    const node = this.node(name);
    if (node.incarnation === incarnation) this.give(node, { kind: 'completed', request, answer });
  }

  /** Lets time pass, deadline by deadline, and all that follows from each happen. */
  pass(ms: number): void {
    const until = this.now + ms;
    this.settle();
    for (let next = this.#nextDeadline(); next <= until; next = this.#nextDeadline()) {
      this.now = Math.max(this.now, next);
      for (const node of this.nodes) this.#carryOut(node, node.wake(this.now));
      this.settle();
    }
    this.now = until;
  }

  #nextDeadline(): number {
    return Math.min(...this.nodes.map((node) => node.wakeAt));
  }
}

function names(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}
