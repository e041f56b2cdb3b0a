// A TaskManager in a test: ports that answer from the simulated services (or wait, where a test says so), a leader and peers that the test
// plays by hand, and a job whose vertices become task descriptors. Messages of the TaskManager to itself are delivered; all others are kept.
import { expect } from 'vitest';
import { createAtWork, type AtWork } from '../../../src/core/base/at-work.ts';
import type { Envelope, Input } from '../../../src/core/base/machine.ts';
import { NEVER } from '../../../src/core/base/machine.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import { Outbox } from '../../../src/core/base/outbox.ts';
import { wordsOf } from '../../../src/core/base/reasons.ts';
import { cloneState, hashState } from '../../../src/core/base/state.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { chainOperators } from '../../../src/core/graph/chaining.ts';
import type { JobDefinition } from '../../../src/core/graph/define-job.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import type { ClusterOptions } from '../../../src/core/protocol/cluster-options.ts';
import { describeBecause } from '../../../src/core/protocol/describe-reason.ts';
import { describeEffect } from '../../../src/core/protocol/describe.ts';
import type {
  AttemptId,
  Bodies,
  Kind,
  Message,
  SnapshotHandle,
  TaskDescriptor,
} from '../../../src/core/protocol/messages.ts';
import type { ClusterVocabulary, PortRequest } from '../../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { taskManager } from '../../../src/core/taskmanager/task-manager.ts';
import { noStack, type StackOf } from '../../../src/core/task/code.ts';
import type { TaskState } from '../../../src/core/task/state.ts';
import { type Answer, Services } from '../services.ts';

export const JOB = 'job-1';
const SELF = 'tm-1';
const LEADER = 'jm-1';
const STEPS_MAX = 200_000;

export interface LabSettings {
  readonly slots?: number;
  readonly options?: Partial<ClusterOptions>;
  readonly atWork?: AtWork;
  readonly stackOf?: StackOf;
  readonly job?: JobDefinition;
  /** Topic to splits to records. */
  readonly topics?: Readonly<Record<string, readonly (readonly Value[])[]>>;
}

interface Held {
  readonly id: number;
  readonly request: PortRequest;
}

export class Lab {
  now = 1_000;
  epoch = 1;
  readonly incarnation = 7;
  readonly options: ClusterOptions;
  readonly machine;
  readonly state;
  /** Messages to others, in order, until they are taken. */
  sent: Envelope[] = [];
  /** What the machine traced, ignored messages with their reasons above all. */
  readonly traces: string[] = [];
  /** Kinds of port requests that wait for the test to answer them. */
  readonly holding = new Set<string>(['ha-watch']);
  held: Held[] = [];
  records = 0;
  /** Each step is first done by a copy of the state, and must come to the same. */
  rehearsing = false;
  rehearsed = 0;
  readonly #job: JobDefinition | undefined;
  readonly #out = new Outbox<ClusterVocabulary>(true);
  readonly services: Services;
  readonly #inbox: Message[] = [];

  constructor(settings: LabSettings = {}) {
    this.options = withDefaults(clusterOptionTable, settings.options ?? {});
    this.#job = settings.job;
    const program = settings.job?.program;
    const artifacts = { get: (hash: string) => (hash === 'code' ? program : undefined) };
    const { slots = 2, atWork = createAtWork(), stackOf = noStack } = settings;
    this.machine = taskManager({ address: SELF, slots, options: this.options, artifacts, atWork, stackOf });
    this.state = this.machine.create();
    const topics = Object.fromEntries(
      Object.entries(settings.topics ?? {}).map(([name, splits]) => [name, { splits }]),
    );
    this.services = new Services(topics, ['code']);
    this.#step({ kind: 'start', incarnation: this.incarnation, ...this.#clock() });
  }

