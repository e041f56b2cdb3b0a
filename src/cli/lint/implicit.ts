// Methods that the language calls by itself: for texts and numbers, for JSON, and for loops.
import type { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { hasBody } from './analysis.ts';
import { findMember } from './classes.ts';
import type { Activation, Code, Value } from './model.ts';
import { contentsOf, NOTHING, unionOf } from './values.ts';

const CONVERTING = ['toString', 'valueOf', '[Symbol.toPrimitive]'];

/** A value becomes a text or a number. */
export function convert(analysis: Analysis, value: Value, at: ts.Node, activation: Activation): void {
  for (const name of CONVERTING) enter(analysis, value, name, at, activation);
}

/** A value becomes JSON, with what it holds. */
export function toJson(analysis: Analysis, value: Value, at: ts.Node, activation: Activation): void {
  for (const one of [value, contentsOf(value)]) enter(analysis, one, 'toJSON', at, activation);
}

/** What a loop, a spread or a pattern gets out of a value, one by one. */
export function elementsOf(analysis: Analysis, value: Value, at: ts.Node, activation: Activation): Value {
  const iterators = enter(analysis, value, '[Symbol.iterator]', at, activation);
  return iterators === NOTHING ? contentsOf(value) : contentsOf(iterators);
}

function enter(analysis: Analysis, value: Value, name: string, at: ts.Node, activation: Activation): Value {
  const codes = [...(value.fields?.get(name)?.code ?? []), ...methodsOf(analysis, value, name)];
  return unionOf(codes.map((code) => analysis.invoke({ code, parameters: [], self: value, at, from: activation })));
}

function methodsOf(analysis: Analysis, value: Value, name: string): readonly Code[] {
  return value.classes.flatMap((one) => {
    const found = findMember(analysis, one, name);
    if (found === null || !hasBody(found.member)) return [];
    return [{ node: found.member, activation: found.activation, self: value }];
  });
}
