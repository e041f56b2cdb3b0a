// What is known of tasks only from outside: how long each was busy, idle or back-pressured, and how fast its figures rise. It comes from looking at them again
// and again, and from how long their steps took.
import type { Address, Machine } from '../../core/base/machine.ts';
import { ringSize } from '../../core/base/ring.ts';
import { oldestCall } from '../../core/operators/calls.ts';
import { keysIn, type KeyGroup } from '../../core/operators/keyed-state.ts';
import { keyedRowOf } from '../../core/operators/kinds.ts';
import type { TaskState } from '../../core/task/state.ts';
import type { ClusterVocabulary } from '../../core/protocol/ports.ts';
import { pressureOf, waitsForCalls, type Pressure } from '../../core/task/work.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import type { TaskTraffic } from './frame-bytes.ts';
import { KEEP_MS, type Tasks } from './process-meter.ts';
import { RateWindow } from './rates.ts';
import type { TaskReading, TaskTotals } from './readings.ts';

/** In ms; only grows. */
export type PressureTimes = Readonly<Record<Pressure, number>>;

const PRESSURES: readonly Pressure[] = ['busy', 'idle', 'backpressured'];
const NEVER_SEEN: PressureTimes = { busy: 0, idle: 0, backpressured: 0 };

/** Tasks that ended, of which the last totals are kept. */
const ENDED_MAX = 256;

const NOTHING: TaskTotals = {
  recordsIn: 0,
  recordsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  busyMs: 0,
  idleMs: 0,
  backpressuredMs: 0,
};

interface Seen {
  /** Its figures stay when its TaskManager has let go of it. */
  readonly task: TaskState;
  readonly times: Record<Pressure, number>;
  readonly rates: RateWindow<keyof TaskTotals>;
  /** What its own steps took since the last look. */
  workedMs: number;
  /** What is certain of the last second or so, the older the less: its steps, and what looks found that was no waiting. */
  readonly lately: Record<Pressure, number>;
}

/** Of what a look before said. */
const FADES = 0.98;

/**
 * Its own steps are the busy time of a task. What else passed between two looks counts as what the later one finds; but all tasks of a process share one thread, and
 * the time in which a task has something to do and waits for its turn is divided as its time was lately: with a thread of its own it would be through at once. (The
 * producer of a slow task gets room with each batch that this one takes, and waits with it for the next one to be over: it is back-pressured.) Tasks are known by
 * their number in the TaskManager.
 */
export class TaskMeter {
  readonly #traffic: TaskTraffic;
  readonly #address: Address;
  readonly #seen = new Map<number, Seen>();
  #lookedAt: number;
  #keptAt = Number.NEGATIVE_INFINITY;
  /** The newest last. */
  #ended: TaskReading[] = [];

  /** @param now on any monotonic clock, in ms. @param address of the TaskManager */
  constructor(now: number, traffic: TaskTraffic, address: Address) {
    this.#address = address;
    this.#lookedAt = now;
    this.#traffic = traffic;
  }

  look(tasks: readonly TaskState[], now: number): void {
    const passedMs = Math.max(0, now - this.#lookedAt);
    this.#lookedAt = now;
    for (const task of tasks) if (task.status === 'RUNNING') this.#note(task, passedMs, now);
    this.settle(tasks, now);
    if (now - this.#keptAt >= KEEP_MS) this.#keep(tasks, now);
  }

  #note(task: TaskState, passedMs: number, now: number): void {
    const known = this.#seen.get(task.number);
    if (known === undefined) {
      const rates = new RateWindow<keyof TaskTotals>();
      this.#seen.set(task.number, { task, times: { ...NEVER_SEEN }, rates, workedMs: 0, lately: { ...NEVER_SEEN } }); // it may have begun only now
      rates.keep(now, this.totalsOf(task));
      return;
    }
    const { times, lately } = known;
    const workedMs = Math.min(known.workedMs, passedMs);
    const restMs = passedMs - workedMs;
    known.workedMs = 0;
    for (const name of PRESSURES) lately[name] *= FADES;
    times.busy += workedMs;
    lately.busy += workedMs;
    const pressure = pressureOf(task);
    if (pressure === 'busy' && !waitsForCalls(task)) return divide(restMs, lately, times);
    times[pressure] += restMs;
    lately[pressure] += restMs;
  }

  #isBackpressured(task: TaskState): boolean {
    const pressure = pressureOf(task);
    const { busy, idle, backpressured } = this.#seen.get(task.number)?.lately ?? NEVER_SEEN;
    const isDivided = pressure === 'busy' && !waitsForCalls(task);
    return pressure === 'backpressured' || (isDivided && backpressured > busy + idle);
  }

