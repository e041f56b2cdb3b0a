// What is known of globals, of modules of Node and of methods of the language, by name. Pure data: a name that is missing here is
// harmless if the language has it, and is not followed if it is anybody else's.
import type { Rule } from './rules.ts';

/** Dotted names; `*` stands for every member that is not named. `ok`: a member that breaks nothing. */
type NameTable = Readonly<Record<string, Rule | 'ok'>>;

/** By path from a global. */
export const globalRules: NameTable = {
  'Date.now': 'clock',
  'Temporal.Now': 'clock',
  performance: 'clock',
  'process.hrtime': 'clock',
  'process.uptime': 'clock',
  'process.cpuUsage': 'clock',
  'process.resourceUsage': 'clock',
  'process.nextTick': 'timers',
  'process.stdout': 'io',
  'process.stderr': 'io',
  'process.stdin': 'io',
  'process.send': 'io',
  'process.emitWarning': 'io',
  'process.*': 'environment',
  'Math.random': 'chance',
  'crypto.*': 'chance',
  setTimeout: 'timers',
  setInterval: 'timers',
  setImmediate: 'timers',
  clearTimeout: 'timers',
  clearInterval: 'timers',
  clearImmediate: 'timers',
  queueMicrotask: 'timers',
  requestAnimationFrame: 'timers',
  requestIdleCallback: 'timers',
  scheduler: 'timers',
  Promise: 'async',
  AbortSignal: 'timers',
  'Array.fromAsync': 'async',
  console: 'io',
  fetch: 'io',
  XMLHttpRequest: 'io',
  WebSocket: 'io',
  EventSource: 'io',
  Worker: 'io',
  BroadcastChannel: 'io',
  MessageChannel: 'io',
  localStorage: 'io',
  sessionStorage: 'io',
  indexedDB: 'io',
  caches: 'io',
  alert: 'io',
  prompt: 'io',
  confirm: 'io',
  WebAssembly: 'io',
  require: 'io',
  navigator: 'environment',
  location: 'environment',
  document: 'environment',
  window: 'environment',
  self: 'environment',
  Deno: 'environment',
  Bun: 'environment',
  __dirname: 'environment',
  __filename: 'environment',
  WeakRef: 'identity',
  FinalizationRegistry: 'identity',
  SharedArrayBuffer: 'outside-state',
  Atomics: 'outside-state',
  ...approximateMathematics(),
};

/** The language leaves their last digits to the engine. `Math.sqrt` is exact. */
function approximateMathematics(): NameTable {
  const names =
    'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh';
  return Object.fromEntries(names.split(' ').map((name) => [`Math.${name}`, 'mathematics']));
}

/** Modules of Node, without `node:`. Those that are missing are not followed. */
export const moduleRules: NameTable = {
  'assert.*': 'ok',
  'assert/strict.*': 'ok',
  'buffer.*': 'ok',
  'path.*': 'ok',
  'path.resolve': 'environment',
  'path.relative': 'environment',
  'path.sep': 'environment',
  'path.delimiter': 'environment',
  'path/posix.*': 'ok',
  'path.posix': 'ok',
  'punycode.*': 'ok',
  'querystring.*': 'ok',
  'string_decoder.*': 'ok',
  'url.*': 'ok',
  'util.*': 'ok',
  'util.promisify': 'async',
  'util.callbackify': 'async',
  'util/types.*': 'ok',
  'zlib.crc32': 'ok',
  'zlib.*': 'async',
  'crypto.createHash': 'ok',
  'crypto.hash': 'ok',
  'crypto.createHmac': 'ok',
  'crypto.timingSafeEqual': 'ok',
  'crypto.pbkdf2Sync': 'ok',
  'crypto.scryptSync': 'ok',
  'crypto.hkdfSync': 'ok',
  'crypto.*': 'chance',
  'perf_hooks.*': 'clock',
  'timers.*': 'timers',
  'timers/promises.*': 'timers',
  'process.hrtime': 'clock',
  'process.uptime': 'clock',
  'process.nextTick': 'timers',
  'process.stdout': 'io',
  'process.stderr': 'io',
  'process.stdin': 'io',
  'process.*': 'environment',
  'os.*': 'environment',
  'v8.*': 'environment',
  'vm.*': 'environment',
  'module.*': 'environment',
  'console.*': 'io',
  'async_hooks.*': 'async',
  ...modulesOfIo(),
};

