// What runs in the context of a scenario's functions, before their file is loaded. It sets the globals that follow a clock, or are chance, and makes one call at a
// time: `begin`, then `fire` for as long as the call is not over. Whoever evaluates these has all microtasks done behind each.
import FakeTimers from '@sinonjs/fake-timers';
import { describeNonValue, isValue, type Value } from '../core/base/value.ts';
import type { RecordContext } from '../core/graph/functions.ts';
import { describeThrown } from '../core/operators/user-code-error.ts';
import type { Called, FunctionCall } from '../scenario/code/function-calls.ts';
import { watchedCall, watchedModule, type Outside } from './outside.ts';
import { timersPromises, type Timers } from './timers.ts';

/** What the process gives to the context. */
export interface Given {
  readonly require: (name: string) => object;
  /** Globals of the process that are the same in any world. */
  readonly globals: Readonly<Record<string, unknown>>;
}

export interface Runtime {
  /** What the file finds when it imports a module of Node. */
  readonly require: (name: string) => object;
  /** Takes what the file exports. */
  load(exported: object): void;
  begin(one: FunctionCall): void;
  /** The next timer; nothing if the call is over. */
  fire(): void;
  settled(): Called | null;
}

type AsyncCall = (value: Value, context: RecordContext) => unknown;

interface Job {
  readonly program: {
    readonly functions: ReadonlyMap<string, { readonly mapAsync?: AsyncCall }>;
  };
}

/** More timers than these of one call have no end. */
const TIMERS_MAX = 100_000;

interface Call {
  readonly clock: FakeTimers.Clock;
  readonly beganAt: number;
  readonly chance: () => number;
  /** What it asked for outside of its world. */
  asked: string | null;
  fired: number;
  settled: Called | null;
}

const stub = (): object => ({});
const { createClock } = FakeTimers.withGlobal({
  setTimeout: stub,
  clearTimeout: stub,
  setInterval: stub,
  clearInterval: stub,
  setImmediate: stub,
  clearImmediate: stub,
  Date,
} as never);

const RealDate = Date;
const later = (callback: () => void): void => void Promise.resolve().then(callback);
const never = (): Promise<never> => new Promise(() => {});

class CallRuntime implements Runtime, Outside {
  readonly require: (name: string) => object;
  /** Before the first call: the file is being loaded. */
  #call: Call | null = null;
  #jobs: readonly Job[] = [];

  constructor({ require, globals }: Given) {
    const timers = this.#timers();
    this.#setGlobals(globals, timers);
    const modules = this.#ownModules(timers);
    this.require = (name) => modules.get(name.replace(/^node:/, '')) ?? watchedModule(name, require(name), this);
  }

  // ---- What code finds

