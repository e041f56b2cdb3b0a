// The facts of a process, and of its tasks where it has some. One timer looks at both: how late it comes is the delay of the loop.
import { getHeapStatistics } from 'node:v8';
import type { HostLoad } from '../host.ts';
import type { Traffic } from '../network.ts';
import { RATE_MS, RateWindow } from './rates.ts';
import type { ProcessReading, Readings, TaskReading } from './readings.ts';

/** Between two looks. */
const LOOK_MS = 20;
/** Between two moments of which figures are kept. */
export const KEEP_MS = 1_000;

/** Between two looks while there is no task: nothing of it is wanted in a hurry. */
const IDLE_LOOK_MS = 200;

/** The tasks of a TaskManager. No other process loads what they are made of. */
export interface Tasks {
  /** @param now on the clock of `performance`, in ms. How many there are. */
  look(now: number): number;
  read(now: number): readonly TaskReading[];
}

export interface Watched {
  /** Null: the process is no TaskManager. */
  readonly tasks: Tasks | null;
  load(): HostLoad;
  readonly traffic: Traffic;
}

/** How late timers were in a stretch of time. */
interface Delays {
  readonly from: number;
  count: number;
  sumMs: number;
  maxMs: number;
}

export class ProcessMeter {
  readonly #watched: Watched;
  readonly #cpu = new RateWindow<'cpuMs'>();
  readonly #delays: Delays[] = [];
  #timer: NodeJS.Timeout;
  #waitMs = IDLE_LOOK_MS;
  #dueAt = 0;

  constructor(watched: Watched) {
    const now = performance.now();
    this.#watched = watched;
    this.#keep(now);
    this.#timer = this.#lookIn(IDLE_LOOK_MS);
  }

  /** A process does not live for it. */
  #lookIn(waitMs: number): NodeJS.Timeout {
    this.#waitMs = waitMs;
    this.#dueAt = performance.now() + waitMs;
    return setTimeout(() => this.#look(), waitMs).unref();
  }

  #look(): void {
    const now = performance.now();
    this.#noteDelay(Math.max(0, now - this.#dueAt));
    const tasks = this.#watched.tasks?.look(now) ?? 0;
    if (now - (this.#delays.at(-1)?.from ?? 0) >= KEEP_MS) this.#keep(now);
    const waitMs = tasks === 0 ? IDLE_LOOK_MS : LOOK_MS;
    if (waitMs !== this.#waitMs) {
      this.#timer = this.#lookIn(waitMs);
      return;
    }
    this.#dueAt = performance.now() + waitMs;
    this.#timer.refresh(); // fifty times a second: no timer is made for it
  }

  #noteDelay(ms: number): void {
    const latest = this.#delays.at(-1)!; // one is there from the first `#keep` on
    latest.count += 1;
    latest.sumMs += ms;
    latest.maxMs = Math.max(latest.maxMs, ms);
  }

  #keep(now: number): void {
    this.#cpu.keep(now, { cpuMs: cpuMsOf() });
    this.#delays.push({ from: now, count: 0, sumMs: 0, maxMs: 0 });
    while (this.#delays[0]!.from < now - RATE_MS) this.#delays.shift(); // a handful
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  read(): Readings {
    const now = performance.now();
    return {
      at: Date.now(),
      process: this.#readProcess(now),
      tasks: this.#watched.tasks?.read(now) ?? [],
    };
  }

  #readProcess(now: number): ProcessReading {
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const { steps, waiting, waitingBytes } = this.#watched.load();
    const { sent, received } = this.#watched.traffic;
    const cpuMs = cpuMsOf();
    const looks = this.#delays.reduce((sum, { count }) => sum + count, 0);
    return {
      uptimeMs: now,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      heapTotalBytes: heapTotal,
      heapMaxBytes: getHeapStatistics().heap_size_limit,
      externalBytes: external,
      cpuMs,
      cpuCores: this.#cpu.perSecond(now, { cpuMs }).cpuMs / 1_000,
      loopDelayMs: looks === 0 ? 0 : this.#delays.reduce((sum, { sumMs }) => sum + sumMs, 0) / looks,
      loopDelayMaxMs: Math.max(0, ...this.#delays.map(({ maxMs }) => maxMs)),
      steps,
      inboxLength: waiting,
      inboxBytes: { ...waitingBytes },
      sentBytes: { ...sent },
      receivedBytes: { ...received },
    };
  }
}

function cpuMsOf(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
