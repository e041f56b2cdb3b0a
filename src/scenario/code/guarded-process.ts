// `onRecord` and `onTimer` under test: the context that they are given is one for each call, freezes what comes by, and refuses what core refuses. A call
// that is repeated meets the values that the first one met, and leaves nothing behind.
import type { Key, Value } from '../../core/base/value.ts';
import { STATE_NAME, type ProcessContext, type StateFields, type ValueState } from '../../core/graph/functions.ts';
import { checkStateName, checkStored, checkTimerTime } from '../../core/operators/answers.ts';
import { plainFields, takenFields } from '../../core/operators/state-fields.ts';
import { UserCodeError } from '../../core/operators/user-code-error.ts';
import { absorbPromise } from './absorb.ts';
import { frozen, frozenDeep } from './frozen.ts';
import { kept } from './lent-record.ts';
import { isOther, isSame, show } from './twice.ts';
import { mistakeAt, showGiven, type Site } from './user-code.ts';

/** The function, with what it is given beside its record or timer. */
type Call = (context: ProcessContext, state: StateFields | undefined) => unknown;

/** What a call did, in order: `['collect', record]`, `['update', name, value]`, … */
type Deed = readonly [deed: string, ...of: readonly Value[]];

/** What a call is remembered by, if it is to be repeated. */
interface Memory {
  readonly deeds: Deed[];
  /** Values of states as they were before the call, by name, of those that it touched. */
  readonly before: Map<string, Value | null>;
}

class GuardedContext implements ProcessContext {
  readonly timestamp: number;
  readonly parameters: Value;
  readonly key: Key;
  readonly watermark: number;
  readonly #site: Site;
  readonly #given: Value;
  readonly #memory: Memory | null;
  /** Null once the call is over. */
  #inner: ProcessContext | null;

  constructor(site: Site, given: Value, inner: ProcessContext, memory: Memory | null) {
    this.timestamp = inner.timestamp;
    this.parameters = inner.parameters;
    this.key = inner.key;
    this.watermark = inner.watermark;
    this.#site = site;
    this.#given = given;
    this.#inner = inner;
    this.#memory = memory;
  }

  close(): void {
    this.#inner = null;
  }

  state<T>(name: string): ValueState<T> {
    this.#check(() => checkStateName(this.#site.operator, name));
    return new GuardedState(this, name) as unknown as ValueState<T>;
  }

  registerEventTimeTimer(timestamp: number): void {
    const inner = this.#open();
    this.#check(() => checkTimerTime(this.#site.operator, timestamp));
    this.#memory?.deeds.push(['timer', timestamp]);
    inner.registerEventTimeTimer(timestamp);
  }

  deleteEventTimeTimer(timestamp: number): void {
    const inner = this.#open();
    this.#check(() => checkTimerTime(this.#site.operator, timestamp));
    this.#memory?.deeds.push(['delete timer', timestamp]);
    inner.deleteEventTimeTimer(timestamp);
  }

