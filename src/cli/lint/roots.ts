// User functions: what is handed to Millrace, by the names of the fields that it lies in, and what each is given.
import type { Analysis } from './analysis.ts';
import { hasBody } from './analysis.ts';
import { findMember } from './classes.ts';
import type { Activation, Code, Value } from './model.ts';
import { origins } from './model.ts';
import { madeOf, marked, memberOf, MILLRACE, NOTHING } from './values.ts';

interface Handing {
  /** The function of Millrace, or the last field: it says what the user function is given. */
  readonly api: string;
  readonly label: string;
}

const GIVEN = madeOf({ origin: origins.given });
const CONTEXT = madeOf({ library: MILLRACE });

/** What user functions are given, by position. A function that is not named here may change what it is given. */
const givenTo: Readonly<Record<string, readonly Value[]>> = {
  map: [GIVEN, CONTEXT],
  flatMap: [GIVEN, CONTEXT],
  filter: [GIVEN, CONTEXT],
  keyBy: [GIVEN],
  timestamp: [GIVEN],
  reduce: [GIVEN, GIVEN, CONTEXT],
  onRecord: [GIVEN, CONTEXT],
  onTimer: [NOTHING, CONTEXT],
  add: [GIVEN, GIVEN],
  result: [GIVEN, CONTEXT],
  input: [
    madeOf({
      fields: new Map([
        ['data', GIVEN],
        ['pick', CONTEXT],
      ]),
    }),
  ],
  check: [GIVEN, GIVEN],
  sortBy: [GIVEN],
  step: [NOTHING, GIVEN, NOTHING],
  wakeAt: [GIVEN],
  hasWork: [GIVEN],
  checkInvariants: [GIVEN],
};

function parametersOf(api: string): readonly Value[] {
  return Object.hasOwn(givenTo, api) ? (givenTo[api] as readonly Value[]) : [];
}

/** It may wait, look at its clock and draw: it runs beside the steps, and what comes of it is data. That it gives the same for the same record, its first runs find out. */
const ASYNC = 'mapAsync';
const METHODS = ['step', 'create', 'wakeAt', 'hasWork', 'checkInvariants', 'onRecord', 'onTimer', 'add', 'result'];
const DEPTH_MAX = 6;

/** Adds all functions that a value is or holds. */
export function addRoots(analysis: Analysis, value: Value, handing: Handing, from: Activation, depth = 0): void {
  for (const code of value.code) addRoot(analysis, code, handing, from);
  if (depth > DEPTH_MAX) return;
  for (const [name, field] of value.fields ?? []) addRoots(analysis, field, inside(handing, name), from, depth + 1);
  if (value.inside !== null) addRoots(analysis, value.inside, handing, from, depth + 1);
  for (const one of value.classes) {
    for (const name of METHODS) {
      const found = findMember(analysis, one, name);
      if (found === null || !hasBody(found.member)) continue;
      addRoot(analysis, { node: found.member, activation: found.activation, self: value }, inside(handing, name), from);
    }
  }
}

function inside({ label }: Handing, name: string): Handing {
  return { api: name, label: label.endsWith(`.${name}`) ? label : `${label}, ${name}`.replace(/, (.*), /, ', $1.') };
}

function addRoot(analysis: Analysis, code: Code, { api, label }: Handing, from: Activation): void {
  if (api === ASYNC) return;
  if (analysis.roots.some((root) => root.code.node === code.node && root.code.activation === code.activation)) return;
  const self = marked(code.self ?? NOTHING, origins.self);
  analysis.roots.push({ label, code: { ...code, self }, parameters: parametersOf(api), from });
}

/** Objects that are user functions by their fields, wherever they are handed to Millrace. */
export function isMachine(value: Value): boolean {
  return (
    (has(value, 'step') && has(value, 'create')) ||
    has(value, 'onRecord') ||
    (has(value, 'add') && has(value, 'result'))
  );
}

function has(value: Value, name: string): boolean {
  if (value.fields !== null && memberOf(value, name).code.length > 0) return true;
  return value.classes.some((one) => one.node.members.some((member) => member.name?.getText() === name));
}
