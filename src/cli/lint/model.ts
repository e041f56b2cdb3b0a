// What the analysis knows of a value: where it came from, what is in it, and which code it may be. Values are immutable; an activation is
// one call of a function, or the run of a module, with the values of its variables.
import type { ts } from 'ts-morph';
import type { FindingRule } from './rules.ts';

/** Where a value came from, as bits. A value without any was made in this step, or is state that may be changed. */
export const origins = {
  /** A record, accumulator, message or other argument that others share. */
  given: 1,
  /** A variable of a module. */
  module: 2,
  /** A variable of a function that ran before the step. */
  closure: 4,
  /** `this` of a user function, or a class. */
  self: 8,
} as const;

export interface Code {
  readonly node: ts.SignatureDeclaration;
  /** Where its free variables live. */
  readonly activation: Activation;
  readonly self: Value | null;
}

export interface ClassCode {
  readonly node: ts.ClassLikeDeclaration;
  readonly activation: Activation;
}

export interface Value {
  readonly origin: number;
  /** Of an object literal or instance: what is known by name. */
  readonly fields: ReadonlyMap<string, Value> | null;
  /** Everything else in it: elements, entries, unknown names. */
  readonly inside: Value | null;
  readonly code: readonly Code[];
  readonly classes: readonly ClassCode[];
  /** The dotted name of a thing of the language or of Node: `Math`, `process.env`, `node:fs`. */
  readonly library: string | null;
  /** Whatever tries to change it throws; what is in it may still be changed. */
  readonly isFrozen: boolean;
}

/** `load`: what runs once, when the module or job is loaded. `step`: what runs with each record or input. */
export type Time = 'load' | 'step';

export interface Frame {
  /** What was entered: a function, method, or variable with its initializer. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

export interface Finding {
  /** null: a call that is not followed. */
  readonly rule: FindingRule | null;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  /** From the user function to the place. */
  readonly chain: readonly Frame[];
}

export interface Activation {
  readonly id: number;
  readonly time: Time;
  /** The function, or the source file. */
  readonly node: ts.Node;
  readonly parent: Activation | null;
  readonly variables: Map<ts.Symbol, Value>;
  self: Value;
  returned: Value;
  readonly parameters: readonly Value[];
  /** Latest findings, by place and rule. */
  findings: Map<string, Finding>;
  /** What left the step, and what was changed or assigned anew, in order of the text. */
  readonly touches: Touch[];
  /** A variable got another value after its first: loops are read a second time. */
  grown: boolean;
}

/** A variable whose value was emitted, changed or replaced. */
export interface Touch {
  readonly kind: 'emitted' | 'changed' | 'replaced';
  readonly symbol: ts.Symbol;
  readonly node: ts.Node;
}