function modulesOfIo(): NameTable {
  const names =
    'fs fs/promises net dgram dns dns/promises http http2 https tls child_process cluster worker_threads stream stream/promises readline readline/promises repl inspector sqlite tty wasi diagnostics_channel trace_events';
  return Object.fromEntries(names.split(' ').map((name) => [`${name}.*`, 'io']));
}

/** Methods and fields of values, by the type that declares them. */
export const memberRules: NameTable = {
  'Error.stack': 'environment',
  'Function.name': 'environment',
  'Function.toString': 'environment',
  'Promise.*': 'async',
  'Date.getFullYear': 'locale',
  'Date.getMonth': 'locale',
  'Date.getDate': 'locale',
  'Date.getDay': 'locale',
  'Date.getHours': 'locale',
  'Date.getMinutes': 'locale',
  'Date.getYear': 'locale',
  'Date.getTimezoneOffset': 'locale',
  'Date.setFullYear': 'locale',
  'Date.setMonth': 'locale',
  'Date.setDate': 'locale',
  'Date.setHours': 'locale',
  'Date.setMinutes': 'locale',
  'Date.toString': 'locale',
  'Date.toDateString': 'locale',
  'Date.toTimeString': 'locale',
};

/** Methods that change what they are called on. */
const mutators: Readonly<Record<string, readonly string[]>> = {
  Array: ['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  Map: ['set', 'delete', 'clear', 'getOrInsert', 'getOrInsertComputed'],
  Set: ['add', 'delete', 'clear'],
  WeakMap: ['set', 'delete', 'getOrInsert', 'getOrInsertComputed'],
  WeakSet: ['add', 'delete'],
  TypedArray: ['set', 'fill', 'sort', 'reverse', 'copyWithin'],
  DataView: [],
  Date: [],
  Iterator: ['next', 'return', 'throw'],
};

/** Whether a method changes its receiver, by the type that declares it. */
export function isMutator(container: string, member: string): boolean {
  if ((container === 'Date' || container === 'DataView') && member.startsWith('set')) return true;
  const kind = /^(Big)?(Int|Uint|Float)\w*Array$/.test(container) ? 'TypedArray' : container;
  const iterator = /^(Generator|Iterator|IteratorObject|ArrayIterator|MapIterator|SetIterator)$/.test(kind);
  return mutators[iterator ? 'Iterator' : kind]?.includes(member) ?? false;
}

/** A type whose method of this name changes its receiver. */
export function mutatorsContainer(member: string): string | null {
  if (/^set(UTC)?(FullYear|Month|Date|Hours|Minutes|Seconds|Milliseconds|Time)$/.test(member)) return 'Date';
  return Object.keys(mutators).find((one) => mutators[one]?.includes(member)) ?? null;
}

/** Functions of the language that change their first argument. */
export const argumentMutators: readonly string[] = [
  'Object.assign',
  'Object.defineProperty',
  'Object.defineProperties',
  'Object.setPrototypeOf',
  'Reflect.set',
  'Reflect.defineProperty',
  'Reflect.deleteProperty',
  'Reflect.setPrototypeOf',
];

/** The rule of a dotted name: its own, or that of the nearest `*` above it, or that of a name above it. */
export function ruleOfName(table: NameTable, name: string): Rule | 'ok' | null {
  if (Object.hasOwn(table, name)) return table[name] as Rule | 'ok';
  const cut = name.lastIndexOf('.');
  if (cut < 0) return null;
  const any = `${name.slice(0, cut)}.*`;
  return Object.hasOwn(table, any) ? (table[any] as Rule | 'ok') : null;
}
