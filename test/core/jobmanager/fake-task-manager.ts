// TaskManagers that do what the protocol asks of them, at once, and a cluster of them around a Lab. Tests switch parts of it off.
import type { TaskReason } from '../../../src/core/protocol/reasons.ts';
import type { AttemptId, Message, SlotReport } from '../../../src/core/protocol/messages.ts';
import type { ProcessDeath } from '../../../src/core/protocol/ids.ts';
import type { ExecutionState } from '../../../src/core/protocol/states.ts';
import { handleOf } from '../../../src/core/checkpoint/handles.ts';
import type { FakeStores } from './fake-stores.ts';
import { type Lab, leading } from './lab.ts';
import { ARTIFACT, JOB, sampleGraph } from './sample-job.ts';

const textOf = (attempt: AttemptId): string => `${attempt.vertex}/${attempt.subtask}`;
/** Other jobs have subtasks of the same names. */
const keyOf = (attempt: AttemptId): string =>
  attempt.jobId === JOB ? textOf(attempt) : `${attempt.jobId} ${textOf(attempt)}`;

type Post = (from: string, kind: Message['kind'], body: object) => void;

export class FakeTaskManager {
  readonly address: string;
  incarnation = 1;
  /** What it tells of the process before it, with each registration. */
  death: ProcessDeath | null = null;
  slots: SlotReport[];
  tasks = new Map<string, { attempt: AttemptId; state: ExecutionState; restore: number | null }>();
  /** Kinds of messages that are lost on their way to it. */
  deafTo = new Set<string>();
  /** Kinds of its own messages that are lost. */
  dumbOf = new Set<string>();
  /** It acknowledges checkpoints by itself; its tasks are at their end. */
  acknowledges = true;
  atEnd = false;
  /** What it acknowledges of its sinks, by `vertex/subtask`. */
  transactions: Readonly<Record<string, readonly string[]>> = {};
  offer = 0;
  seen: Message[] = [];
  /** Of the leader that it follows. */
  epoch = 0;
  readonly #stores: FakeStores;
  readonly #post: Post;

  /** `post` is the way to the leader that it follows. */
  constructor(stores: FakeStores, post: Post, address: string, slots: number) {
    this.#stores = stores;
    this.#post = post;
    this.address = address;
    this.slots = Array.from({ length: slots }, (_, slotIndex) => ({
      slotIndex,
      state: 'FREE',
      jobId: null,
      allocationId: null,
    }));
  }

  register(): void {
    this.say('register-task-manager', { slots: this.slots.length, death: this.death });
  }

  /** A new leader: nothing of the old one is kept. */
  follow(epoch: number): void {
    this.epoch = epoch;
    this.letGo();
    this.register();
  }

  letGo(): void {
    this.tasks.clear();
    this.slots = this.slots.map(({ slotIndex }) => ({ slotIndex, state: 'FREE', jobId: null, allocationId: null }));
  }

  /** Restarted at the same address: nothing is left of what it held. */
  restart(): void {
    this.incarnation += 1;
    this.letGo();
    this.register();
  }

  say(kind: Message['kind'], said: object): void {
    if (this.dumbOf.has(kind)) return;
    this.#post(this.address, kind, { epoch: this.epoch, incarnation: this.incarnation, ...structuredClone(said) });
  }

  report(attempt: AttemptId, state: ExecutionState, reason: TaskReason | null = null): void {
    const task = this.tasks.get(keyOf(attempt));
    if (task !== undefined) task.state = state;
    this.say('task-state-changed', { attempt, state, reason });
  }

  fail(subtask: string, text = 'it broke', stack: string | null = null): void {
    this.report(this.tasks.get(subtask)!.attempt, 'FAILED', {
      kind: 'user-code',
      operator: 'map',
      function: null,
      given: null,
      text,
      stack,
    });
    this.tasks.delete(subtask);
  }

  acknowledge(attempt: AttemptId, checkpointId: number): void {
    const name = `${attempt.jobId}/chk-${checkpointId}/${attempt.vertex}-${attempt.subtask}-e${this.epoch}-a${attempt.attempt}`;
    const bytes = new Uint8Array([checkpointId, attempt.vertex, attempt.subtask]);
    this.#stores.blobs.set(name, bytes);
    const metrics = { recordsIn: [], recordsOut: [], alignmentMs: 0, durationMs: 0 };
    this.say('acknowledge-checkpoint', {
      attempt,
      checkpointId,
      handle: handleOf(name, bytes),
      atEnd: this.atEnd,
      splits: [],
      transactions: this.transactions[textOf(attempt)] ?? [],
      metrics,
    });
  }

  receive(message: Message): void {
    this.seen.push(message);
    if (this.deafTo.has(message.kind)) return;
    const { epoch, incarnation } = message.body as { epoch?: number; incarnation?: number };
    if (epoch !== this.epoch || incarnation !== this.incarnation) return;
    switch (message.kind) {
      case 'heartbeat':
        return this.#onHeartbeat(message.body.finalCheckpoints.map(({ checkpointId }) => checkpointId));
      case 'request-slot': {
        const { slotIndex, allocationId, jobId } = message.body;
        const slot = this.slots[slotIndex]!;
        const granted = slot.state === 'FREE' || slot.allocationId === allocationId;
        if (granted) this.slots[slotIndex] = { slotIndex, state: 'ALLOCATED', jobId, allocationId };
        this.say('slot-answer', { slotIndex, allocationId, granted });
        if (granted) this.offerSlots();
        return;
      }
      case 'slots-accepted':
        this.slots = this.slots.map((slot) =>
          message.body.accepted.includes(slot.allocationId ?? '') ? { ...slot, state: 'ACTIVE' } : slot,
        );
        return;
      case 'free-slot':
        return this.#onFreeSlot(message.body.slotIndex, message.body.allocationId);
      case 'deploy-task': {
        const { attempt, restore } = message.body.task;
        this.tasks.set(keyOf(attempt), { attempt, state: 'INITIALIZING', restore: restore?.checkpointId ?? null });
        this.report(attempt, 'INITIALIZING');
        this.report(attempt, 'RUNNING');
        return;
      }
      case 'cancel-task':
        this.#end(message.body.attempt, message.body.finish);
        if (this.tasks.get(keyOf(message.body.attempt))?.attempt.attempt === message.body.attempt.attempt)
          this.tasks.delete(keyOf(message.body.attempt));
        return;
      case 'notify-checkpoint-complete':
        if (message.body.final) this.report(message.body.attempt, 'FINISHED');
        return;
      default: // what this stand-in has no part in
    }
  }