  /** A step of it is over. */
  worked({ number }: TaskState, ms: number): void {
    const seen = this.#seen.get(number);
    if (seen !== undefined) seen.workedMs += ms;
  }

  /** Of whom is gone the last totals are kept. */
  settle(tasks: readonly TaskState[], now: number): void {
    const known = tasks.reduce((count, { number }) => count + (this.#seen.has(number) ? 1 : 0), 0);
    if (known < this.#seen.size) this.#keepEnded(tasks, now);
  }

  #keepEnded(tasks: readonly TaskState[], now: number): void {
    const there = new Set(tasks.map(({ number }) => number));
    for (const [number, { task }] of this.#seen) {
      if (there.has(number)) continue;
      this.#ended.push({ ...this.read(task, now), perSecond: NOTHING, isOver: true });
      this.#seen.delete(number);
    }
    this.#ended = this.#ended.slice(-ENDED_MAX);
  }

  get ended(): readonly TaskReading[] {
    return this.#ended;
  }

  #keep(tasks: readonly TaskState[], now: number): void {
    this.#keptAt = now;
    for (const task of tasks) this.#seen.get(task.number)?.rates.keep(now, this.totalsOf(task));
    const jobs = new Set(tasks.map(({ descriptor }) => descriptor.attempt.jobId));
    this.#traffic.sent.keepJobs(jobs);
    this.#traffic.received.keepJobs(jobs);
  }

  timesOf({ number }: Pick<TaskState, 'number'>): PressureTimes {
    return this.#seen.get(number)?.times ?? NEVER_SEEN;
  }

  totalsOf(task: TaskState): TaskTotals {
    const { sent, received } = this.#traffic;
    const { busy, idle, backpressured } = this.timesOf(task);
    let [recordsIn, recordsOut, bytesIn, bytesOut] = [0, 0, 0, 0];
    for (const { id, records } of task.gate.channels) {
      recordsIn += records;
      bytesIn += received.of(id);
    }
    for (const { channels } of task.partition.edges)
      for (const { id, records } of channels) {
        recordsOut += records;
        bytesOut += sent.of(id);
      }
    return { recordsIn, recordsOut, bytesIn, bytesOut, busyMs: busy, idleMs: idle, backpressuredMs: backpressured };
  }

  read(task: TaskState, now: number): TaskReading {
    const { descriptor, gate, partition, source, watermark } = task;
    const { attempt, vertex } = descriptor;
    const totals = this.totalsOf(task);
    const inputQueue = gate.channels.reduce((sum, { queue }) => sum + ringSize(queue), 0);
    const outputs = partition.edges.flatMap(({ channels }) => channels);
    return {
      jobId: attempt.jobId,
      vertex: attempt.vertex,
      name: vertex.name,
      subtask: attempt.subtask,
      attempt: attempt.attempt,
      isOver: false,
      head: vertex.operators[0]!.id,
      tail: vertex.operators.at(-1)!.id,
      totals,
      hasLocalInput: gate.channels.some(({ address }) => address === this.#address),
      hasLocalOutput: outputs.some(({ address }) => address === this.#address),
      perSecond: this.#perSecond(task, totals, now),
      inputQueue,
      outputQueue: outputs.reduce((sum, { queue }) => sum + ringSize(queue), 0),
      isBackpressured: task.status === 'RUNNING' && this.#isBackpressured(task),
      watermark,
      splits: (source?.splits ?? []).map(({ split, position }) => ({ split, position })),
      isSource: vertex.operators[0]!.kind === 'source',
      keyed: keyedOf(task),
      calls: callsOf(task, now),
    };
  }

  #perSecond(task: TaskState, totals: TaskTotals, now: number): TaskTotals {
    const rates = this.#seen.get(task.number)?.rates ?? new RateWindow<keyof TaskTotals>();
    const { by } = rates.risen(now, totals);
    const rose = rates.perSecond(now, totals);
    const lookedMs = by.busyMs + by.idleMs + by.backpressuredMs; // looks come late where the loop is late
    const share = (ms: number): number => (lookedMs === 0 ? 0 : (ms * 1_000) / lookedMs);
    return {
      ...rose,
      busyMs: share(by.busyMs),
      idleMs: share(by.idleMs),
      backpressuredMs: share(by.backpressuredMs),
    };
  }
}

/** Where nothing is known it is busy. */
function divide(ms: number, parts: PressureTimes, times: Record<Pressure, number>): void {
  const whole = parts.busy + parts.idle + parts.backpressured;
  if (whole === 0) times.busy += ms;
  else for (const name of PRESSURES) times[name] += (ms * parts[name]) / whole;
}

type TaskManager = Machine<TaskManagerState, ClusterVocabulary>;

/** The same machine; its meter hears how long each step of a task took. */
export function timedMachine(machine: TaskManager, meter: Pick<TaskMeter, 'worked'>, now: () => number): TaskManager {
  return {
    ...machine,
    step(state, input, out) {
      if (input.kind !== 'work') return machine.step(state, input, out);
      const { length } = state.tasks;
      const from = now();
      machine.step(state, input, out);
      if (state.tasks.length === length) meter.worked(state.tasks[(state.turn || length) - 1]!, now() - from); // the turn went on behind it
    },
  };
}

const clock = (): number => performance.now();

export interface WatchedTasks {
  readonly machine: TaskManager;
  /** Of what the TaskManager has, as it is now. */
  readonly tasks: (now: () => readonly TaskState[]) => Tasks;
}

export function watchTasks(machine: TaskManager, traffic: TaskTraffic, address: Address): WatchedTasks {
  const meter = new TaskMeter(clock(), traffic, address);
  return { machine: timedMachine(machine, meter, clock), tasks: (tasks) => tasksOf(meter, tasks) };
}

function tasksOf(meter: TaskMeter, tasks: () => readonly TaskState[]): Tasks {
  return {
    look: (now) => {
      meter.look(tasks(), now);
      return tasks().length;
    },
    read: (now) => {
      meter.settle(tasks(), now);
      return [...meter.ended, ...tasks().map((task) => meter.read(task, now))];
    },
  };
}

function keyedOf({ chain }: TaskState): TaskReading['keyed'] {
  if (chain.keyed === null) return null;
  const { kind, state } = chain.keyed;
  const groups = state.groups as readonly (KeyGroup<unknown> | null)[];
  return {
    operator: state.operator,
    entries: groups.reduce((sum, group) => sum + keysIn(group), 0),
    lateRecordsDropped: keyedRowOf(kind).dropsLate ? chain.lateRecordsDropped : null,
  };
}

function callsOf({ chain: { calls } }: TaskState, now: number): TaskReading['calls'] {
  if (calls === undefined) return null;
  const oldest = oldestCall(calls);
  return {
    operator: calls.operator,
    inFlight: calls.asked.size,
    capacity: calls.capacity,
    oldestMs: oldest === null ? null : Math.max(0, now - oldest.askedAt),
  };
}