  collect(given: Value): void {
    const inner = this.#open();
    const value = kept(this.#site, given);
    this.#memory?.deeds.push(['collect', value]);
    inner.collect(frozenDeep(value));
  }

  read(name: string): Value | null {
    const value = frozen(this.#stateOf(name).value());
    if (this.#memory !== null && !this.#memory.before.has(name)) this.#memory.before.set(name, value);
    return value;
  }

  update(name: string, given: Value): void {
    if (this.#memory !== null) this.read(name);
    const value = this.#inForm(name, kept(this.#site, given));
    const state = this.#stateOf(name);
    this.#check(() => checkStored(this.#site.operator, name, value));
    this.#memory?.deeds.push(['update', name, value]);
    state.update(frozenDeep(value));
  }

  /** As core stores it: declared state has its fields in the order of its schema. */
  #inForm(name: string, value: Value): Value {
    const plan = name === STATE_NAME ? this.#site.plan : null;
    const fields = plan === null ? value : takenFields(plan, value);
    if (plan !== null && typeof fields === 'string') throw this.#mistake(fields);
    return fields;
  }

  clear(name: string): void {
    if (this.#memory !== null) this.read(name);
    this.#memory?.deeds.push(['clear', name]);
    this.#stateOf(name).clear();
  }

  #stateOf(name: string): ValueState<Value> {
    return this.#open().state(name);
  }

  /** Declared state: each field is read and written with all others, as one value. */
  fields(): StateFields | undefined {
    const { plan } = this.#site;
    if (plan === null) return undefined;
    return plainFields(plan, {
      read: () => {
        this.#open('its state');
        return this.read(STATE_NAME);
      },
      write: (value) => {
        this.#open('its state');
        this.update(STATE_NAME, value);
      },
      fail: (problem) => {
        throw this.#mistake(problem);
      },
    });
  }

  #open(what: 'a context' | 'its state' = 'a context'): ProcessContext {
    if (this.#inner !== null) return this.#inner;
    throw this.#mistake(`used ${what} after the call that it was given to`);
  }

  #mistake(problem: string): UserCodeError {
    const error = new UserCodeError(this.#site.operator, problem, this.#site.name);
    error.given = showGiven(this.#site, this.#given);
    return mistakeAt(this.#site, error, []);
  }

  /** Noted at once: what core throws on user code's behalf, user code may catch. */
  #check(check: () => void): void {
    try {
      check();
    } catch (thrown) {
      const error = thrown as UserCodeError;
      error.given ??= showGiven(this.#site, this.#given);
      throw mistakeAt(this.#site, error, []);
    }
  }
}

class GuardedState implements ValueState<Value> {
  readonly #context: GuardedContext;
  readonly #name: string;

  constructor(context: GuardedContext, name: string) {
    this.#context = context;
    this.#name = name;
  }

  value(): Value | null {
    return this.#context.read(this.#name);
  }

  update(value: Value): void {
    this.#context.update(this.#name, value);
  }

  clear(): void {
    this.#context.clear(this.#name);
  }
}

/** A context for a repetition: states as they were, and nothing of what it does takes effect. */
function repetition(inner: ProcessContext, before: ReadonlyMap<string, Value | null>): ProcessContext {
  const values = new Map(before);
  const states = (name: string): ValueState<Value> => ({
    value: () => {
      if (!values.has(name)) values.set(name, inner.state(name).value());
      return values.get(name) ?? null;
    },
    update: (value) => void values.set(name, value),
    clear: () => void values.set(name, null),
  });
  const { timestamp, parameters, key, watermark } = inner;
  return {
    timestamp,
    parameters,
    key,
    watermark,
    state: <T>(name: string) => states(name) as unknown as ValueState<T>,
    registerEventTimeTimer: () => undefined,
    deleteEventTimeTimer: () => undefined,
    collect: () => undefined,
  };
}

/** One call of `onRecord` or `onTimer`; its answer is for others to judge. */
export function callOnce(site: Site, given: Value, context: ProcessContext, call: Call): unknown {
  return callWith(new GuardedContext(site, given, context, null), call);
}

/** Two of them: both must do the same. */
export function callTwice(site: Site, given: Value, context: ProcessContext, call: Call): unknown {
  const memory: Memory = { deeds: [], before: new Map() };
  const answer = callWith(new GuardedContext(site, given, context, memory), call);
  if (absorbPromise(answer)) return answer;
  const again = callAgain(site, given, repetition(context, memory.before), call);
  if (typeof again === 'string') throw isOther(site, given, ['first it came to its end', `then it threw ${again}`]);
  checkDeeds(site, given, memory.deeds, again);
  return answer;
}

function callWith(mine: GuardedContext, call: Call): unknown {
  try {
    return call(mine, mine.fields());
  } finally {
    mine.close();
  }
}

/** What the repetition did, or what it threw. */
function callAgain(site: Site, given: Value, context: ProcessContext, call: Call): readonly Deed[] | string {
  const memory: Memory = { deeds: [], before: new Map() };
  try {
    const answer = callWith(new GuardedContext(site, given, context, memory), call);
    absorbPromise(answer);
    return memory.deeds;
  } catch (thrown) {
    return String(thrown);
  }
}

function checkDeeds(site: Site, given: Value, first: readonly Deed[], second: readonly Deed[]): void {
  const length = Math.max(first.length, second.length);
  for (let index = 0; index < length; index++) {
    if (isSame(first[index], second[index])) continue;
    throw isOther(site, given, [`first: ${showDeed(first[index])}`, `then: ${showDeed(second[index])}`]);
  }
}

function showDeed(deed: Deed | undefined): string {
  if (deed === undefined) return 'nothing more';
  const [what, ...of] = deed;
  return [what, ...of.map(show)].join(' ');
}