  /** CANCELED also if it was never here, as a TaskManager does. */
  #end(attempt: AttemptId, finish: boolean): void {
    const task = this.tasks.get(keyOf(attempt));
    const runs = task?.state === 'RUNNING' && task.attempt.attempt === attempt.attempt;
    this.report(attempt, finish && runs ? 'FINISHED' : 'CANCELED');
  }

  offerSlots(): void {
    const allocated = this.slots.filter((slot) => slot.state === 'ALLOCATED');
    for (const jobId of new Set(allocated.map((slot) => slot.jobId))) {
      const slots = allocated.filter((slot) => slot.jobId === jobId);
      this.offer += 1;
      this.say('offer-slots', {
        jobId: jobId ?? JOB,
        offer: this.offer,
        slots: slots.map(({ slotIndex, allocationId }) => ({ slotIndex, allocationId: allocationId ?? '' })),
      });
    }
  }

  #onHeartbeat(finalCheckpoints: readonly number[]): void {
    const tasks = [...this.tasks.values()].map(({ attempt, state }) => ({ attempt, state }));
    this.say('heartbeat-answer', { slots: this.slots, tasks });
    if (finalCheckpoints.length === 0) return;
    for (const { attempt, state } of tasks) if (state === 'RUNNING') this.report(attempt, 'FINISHED');
  }

  #onFreeSlot(slotIndex: number, allocationId: string): void {
    if (this.slots[slotIndex]?.allocationId !== allocationId) return;
    this.slots[slotIndex] = { slotIndex, state: 'FREE', jobId: null, allocationId: null };
    this.say('slot-freed', { slotIndex, allocationId });
  }
}

/** A JobManager with its TaskManagers and one client. */
export class Cluster {
  readonly lab: Lab;
  readonly taskManagers = new Map<string, FakeTaskManager>();
  /** What the client was told, as `kind status`. */
  readonly told: string[] = [];

  constructor(given: ConstructorParameters<typeof Lab>[0] & { taskManagers?: number; slots?: number } = {}) {
    this.lab = leading(given);
    for (let index = 1; index <= (given.taskManagers ?? 2); index++)
      this.addTaskManager(`tm-${index}`, given.slots ?? 1);
  }

  addTaskManager(address: string, slots: number): FakeTaskManager {
    const post: Post = (from, kind, body) => this.lab.deliver(from, kind, body as never);
    const taskManager = new FakeTaskManager(this.lab.stores, post, address, slots);
    taskManager.epoch = this.lab.leader.epoch;
    this.taskManagers.set(address, taskManager);
    taskManager.register();
    this.settle();
    return taskManager;
  }

  tm(index: number): FakeTaskManager {
    return this.taskManagers.get(`tm-${index}`)!;
  }

  submit(graph = sampleGraph): void {
    this.lab.deliver('client', 'submit-job', { jobId: JOB, graph, artifact: ARTIFACT, restore: null });
    this.settle();
  }

  /** Everything that can happen without time passing: requests, messages both ways, acknowledgements. */
  settle(): void {
    this.lab.serve();
    for (let message = this.lab.outgoing.shift(); message !== undefined; message = this.lab.outgoing.shift()) {
      if (message.to === 'client')
        this.told.push(`${message.kind} ${'status' in message.body ? message.body.status : ''}`.trim());
      this.taskManagers.get(message.to)?.receive(message);
      if (message.kind === 'trigger-checkpoint' && message.body.drain)
        for (const taskManager of this.taskManagers.values()) taskManager.atEnd = true;
      if (message.kind === 'trigger-checkpoint') this.#acknowledgeAll(message.body.checkpointId);
      this.lab.serve();
    }
  }

  /** The barrier reached all: each task acknowledges once, when the last source was triggered. */
  #acknowledgeAll(checkpointId: number): void {
    if (this.lab.outgoing.some((message) => message.kind === 'trigger-checkpoint')) return;
    for (const taskManager of this.taskManagers.values()) {
      if (!taskManager.acknowledges) continue;
      for (const { attempt, state } of taskManager.tasks.values())
        if (state === 'RUNNING') taskManager.acknowledge(attempt, checkpointId);
    }
  }

  pass(ms: number): void {
    this.lab.pass(ms, () => this.settle());
  }

  states(): string {
    return this.lab.job.executions.map((execution) => execution.state).join(' ');
  }

  /** Which checkpoint each task was restored from. */
  restored(): (number | null)[] {
    return [...this.taskManagers.values()].flatMap((taskManager) =>
      [...taskManager.tasks.values()].map((task) => task.restore),
    );
  }
}

/** The sample job runs on two TaskManagers of one slot each. */
export function runningCluster(given: ConstructorParameters<typeof Cluster>[0] = {}): Cluster {
  const cluster = new Cluster(given);
  cluster.submit();
  return cluster;
}
