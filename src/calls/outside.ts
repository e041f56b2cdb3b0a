// What lies outside of a simulated world. A function that asks for it in a call waits for ever, and the world says what for. While a file is loaded it may do
// what it likes.

export interface Outside {
  /** A call is at hand. */
  isCalling(): boolean;
  /** Notes what the call asked for; gives what never comes. */
  ask(what: string): unknown;
}

/** Modules of Node of which everything answers later, or not in this world. */
const OUTSIDE: ReadonlySet<string> = new Set([
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'dns/promises',
  'fs/promises',
  'http',
  'http2',
  'https',
  'net',
  'readline',
  'readline/promises',
  'tls',
  'worker_threads',
]);

const ARGUMENT_CHARACTERS_MAX = 60;

type AnyFunction = (this: unknown, ...given: unknown[]) => unknown;

/** A module of Node, as code of a call finds it. */
export function watchedModule(name: string, module: object, outside: Outside): object {
  const plain = name.replace(/^node:/, '');
  const isOutside = (field: string): boolean =>
    OUTSIDE.has(plain) || (plain === 'fs' && field !== 'promises' && /^[a-z]/.test(field) && !field.endsWith('Sync'));
  const found = plain === 'fs' ? withPromises(module, outside) : module;
  return new Proxy(found, {
    get(target, field): unknown {
      const value: unknown = Reflect.get(target, field);
      if (typeof value !== 'function' || typeof field !== 'string' || !isOutside(field)) return value;
      return watchedCall(`${field} of ${name}`, value as AnyFunction, outside);
    },
  });
}

function withPromises(fs: object, outside: Outside): object {
  const { promises } = fs as { readonly promises: object };
  return { ...fs, promises: watchedModule('fs/promises', promises, outside) };
}

/** In a call it is only noted. */
export function watchedCall(name: string, call: AnyFunction, outside: Outside): AnyFunction {
  return function (...given) {
    return outside.isCalling() ? outside.ask(`${name}${argumentOf(given[0])}`) : Reflect.apply(call, this, given);
  };
}

function argumentOf(given: unknown): string {
  const text = given instanceof URL ? given.href : given;
  return typeof text === 'string' ? `(${JSON.stringify(text.slice(0, ARGUMENT_CHARACTERS_MAX))})` : '';
}
