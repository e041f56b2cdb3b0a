// Replaces the globals that no repeatable code may call. What is not there is passed over: a browser has no `process`, an older engine no `Temporal`.
import { refuse, unguarded, type Why } from './guard.ts';

/** Paths of functions from the global object; `prototype.x` and accessors are meant too. A name that begins with `new ` is a constructor. */
const CALLS: Readonly<Record<Why, readonly string[]>> = {
  'reads a clock': [
    'performance.now',
    'performance.mark',
    'performance.measure',
    'performance.timeOrigin',
    'performance.toJSON',
    'performance.timerify',
    'performance.eventLoopUtilization',
    'Temporal.Now.instant',
    'Temporal.Now.plainDateISO',
    'Temporal.Now.plainDateTimeISO',
    'Temporal.Now.plainTimeISO',
    'Temporal.Now.zonedDateTimeISO',
    'Temporal.Now.timeZoneId',
    'process.hrtime',
    'process.uptime',
  ],
  'draws at random': ['Math.random', 'crypto.getRandomValues', 'crypto.randomUUID'],
  'reads the environment': [
    'process.argv',
    'process.cwd',
    'process.pid',
    'process.ppid',
    'process.memoryUsage',
    'process.resourceUsage',
    'process.cpuUsage',
    'process.threadCpuUsage',
    'process.availableMemory',
    'process.getuid',
    'process.umask',
    'process.getActiveResourcesInfo',
  ],
  'uses the network': ['fetch', 'new XMLHttpRequest', 'new WebSocket', 'new EventSource', 'new BroadcastChannel'],
  'does input or output': ['process.binding', 'process.getBuiltinModule', 'process.dlopen', 'new Worker'],
  'ends or changes the process': [
    'process.exit',
    'process.reallyExit',
    'process.abort',
    'process.kill',
    'process.chdir',
    'process.setUncaughtExceptionCaptureCallback',
  ],
  'leaves work for later': [
    'setTimeout',
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'requestAnimationFrame',
    'requestIdleCallback',
    'process.nextTick',
    'new FinalizationRegistry',
    'new WeakRef',
  ],
};

/** A `then` in a step is a callback that the step leaves behind. `await` does not come by here: who awaits gives a promise, and is refused for it. */
const LATER_METHODS = ['then', 'catch', 'finally'] as const;

const done = new WeakSet<object>();

/** Guards a realm, once: later calls do nothing. Outside of `enter` and `leave` everything is as it was. */
export function guardGlobals(realm: object = globalThis): void {
  if (done.has(realm)) return;
  done.add(realm);
  for (const [why, paths] of Object.entries(CALLS) as [Why, readonly string[]][]) {
    for (const path of paths) guardPath(realm, path, why);
  }
  guardDate(realm as { Date: DateConstructor });
  guardEnvironment(realm);
  const { console } = realm as { console?: object };
  if (console !== undefined) freeFunctions(console, Object.keys(console));
  for (const name of LATER_METHODS) {
    replaceFunction(Promise.prototype, name, `Promise.prototype.${name}`, 'leaves work for later');
  }
}

/**
 * Guards functions of an object that is no global, once for all who find them there.
 *
 * @param names null: all that begin with a small letter
 */
export function guardFunctions(holder: string, owner: object, why: Why, names: readonly string[] | null): void {
  for (const name of names ?? Object.keys(owner).filter((own) => /^[a-z]/.test(own))) {
    if (typeof fieldOf(owner, name) === 'function') replaceFunction(owner, name, `${holder}.${name}`, why);
  }
}

/** Functions that code of a run may call though they look at what it may not: whoever prints to find a mistake may, as nothing of a run follows from it. */
export function freeFunctions(owner: object, names: readonly string[]): void {
  for (const name of names) {
    const original = fieldOf(owner, name);
    if (typeof original !== 'function') continue;
    const free: AnyFunction = function (...given) {
      return unguarded(() => Reflect.apply(original as AnyFunction, this, given));
    };
    (owner as Record<string, unknown>)[name] = free;
  }
}

function guardPath(realm: object, path: string, why: Why): void {
  const isConstructor = path.startsWith('new ');
  const names = (isConstructor ? path.slice('new '.length) : path).split('.');
  const name = names.pop() as string;
  const holder = names.reduce<unknown>((object, step) => fieldOf(object, step), realm);
  if (!isObject(holder)) return;
  if (isConstructor) replaceConstructor(holder, name, path, why);
  else guardField(holder, name, path, why);
}