  #clock(): { now: number; wallTime: number } {
    return { now: this.now, wallTime: this.now };
  }

  /** One step, after the `wake` that the host rules put before it. */
  step(input: Input<ClusterVocabulary>): void {
    for (let wakes = 0; this.machine.wakeAt(this.state) <= this.now; wakes++) {
      if (wakes > 100) throw new Error('wakes for ever');
      this.#step({ kind: 'wake', ...this.#clock() });
    }
    this.#step(input);
  }

  #step(input: Input<ClusterVocabulary>): void {
    this.#out.address = SELF;
    const rehearsed = this.rehearsing ? this.#rehearse(input) : null;
    this.machine.step(this.state, input, this.#out);
    this.machine.checkInvariants(this.state);
    if (rehearsed !== null) {
      this.rehearsed += 1;
      expect(this.#out.effects).toEqual(rehearsed.effects);
      expect(hashState(this.state)).toBe(rehearsed.hash);
    }
    this.records += this.#out.records;
    const effects = [...this.#out.effects];
    this.#out.clear();
    for (const effect of effects) {
      if (effect.effect === 'note') this.traces.push(describeEffect(effect));
      else if (effect.effect === 'send') this.#route(effect);
      else if (effect.effect === 'request') this.#request(effect.id, effect.request as PortRequest);
      else throw new Error(`halted: ${wordsOf(effect.reason)}`);
    }
  }

  /** A step of a copy of the state: what it comes to, before the original does the same. */
  #rehearse(input: Input<ClusterVocabulary>): { readonly hash: string; readonly effects: readonly unknown[] } {
    const copy = cloneState(this.state);
    const out = new Outbox<ClusterVocabulary>(true);
    out.address = SELF;
    this.machine.step(copy, input, out);
    return { hash: hashState(copy), effects: out.effects };
  }

  #route(envelope: Envelope): void {
    if (envelope.to === SELF) this.#inbox.push(envelope as Message);
    else this.sent.push(envelope);
  }

  #request(id: number, request: PortRequest): void {
    this.held.push({ id, request });
  }

  #apply(request: PortRequest): Answer {
    const caller = { node: SELF, incarnation: this.incarnation, request: 0 };
    const [completed] = this.services.apply(request, caller);
    if (completed === undefined) throw new Error(`${request.kind} waits`);
    return completed.answer;
  }

  /** Answers the oldest waiting request of a kind: as its port does, or as the test says. */
  answer(kind: PortRequest['kind'], answer?: Answer): PortRequest {
    const index = this.held.findIndex((held) => held.request.kind === kind);
    if (index < 0) throw new Error(`no ${kind} waits`);
    const [held] = this.held.splice(index, 1) as [Held];
    this.step({ kind: 'completed', request: held.id, answer: answer ?? this.#apply(held.request), ...this.#clock() });
    return held.request;
  }

  fail(kind: PortRequest['kind'], outcome: 'not-applied' | 'unknown' = 'not-applied'): PortRequest {
    return this.answer(kind, {
      kind: 'failed',
      outcome,
      reason: { kind: 'io', code: 'EIO', text: 'the disk is on fire' },
    });
  }

  waiting(kind: PortRequest['kind']): readonly PortRequest[] {
    return this.held.filter((held) => held.request.kind === kind).map((held) => held.request);
  }

  /** Goes on without letting time pass: own messages, ports that answer, work. */
  run(stepsMax = STEPS_MAX): void {
    for (let steps = 0; steps < stepsMax; steps++) if (!this.#runOne()) return;
    if (stepsMax === STEPS_MAX) throw new Error('never quiet');
  }

  #runOne(): boolean {
    const message = this.#inbox.shift();
    if (message !== undefined) this.step({ kind: 'message', message, ...this.#clock() });
    else if (this.#answerNext()) return true;
    else if (this.machine.hasWork(this.state)) this.step({ kind: 'work', ...this.#clock() });
    else return false;
    return true;
  }

  #answerNext(): boolean {
    const next = this.held.find((held) => !this.holding.has(held.request.kind));
    if (next === undefined) return false;
    this.held.splice(this.held.indexOf(next), 1);
    this.step({ kind: 'completed', request: next.id, answer: this.#apply(next.request), ...this.#clock() });
    return true;
  }

  /** One step of work, if there is any. */
  work(): boolean {
    if (!this.machine.hasWork(this.state)) return false;
    this.step({ kind: 'work', ...this.#clock() });
    return true;
  }

  /** Lets time pass, deadline by deadline; heartbeats keep coming unless `silent`. */
  pass(ms: number, silent = false): void {
    const until = this.now + ms;
    let beatAt = silent ? NEVER : this.now + this.options.heartbeatIntervalMs;
    this.run();
    while (Math.min(this.machine.wakeAt(this.state), beatAt) <= until) {
      this.now = Math.max(this.now, Math.min(this.machine.wakeAt(this.state), beatAt));
      if (beatAt <= this.now) {
        this.heartbeat();
        beatAt += this.options.heartbeatIntervalMs;
      } else this.#step({ kind: 'wake', ...this.#clock() });
      this.run();
    }
    this.now = until;
  }

  /** A message from somebody else. */
  deliver<K extends Kind>(from: string, kind: K, body: Bodies[K], streamClass: 'control' | 'data' = 'control'): void {
    const message = { effect: 'send', streamClass, from, to: SELF, kind, body } as unknown as Message;
    this.step({ kind: 'message', message, ...this.#clock() });
  }

  /** A message of the leader: epoch and incarnation are added. */
  lead<K extends Kind>(kind: K, body: Omit<Bodies[K], 'epoch' | 'incarnation'>): void {
    this.deliver(LEADER, kind, { epoch: this.epoch, incarnation: this.incarnation, ...body } as Bodies[K]);
  }

  lose(peer: string, streamClass: 'control' | 'data' = 'data'): void {
    this.step({ kind: 'connection-lost', peer, streamClass, ...this.#clock() });
  }

  announceLeader(epoch = this.epoch, address = LEADER): void {
    const entry = { key: 'leader', value: encodeLeader({ epoch, address, resigned: false }), revision: epoch };
    this.answer('ha-watch', { kind: 'ha-changed', entry, revision: epoch });
    this.epoch = epoch;
  }

  register(): void {
    this.announceLeader();
    this.lead('task-manager-registered', {});
  }

  /** A slot that the JobMaster accepted. */
  activate(slotIndex = 0): string {
    const allocationId = `alloc-${slotIndex}`;
    this.lead('request-slot', { slotIndex, allocationId, jobId: JOB });
    const offer = this.take('offer-slots').at(-1)!;
    this.lead('slots-accepted', { jobId: JOB, offer: offer.offer, accepted: [allocationId] });
    return allocationId;
  }

  heartbeat(finalCheckpoints: readonly number[] = []): void {
    const allocations = this.state.slots.flatMap(({ index, allocationId }) =>
      allocationId === null ? [] : [{ slotIndex: index, allocationId }],
    );
    this.lead('heartbeat', {
      allocations,
      finalCheckpoints: finalCheckpoints.map((checkpointId) => ({ jobId: JOB, checkpointId })),
    });
  }

  /** Takes out the bodies of all kept messages of a kind. */
  take<K extends Kind>(kind: K): readonly Bodies[K][] {
    const taken = this.sent.filter((envelope) => envelope.kind === kind);
    this.sent = this.sent.filter((envelope) => envelope.kind !== kind);
    return taken.map((envelope) => envelope.body as Bodies[K]);
  }

  deploy(task: TaskDescriptor, slotIndex = 0): void {
    this.lead('deploy-task', { slotIndex, allocationId: `alloc-${slotIndex}`, task });
  }

  /** Deploys every subtask of the job into slot 0 and lets it come to RUNNING. */
  deployAll(attempt = 1, restore: Restore | null = null): void {
    if (this.state.slots[0]!.state !== 'ACTIVE') this.activate(0);
    for (const task of this.descriptors(attempt, restore)) this.deploy(task);
    this.run();
  }

  descriptors(
    attempt = 1,
    restore: Restore | null = null,
    addressOf: AddressOf = () => SELF,
  ): readonly TaskDescriptor[] {
    return describeJob(this.#job!, attempt, restore, addressOf);
  }

  task(vertex: number, subtask = 0): TaskState {
    const found = this.state.tasks.find(
      ({ descriptor }) => descriptor.attempt.vertex === vertex && descriptor.attempt.subtask === subtask,
    );
    if (found === undefined) throw new Error(`task ${vertex}/${subtask} is not here`);
    return found;
  }

  /** All source tasks. */
  trigger(checkpointId: number, drain = false): void {
    for (const task of this.state.tasks.slice()) {
      if (task.descriptor.inputs.length > 0) continue;
      this.lead('trigger-checkpoint', {
        attempt: task.descriptor.attempt,
        checkpointId,
        timestamp: this.now,
        drain,
      });
    }
  }

  complete(checkpointId: number, final = false): void {
    for (const task of this.state.tasks.slice()) {
      this.lead('notify-checkpoint-complete', { attempt: task.descriptor.attempt, checkpointId, final });
    }
  }

  /** Triggers, runs, and returns what was acknowledged. */
  checkpoint(checkpointId: number, drain = false): readonly Bodies['acknowledge-checkpoint'][] {
    this.trigger(checkpointId, drain);
    this.run();
    return this.take('acknowledge-checkpoint');
  }

  committed(): readonly Value[] {
    return this.services.sink.sinks.get('out')!.committed.flatMap((transaction) => transaction.records);
  }

  /** States that the leader was told, as `vertex/subtask STATE`, the reason behind it. */
  reports(): readonly string[] {
    return this.take('task-state-changed').map(({ attempt, state, reason }) => {
      const text = `${attempt.vertex}/${attempt.subtask}#${attempt.attempt} ${state}`;
      return `${text}${describeBecause(reason)}`;
    });
  }
}

export interface Restore {
  readonly checkpointId: number;
  readonly handles: ReadonlyMap<string, SnapshotHandle>;
}

type AddressOf = (vertex: number, subtask: number) => string;

/** What a coordinator would restore from these acknowledgements. */
export function restoreFrom(acks: readonly Bodies['acknowledge-checkpoint'][]): Restore {
  const handles = new Map(acks.map((ack) => [`${ack.attempt.vertex}/${ack.attempt.subtask}`, ack.handle]));
  return { checkpointId: acks[0]!.checkpointId, handles };
}

export function attemptId(vertex: number, subtask = 0, attempt = 1): AttemptId {
  return { jobId: JOB, vertex, subtask, attempt };
}

export function describeJob(
  job: JobDefinition,
  attempt: number,
  restore: Restore | null,
  addressOf: AddressOf,
): readonly TaskDescriptor[] {
  const { vertices } = chainOperators(job.graph);
  const peers = (vertex: number, own: number, forward: boolean) =>
    Array.from({ length: vertices[vertex]!.parallelism }, (_, subtask) => ({
      subtask,
      attempt,
      address: addressOf(vertex, subtask),
    })).filter((peer) => !forward || peer.subtask === own);
  return vertices.flatMap((vertex) =>
    Array.from({ length: vertex.parallelism }, (_, subtask): TaskDescriptor => {
      const head = vertex.operators[0]!;
      const handle = restore?.handles.get(`${vertex.index}/${subtask}`);
      return {
        attempt: { jobId: JOB, vertex: vertex.index, subtask, attempt },
        artifact: 'code',
        vertex,
        maxParallelism: job.graph.maxParallelism,
        parameters: job.graph.parameters,
        inputs: vertex.inputs.map((edge) => ({
          edge,
          producers: peers(edge.source, subtask, edge.partitioning === 'forward'),
        })),
        outputs: vertex.outputs.map((edge) => ({
          edge,
          consumers: peers(edge.target, subtask, edge.partitioning === 'forward'),
        })),
        splits:
          head.kind !== 'source'
            ? []
            : Array.from({ length: head.splits }, (_, split) => split).filter(
                (split) => split % vertex.parallelism === subtask,
              ),
        restore:
          restore === null
            ? null
            : { checkpointId: restore.checkpointId, handles: handle === undefined ? [] : [handle] },
      };
    }),
  );
}
