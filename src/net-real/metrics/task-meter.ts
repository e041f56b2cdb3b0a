// What is known of tasks only from looking at them again and again, from outside, so that no step pays for it: how long each was busy, idle or back-pressured,
// and how fast its figures rise.
import { ringSize } from '../../core/base/ring.ts';
import type { TaskState } from '../../core/task/state.ts';
import { pressureOf, type Pressure } from '../../core/task/work.ts';
import type { TaskTraffic } from './frame-bytes.ts';
import { KEEP_MS, type Tasks } from './process-meter.ts';
import { RateWindow } from './rates.ts';
import type { TaskReading, TaskTotals } from './readings.ts';

/** In ms; only grows. */
export type PressureTimes = Readonly<Record<Pressure, number>>;

const NEVER_SEEN: PressureTimes = { busy: 0, idle: 0, backpressured: 0 };

interface Seen {
  readonly times: Record<Pressure, number>;
  readonly rates: RateWindow<keyof TaskTotals>;
  /** Number of the look that saw it last. */
  look: number;
}

/** The time between two looks counts as what the later one finds. Tasks are known by their number in the TaskManager. */
export class TaskMeter {
  readonly #traffic: TaskTraffic;
  readonly #seen = new Map<number, Seen>();
  #lookedAt: number;
  #keptAt = Number.NEGATIVE_INFINITY;
  #looks = 0;

  /** @param now on any monotonic clock, in ms */
  constructor(now: number, traffic: TaskTraffic) {
    this.#lookedAt = now;
    this.#traffic = traffic;
  }

  look(tasks: readonly TaskState[], now: number): void {
    const passedMs = Math.max(0, now - this.#lookedAt);
    this.#lookedAt = now;
    this.#looks += 1;
    for (const task of tasks) if (task.status === 'RUNNING') this.#note(task, passedMs, now);
    if (this.#seen.size > tasks.length) this.#forgetGone();
    if (now - this.#keptAt >= KEEP_MS) this.#keep(tasks, now);
  }

  #note(task: TaskState, passedMs: number, now: number): void {
    const known = this.#seen.get(task.number);
    if (known === undefined) {
      const seen = { times: { ...NEVER_SEEN }, rates: new RateWindow<keyof TaskTotals>(), look: this.#looks }; // it may have begun only now
      this.#seen.set(task.number, seen);
      seen.rates.keep(now, this.totalsOf(task));
      return;
    }
    known.look = this.#looks;
    known.times[pressureOf(task)] += passedMs;
  }

  #forgetGone(): void {
    for (const [number, { look }] of this.#seen) if (look !== this.#looks) this.#seen.delete(number);
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
      head: vertex.operators[0]!.id,
      tail: vertex.operators.at(-1)!.id,
      totals,
      perSecond: this.#perSecond(task, totals, now),
      inputQueue,
      outputQueue: outputs.reduce((sum, { queue }) => sum + ringSize(queue), 0),
      isBackpressured: task.status === 'RUNNING' && pressureOf(task) === 'backpressured',
      watermark,
      splits: (source?.splits ?? []).map(({ split, position }) => ({ split, position })),
      isSource: vertex.operators[0]!.kind === 'source',
      keyed: keyedOf(task),
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

/** @param tasks of a TaskManager, as they are now */
export function watchTasks(tasks: () => readonly TaskState[], traffic: TaskTraffic): Tasks {
  const meter = new TaskMeter(performance.now(), traffic);
  return {
    look: (now) => {
      meter.look(tasks(), now);
      return tasks().length;
    },
    read: (now) => tasks().map((task) => meter.read(task, now)),
  };
}

function keyedOf({ chain }: TaskState): TaskReading['keyed'] {
  if (chain.keyed === null) return null;
  const { kind, state } = chain.keyed;
  const groups = state.groups as readonly (ReadonlyMap<unknown, unknown> | null)[];
  return {
    operator: state.operator,
    entries: groups.reduce((sum, group) => sum + (group?.size ?? 0), 0),
    lateRecordsDropped: kind === 'window' ? chain.lateRecordsDropped : null,
  };
}