/** Of an object or of what it inherits from: methods of `performance` and `crypto` lie in their prototypes. */
function guardField(holder: object, name: string, path: string, why: Why): void {
  const owner = ownerOf(holder, name);
  const field = owner === null ? undefined : Object.getOwnPropertyDescriptor(owner, name);
  if (owner === null || field === undefined) return;
  if (typeof field.value === 'function') replaceFunction(owner, name, path, why);
  else replaceValue(owner, name, path, why, field);
}

function ownerOf(holder: object, name: string): object | null {
  let owner: object | null = holder;
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner;
}

type AnyFunction = (this: unknown, ...given: unknown[]) => unknown;

function replaceFunction(owner: object, name: string, path: string, why: Why): void {
  const field = Object.getOwnPropertyDescriptor(owner, name);
  if (field?.configurable !== true || typeof field.value !== 'function') return;
  const original = field.value as AnyFunction;
  const call = `${path}()`;
  const replacement: AnyFunction = function (...given) {
    refuse(call, why, replacement);
    return Reflect.apply(original, this, given);
  };
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original)); // its name, and `process.hrtime.bigint`
  for (const part of ['bigint', 'rss']) {
    if (Object.hasOwn(original, part)) replaceFunction(replacement, part, `${path}.${part}`, why);
  }
  Object.defineProperty(owner, name, { ...field, value: replacement });
}

/** A value that is another one in the next process: `process.pid`. */
function replaceValue(owner: object, name: string, path: string, why: Why, field: PropertyDescriptor): void {
  if (field.configurable !== true) return;
  const kept = Object.defineProperty({}, name, field);
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: field.enumerable === true,
    get(this: unknown): unknown {
      refuse(path, why);
      return Reflect.get(kept, name, this) as unknown;
    },
  });
}

function replaceConstructor(holder: object, name: string, path: string, why: Why): void {
  const field = Object.getOwnPropertyDescriptor(holder, name);
  const original: unknown = fieldOf(holder, name);
  if (field?.configurable !== true || typeof original !== 'function') return;
  const replacement = new Proxy(original, {
    construct(target, given, newTarget): object {
      refuse(path, why);
      return Reflect.construct(target, given, newTarget) as object;
    },
  });
  Object.defineProperty(holder, name, { configurable: true, enumerable: false, writable: true, value: replacement });
}

/** `new Date(ms)` is data; `new Date()`, `Date()` and `Date.now()` are not. */
function guardDate(realm: { Date: DateConstructor }): void {
  const { Date: original } = realm;
  replaceFunction(original, 'now', 'Date.now', 'reads a clock');
  realm.Date = new Proxy(original, {
    construct(target, given, newTarget): object {
      if (given.length === 0) refuse('new Date()', 'reads a clock');
      return Reflect.construct(target, given, newTarget) as object;
    },
    apply(target, self, given): unknown {
      refuse('Date()', 'reads a clock');
      return Reflect.apply(target, self, given);
    },
  });
  Object.defineProperty(original.prototype, 'constructor', { value: realm.Date, configurable: true, writable: true });
}

function look(name: string | symbol): void {
  refuse(`process.env.${String(name)}`, 'reads the environment');
}

/** Whoever kept `process.env` is found too. */
function guardEnvironment(realm: object): void {
  const process = fieldOf(realm, 'process');
  const env = fieldOf(process, 'env');
  if (!isObject(process) || !isObject(env)) return;
  const guardedEnv = new Proxy(env, {
    get: (target, name) => (look(name), Reflect.get(target, name) as unknown),
    set: (target, name, value) => Reflect.set(target, name, value), // on the target: the environment takes whole descriptors only
    has: (target, name) => (look(name), Reflect.has(target, name)),
    ownKeys: (target) => (look('*'), Reflect.ownKeys(target)),
  });
  Object.defineProperty(process, 'env', { configurable: true, enumerable: true, writable: true, value: guardedEnv });
}

function fieldOf(object: unknown, name: string): unknown {
  return isObject(object) ? (object as Readonly<Record<string, unknown>>)[name] : undefined;
}

function isObject(candidate: unknown): candidate is object {
  return (typeof candidate === 'object' && candidate !== null) || typeof candidate === 'function';
}
