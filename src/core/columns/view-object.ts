// What the object of a view is, whoever made it: frozen but for what it shows, and told by its prototype.

import type { Value } from '../base/value.ts';

/** Of all views, and of nothing else. */
// millrace-lint-ignore module-state: frozen
const VIEW: object = Object.freeze(
  Object.create(Object.prototype, {
    /** Tools that print objects print accessors as such. */
    [Symbol.for('nodejs.util.inspect.custom')]: {
      value(this: object): object {
        return { ...this };
      },
    },
  }),
);

export function isRowView(candidate: unknown): candidate is object {
  return typeof candidate === 'object' && candidate !== null && Object.getPrototypeOf(candidate) === VIEW;
}

/** How the views of generated code are copied: ten times as quickly as field by field. */
// millrace-lint-ignore module-state: a memo that goes with the views
const copies = new WeakMap<object, () => Value>();

/** A view that is to be copied so. */
export function withCopy(view: object, copy: () => Value): object {
  copies.set(view, copy);
  return view;
}

/** An object that is equal to what the view shows, if there is code for it. */
export function copyOfView(view: object): Value | undefined {
  return copies.get(view)?.();
}

/** A constructor of views. One for each shape: objects of one constructor that have other accessors are slow. */
export function viewConstructor(define: (view: object) => void): new () => object {
  function View(this: object): void {
    define(this);
    Object.preventExtensions(this);
  }
  View.prototype = VIEW;
  return View as unknown as new () => object;
}

/** A field that can be read alone. */
export function defineField(view: object, name: string, get: () => unknown): void {
  defineAccessor(view, name, get, () => {
    throw new TypeError(`a record cannot be changed: its field ${JSON.stringify(name)} was assigned to`);
  });
}

export function defineAccessor(view: object, name: string, get: () => unknown, set: (value: unknown) => void): void {
  Object.defineProperty(view, name, { get, set, enumerable: true });
}
