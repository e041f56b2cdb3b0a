// Two JobManagers, three TaskManagers and their stores in rough weather: lost and late messages, writes that fail, are applied late or have
// an unknown outcome, lost leases, restarts. Then the weather calms down, and the job must come to its end. What is stored is judged
// throughout. A failing seed is in the name of its test.
import { expect, test } from 'vitest';
import { decodeMetadata } from '../../../src/core/checkpoint/metadata-codec.ts';
import { setTimer } from '../../../src/core/base/timers.ts';
import type { CompletedCheckpoint } from '../../../src/core/protocol/ha-records.ts';
import type { Message } from '../../../src/core/protocol/messages.ts';
import { decodeCheckpoints, decodeResult } from '../../../src/core/protocol/records-codec.ts';
import { FakeStores } from './fake-stores.ts';
import { FakeTaskManager } from './fake-task-manager.ts';
import { Lab, NOT_APPLIED, UNKNOWN, type OpenRequest } from './lab.ts';
import { ARTIFACT, JOB, sampleGraph } from './sample-job.ts';

const TICK_MS = 10;
const STORM_MS = 40_000;
const INPUT_MS = 25_000;
const END_MS = 120_000;
const SEEDS = Number(process.env.WEATHER_SEEDS ?? 10);

/** A small generator (mulberry32), so that a seed says everything about a run. */
function generator(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

interface Event {
  readonly at: number;
  readonly run: () => void;
}

class Weather {
  readonly pick: (n: number) => number;
  readonly stores = new FakeStores();
  readonly labs = new Map<string, Lab>();
  readonly taskManagers = new Map<string, FakeTaskManager>();
  /** When the last message of a stream arrives: streams are first in, first out. */
  readonly streams = new Map<string, number>();
  readonly triggered = new Map<string, Set<string>>();
  events: Event[] = [];
  now = 0;
  followed = 0;
  latestId = 0;
  notifiedId = 0;
  accepted = false;
  statuses = new Set<string>();
  completedIds = new Set<number>();
  restarts = 0;

  constructor(seed: number) {
    this.pick = generator(seed);
    for (const address of ['jm-1', 'jm-2']) this.labs.set(address, new Lab({ address, stores: this.stores }));
    for (const address of ['tm-1', 'tm-2', 'tm-3']) {
      const post = (from: string, kind: string, body: object) => this.post(from, this.leaderAddress(), kind, body);
      this.taskManagers.set(address, new FakeTaskManager(this.stores, post, address, 1));
    }
  }

  get stormy(): boolean {
    return this.now < STORM_MS;
  }

  chance(percent: number): boolean {
    return this.stormy && this.pick(1_000) < percent * 10;
  }

  leaderAddress(): string {
    for (const [address, lab] of this.labs) if (lab.state.leader?.epoch === this.stores.epoch()) return address;
    return 'nobody';
  }

  after(ms: number, run: () => void): void {
    this.events.push({ at: this.now + ms, run });
  }

  /** On a stream that keeps its order; sometimes lost, sometimes slow. */
  post(from: string, to: string, kind: string, body: object): void {
    if (this.chance(2)) return;
    const slow = this.chance(2) ? this.pick(4_000) : this.pick(3) * TICK_MS;
    const stream = `${from}>${to}`;
    const at = Math.max(this.now + slow, this.streams.get(stream) ?? 0);
    this.streams.set(stream, at);
    const message = { effect: 'send', streamClass: 'control', from, to, kind, body } as unknown as Message;
    this.events.push({ at, run: () => this.arrive(message) });
  }

  arrive(message: Message): void {
    this.labs.get(message.to)?.step({ kind: 'message', message });
    if (message.to === 'client' && message.kind === 'job-accepted') this.accepted = true;
    if (message.to === 'client' && message.kind === 'job-status') this.statuses.add(message.body.status);
    const taskManager = this.taskManagers.get(message.to);
    taskManager?.receive(message);
    if (message.kind === 'trigger-checkpoint' && message.body.epoch === taskManager?.epoch)
      this.onTriggered(message.body);
  }

  /** When both sources were triggered, the barrier reaches everybody. */
  onTriggered({ epoch, checkpointId, attempt }: Extract<Message, { kind: 'trigger-checkpoint' }>['body']): void {
    const key = `${epoch} ${attempt.attempt} ${checkpointId}`;
    const sources = this.triggered.get(key) ?? new Set();
    this.triggered.set(key, sources.add(`${attempt.subtask}`));
    if (sources.size < 2) return;
    for (const taskManager of this.taskManagers.values()) {
      taskManager.atEnd = this.now > INPUT_MS;
      for (const task of taskManager.tasks.values()) {
        if (task.state === 'RUNNING' && task.attempt.attempt === attempt.attempt)
          taskManager.acknowledge(task.attempt, checkpointId);
      }
    }
  }

  onRequest(lab: Lab, open: OpenRequest): void {
    const isWrite = ['ha-write', 'storage-put', 'storage-delete'].includes(open.request.kind);
    const answer = (ms: number, failure?: typeof UNKNOWN) =>
      this.after(ms, () => lab.answer(open, failure ?? this.apply(open)));
    if (this.chance(4)) return answer(TICK_MS, NOT_APPLIED);
    if (isWrite && this.chance(4)) {
      if (this.pick(3) > 0) this.after(this.pick(20_000), () => this.apply(open));
      return answer(this.pick(1_000), UNKNOWN);
    }
    answer(this.chance(3) ? this.pick(4_000) : TICK_MS * (1 + this.pick(2)));
  }

  apply(open: OpenRequest) {
    const answer = this.stores.apply(open.request);
    this.judge();
    return answer;
  }

  /** Every pointer names complete data of one attempt, and their ids only rise. */
  judge(): void {
    for (const { checkpointId, metadata } of this.pointers()) {
      const bytes = this.stores.blobs.get(metadata.name);
      expect(bytes, `metadata of ${checkpointId}`).toBeDefined();
      const decoded = decodeMetadata(bytes!);
      if (!decoded.ok) throw new Error(decoded.reason);
      expect(decoded.value.subtasks).toHaveLength(4);
      expect(new Set(decoded.value.subtasks.map((subtask) => subtask.attempt)).size).toBe(1);
      for (const { handle } of decoded.value.subtasks)
        expect(this.stores.blobs.has(handle.name), handle.name).toBe(true);
      this.completedIds.add(checkpointId);
    }
    const latest = this.pointers().at(-1)?.checkpointId;
    if (latest === undefined) return;
    expect(latest).toBeGreaterThanOrEqual(this.latestId);
    this.latestId = latest;
  }

  pointers(): readonly CompletedCheckpoint[] {
    const entry = this.stores.entry(`checkpoints/${JOB}`);
    const record = entry === null ? null : decodeCheckpoints(entry.value);
    return record?.ok ? record.value.completed : [];
  }

  /** What a leader says is judged when it says it. */
  onSent(message: Message): void {
    if (message.kind === 'notify-checkpoint-complete') {
      expect(
        this.completedIds.has(message.body.checkpointId),
        `complete(${message.body.checkpointId}) before its pointer`,
      ).toBe(true);
      this.notifiedId = Math.max(this.notifiedId, message.body.checkpointId);
    }
    if (message.kind === 'deploy-task' && message.body.epoch === this.stores.epoch()) {
      expect(message.body.task.restore?.checkpointId ?? 0).toBe(this.latestId);
      this.restarts += 1;
    }
    if (message.kind === 'job-status' && message.body.status === 'FINISHED')
      expect(this.stores.keys.has(`result/${JOB}`)).toBe(true);
    this.post(message.from, message.to, message.kind, message.body);
  }

  tick(): void {
    this.now += TICK_MS;
    const due = this.events.filter((event) => event.at <= this.now).toSorted((a, b) => a.at - b.at);
    this.events = this.events.filter((event) => event.at > this.now);
    for (const lab of this.labs.values()) lab.now = this.now;
    for (const lab of this.labs.values()) lab.pause(0);
    for (const event of due) {
      event.run();
      this.drain();
    }
    this.misfortune();
    this.watchLeader();
    if (this.now % 500 === 0) this.askAsClient();
    this.drain();
  }

  drain(): void {
    for (const lab of this.labs.values()) {
      for (const open of lab.open.splice(0)) this.onRequest(lab, open);
      for (const message of lab.outgoing.splice(0)) this.onSent(message);
      lab.traces.length = 0;
    }
  }

  misfortune(): void {
    const taskManager = [...this.taskManagers.values()][this.pick(3)]!;
    if (this.chance(0.1)) taskManager.restart();
    const [task] = taskManager.tasks.values();
    if (this.chance(0.1) && task !== undefined) taskManager.fail(`${task.attempt.vertex}/${task.attempt.subtask}`);
    const lab = [...this.labs.values()][this.pick(2)]!;
    if (this.chance(0.05)) this.blackout(lab);
  }

  /** Its renewals do not get through for longer than its lease. */
  blackout(lab: Lab): void {
    const renew = lab.options.leaseMs + 500;
    if (lab.state.leader !== null) setTimer(lab.state.timers, 'renew', this.now + renew);
  }

  /** TaskManagers hear of a new leader sooner or later, and let go of everything; those that it does not know register again. */
  watchLeader(): void {
    const epoch = this.stores.epoch();
    if (epoch !== this.followed) {
      this.followed = epoch;
      for (const taskManager of this.taskManagers.values()) this.after(this.pick(200), () => taskManager.follow(epoch));
    }
    if (this.now % 500 !== 0) return;
    const leader = this.labs.get(this.leaderAddress())?.state.leader;
    for (const [address, taskManager] of this.taskManagers)
      if (leader && !leader.taskManagers.has(address)) taskManager.follow(epoch);
  }

  askAsClient(): void {
    const to = this.leaderAddress();
    if (this.accepted) this.post('client', to, 'request-job-status', { jobId: JOB });
    else this.post('client', to, 'submit-job', { jobId: JOB, graph: sampleGraph, artifact: ARTIFACT, restore: null });
  }

  isOver(): boolean {
    const result = this.stores.entry(`result/${JOB}`);
    const record = result === null ? null : decodeResult(result.value);
    return record?.ok === true && record.value.clean && this.statuses.has('FINISHED');
  }
}

test.each(Array.from({ length: SEEDS }, (_, index) => index + 1))('a job comes to its end, seed %i', (seed) => {
  const weather = new Weather(seed);
  while (!weather.isOver() && weather.now < END_MS) weather.tick();
  expect(weather.isOver(), 'the job is over and cleaned up').toBe(true);
  expect(weather.completedIds.size).toBeGreaterThan(0);
  expect(weather.statuses.has('FAILED')).toBe(false);
  const blobs = [...weather.stores.blobs.keys()];
  while (weather.now < END_MS + 10_000) weather.tick();
  expect([...weather.stores.blobs.keys()], `files left of ${blobs.length}`).toEqual([]);
});