  #timers(): Timers {
    const of = (name: keyof Timers) =>
      ((...given: readonly unknown[]) => {
        const { clock } = this.#atHand(name);
        return Reflect.apply(clock[name], clock, given) as unknown;
      }) as never;
    return {
      setTimeout: of('setTimeout'),
      clearTimeout: of('clearTimeout'),
      setInterval: of('setInterval'),
      clearInterval: of('clearInterval'),
      setImmediate: of('setImmediate'),
      clearImmediate: of('clearImmediate'),
    };
  }

  #atHand(what: string): Call {
    if (this.#call === null) throw new Error(`${what}() is called while the file is loaded, where no clock runs`);
    return this.#call;
  }

  #now(): number {
    return this.#call === null ? 0 : this.#call.clock.now;
  }

  #random(): number {
    return this.#call === null ? 0 : this.#call.chance();
  }

  #setGlobals(globals: Given['globals'], timers: Timers): void {
    const performance = {
      now: () => this.#now() - (this.#call?.beganAt ?? 0),
      timeOrigin: 0,
      mark: stub,
      measure: stub,
    };
    Object.assign(globalThis, globals, timers, {
      Date: this.#date(),
      performance,
      queueMicrotask: later,
      crypto: this.#crypto(),
      process: this.#process(globals['process'] as object),
      AbortSignal: this.#abortSignal(globals['AbortSignal'] as typeof AbortSignal, timers),
      fetch: watchedCall('fetch', never, this),
    });
    Math.random = () => this.#random();
  }

  #date(): DateConstructor {
    const now = (): number => this.#now();
    return new Proxy(RealDate, {
      construct: (target, given, made) =>
        Reflect.construct(target, given.length === 0 ? [now()] : given, made) as object,
      apply: (target) => new target(now()).toString(),
      get: (target, field, self) => (field === 'now' ? now : (Reflect.get(target, field, self) as unknown)),
    });
  }

  #crypto(): object {
    const bytes = <T extends Uint8Array>(into: T): T => {
      for (let index = 0; index < into.length; index++) into[index] = Math.floor(256 * this.#random());
      return into;
    };
    const randomUUID = (): string => {
      const hex = Array.from(bytes(new Uint8Array(16)), (byte, index) =>
        (index === 6 ? 0x40 | (byte & 0x0f) : index === 8 ? 0x80 | (byte & 0x3f) : byte).toString(16).padStart(2, '0'),
      ).join('');
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
    };
    return { getRandomValues: bytes, randomUUID };
  }

  #process(process: object): object {
    const hrtime = (): readonly number[] => [Math.floor(this.#now() / 1_000), (this.#now() % 1_000) * 1_000_000];
    const bigint = (): bigint => BigInt(Math.floor(this.#now())) * 1_000_000n;
    return Object.assign(Object.create(process) as object, {
      nextTick: (callback: (...given: unknown[]) => void, ...given: unknown[]) => later(() => callback(...given)),
      hrtime: Object.assign(hrtime, { bigint }),
      uptime: () => this.#now() / 1_000,
    });
  }

  #abortSignal(Signal: typeof AbortSignal, timers: Timers): object {
    const timeout = (ms: number): AbortSignal => {
      const controller = new AbortController();
      const reason = Object.assign(new Error('The operation was aborted due to timeout'), { name: 'TimeoutError' });
      timers.setTimeout(() => controller.abort(reason), ms);
      return controller.signal;
    };
    return new Proxy(Signal, {
      get: (target, field) => (field === 'timeout' ? timeout : (Reflect.get(target, field) as unknown)),
    });
  }

  #ownModules(timers: Timers): ReadonlyMap<string, object> {
    const promises = timersPromises(timers);
    return new Map<string, object>([
      ['timers', { ...timers, promises }],
      ['timers/promises', promises],
      ['perf_hooks', { performance }],
    ]);
  }

  // ---- Outside

  isCalling(): boolean {
    return this.#call !== null;
  }

  ask(what: string): unknown {
    this.#atHand(what).asked = what;
    return never();
  }

  // ---- Calls

  load(exported: object): void {
    const { scenario, job } = exported as {
      readonly scenario?: { readonly job?: Job; readonly jobs?: readonly { readonly job: Job }[] };
      readonly job?: Job;
    };
    const only = scenario?.job ?? job;
    this.#jobs = scenario?.jobs?.map((one) => one.job) ?? (only === undefined ? [] : [only]);
  }

  begin({ job, operator, value, timestamp, parameters, atMs, seed }: FunctionCall): void {
    const clock = createClock(atMs, TIMERS_MAX);
    const call: Call = { clock, beganAt: atMs, chance: chanceOf(seed), asked: null, fired: 0, settled: null };
    this.#call = call;
    const mapAsync = this.#jobs[job]?.program.functions.get(operator)?.mapAsync;
    if (mapAsync === undefined) return fail(call, 'is not in its file', true);
    const context = { timestamp, parameters: frozenCopy(parameters) };
    try {
      void Promise.resolve(mapAsync(frozenCopy(value), context)).then(
        (answer) => giveBack(call, answer as Value),
        (thrown: unknown) => fail(call, `failed: ${describeThrown(thrown)}`, false),
      );
    } catch (thrown) {
      fail(call, `failed: ${describeThrown(thrown)}`, false);
    }
  }

  fire(): void {
    const call = this.#call;
    if (call === null || call.settled !== null) return;
    if (call.clock.countTimers() === 0) return fail(call, waitsFor(call), true);
    call.fired += 1;
    if (call.fired > TIMERS_MAX) return fail(call, `sets timers without end: ${TIMERS_MAX} in one call`, true);
    try {
      call.clock.next();
    } catch (thrown) {
      fail(call, `failed: ${describeThrown(thrown)}, in a timer`, false);
    }
  }

  settled(): Called | null {
    return this.#call?.settled ?? null;
  }
}

function waitsFor({ asked }: Call): string {
  const what = asked === null ? 'a promise that nothing settles' : `${asked}, which never comes in a simulated world`;
  return `waits for ${what}: no timer is left`;
}

function giveBack(call: Call, value: Value): void {
  if (isValue(value)) call.settled ??= { kind: 'returned', value, durationMs: durationOf(call) };
  else fail(call, `emitted what is not data: ${describeNonValue(value) ?? 'something that changed meanwhile'}`, true);
}

function fail(call: Call, problem: string, isMistake: boolean): void {
  call.settled ??= { kind: 'failed', problem, isMistake, durationMs: durationOf(call) };
}

function durationOf({ clock, beganAt }: Call): number {
  return clock.now - beganAt;
}

/** Data of this context: what comes from outside has other prototypes. */
function frozenCopy(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return Uint8Array.from(value);
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  const fields = Object.entries(value).map(([name, field]) => [name, frozenCopy(field)]);
  return Object.freeze(Object.fromEntries(fields) as Value);
}

/** Mulberry32: numbers in [0, 1) that follow from the seed. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function createRuntime(given: Given): Runtime {
  return new CallRuntime(given);
}
