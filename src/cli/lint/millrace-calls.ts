// Calls of Millrace. While the job is defined, they are given the user functions; while a step runs, they take what is emitted.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { frameAt, textOf } from './analysis.ts';
import type { Activation, Code, Finding, Value } from './model.ts';
import { origins } from './model.ts';
import { addRoots } from './roots.ts';
import { madeOf, MILLRACE, NOTHING } from './values.ts';
import { bare, localRoot } from './writes.ts';

interface MillraceCall {
  readonly node: ts.CallExpression;
  readonly callee: ts.Node;
  readonly parameters: readonly Value[];
  readonly activation: Activation;
  readonly outside: Map<string, Finding> | null;
}

export function callMillrace(analysis: Analysis, made: MillraceCall): Value {
  return made.activation.time === 'step' ? callInStep(analysis, made) : callAtLoad(analysis, made);
}

const EMITTING = ['collect', 'update', 'send', 'sendData', 'request', 'note'];

function callInStep(analysis: Analysis, { node, callee, parameters, activation }: MillraceCall): Value {
  const name = nameOf(callee);
  if (EMITTING.includes(name)) for (const one of node.arguments) noteEmitted(analysis, one, activation);
  for (const code of parameters.flatMap((one) => one.code)) {
    analysis.invoke({ code, parameters: [], self: code.self, at: node, from: activation });
  }
  if (name === 'value') return madeOf({ origin: origins.given });
  return name === 'state' ? madeOf({ library: MILLRACE }) : NOTHING;
}

/** Variables whose objects leave the step, by themselves or as a part of something new. */
export function noteEmitted(analysis: Analysis, node: ts.Node, activation: Activation): void {
  const plain = bare(node);
  if (ts.isObjectLiteralExpression(plain)) {
    for (const one of plain.properties) {
      if (ts.isPropertyAssignment(one)) noteEmitted(analysis, one.initializer, activation);
      if (ts.isShorthandPropertyAssignment(one)) noteEmitted(analysis, one.name, activation);
    }
  }
  if (ts.isArrayLiteralExpression(plain)) for (const one of plain.elements) noteEmitted(analysis, one, activation);
  if (!ts.isIdentifier(plain)) return;
  const symbol = localRoot(analysis, plain, activation);
  if (symbol !== undefined) activation.touches.push({ kind: 'emitted', symbol, node: plain });
}

function nameOf(callee: ts.Node): string {
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text;
  return ts.isIdentifier(callee) ? callee.text : textOf(callee);
}

function callAtLoad(analysis: Analysis, { node, callee, parameters, activation, outside }: MillraceCall): Value {
  const label = labelOf(node, callee);
  const usual = activation.findings;
  activation.findings = outside ?? new Map();
  for (const [index, value] of parameters.entries()) {
    const isDefinition = nameOf(callee) === 'defineJob' && index === 1;
    if (isDefinition) define(analysis, value.code, node, activation);
    else addRoots(analysis, value, { api: nameOf(callee), label }, activation);
  }
  const frame = frameAt(label, callee);
  for (const finding of activation.findings.values())
    analysis.definitions.push({ ...finding, chain: [frame, ...finding.chain] });
  activation.findings = usual;
  return madeOf({ library: MILLRACE });
}

/** `defineJob` calls its function once, to be told the operators. */
function define(analysis: Analysis, codes: readonly Code[], at: ts.Node, from: Activation): void {
  const parameters = [madeOf({ library: MILLRACE })];
  for (const code of codes) analysis.invoke({ code, parameters, self: null, at, from });
}

/** `map "split"`: the operator with its id. */
function labelOf(node: ts.CallExpression, callee: ts.Node): string {
  const first = node.arguments[0];
  const name = nameOf(callee);
  return first !== undefined && ts.isStringLiteralLike(first) ? `${name} "${first.text}"` : name;
}
