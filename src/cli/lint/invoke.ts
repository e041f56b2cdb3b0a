// Enters code of the user. The same function with the same kinds of arguments is read once; what was found in it is found again for
// every other caller.
import { ts } from 'ts-morph';
import { addAll, createActivation, frameAt, nameOfCode, report, reportNotFollowed } from './analysis.ts';
import type { Analysis, FunctionWithBody, Invocation } from './analysis.ts';
import { parameterFields } from './classes.ts';
import { checkEmissions } from './emissions.ts';
import type { Activation, Finding, Value } from './model.ts';
import { digestOf, isNothing, NOTHING, union, unionOf } from './values.ts';
import { bind } from './variables.ts';

/** Functions inside of each other; deeper ones are listed as not followed. */
const DEPTH_MAX = 120;
/** The same function inside of itself with ever other values, as it goes down a tree: values are told apart five levels deep (`values.ts`). */
const RECURSION_MAX = 6;

interface Reading {
  readonly returned: Value;
  readonly self: Value;
  readonly findings: readonly Finding[];
}

export interface Invoker {
  enter(analysis: Analysis, invocation: Invocation): Reading;
  /** Functions that were entered, with how often. */
  readonly entered: ReadonlyMap<ts.Node, number>;
}

export function createInvoker(): Invoker {
  const readings = new Map<string, Reading>();
  const entered = new Map<ts.Node, number>();
  const open = new Map<string, number>();
  const openOf = new Map<ts.Node, readonly number[]>();
  const deepestOf = (node: ts.Node): number | undefined => {
    const depths = openOf.get(node) ?? [];
    return depths.length < RECURSION_MAX ? undefined : depths.at(-1);
  };
  let cutAt = Number.POSITIVE_INFINITY; // the outermost open reading that something inside of the present one asked for
  const readOnce = (analysis: Analysis, invocation: Invocation, key: string): Reading => {
    const cutBefore = cutAt;
    const depth = open.size;
    cutAt = Number.POSITIVE_INFINITY;
    const { node } = invocation.code;
    const depths = openOf.get(node) ?? [];
    openOf.set(node, [...depths, depth]);
    open.set(key, depth);
    const reading = readCode(analysis, invocation);
    open.delete(key);
    openOf.set(node, depths);
    const isWhole = cutAt >= depth; // what it lacks, if anything, is its own
    if (isWhole) readings.set(key, reading);
    cutAt = isWhole ? cutBefore : Math.min(cutBefore, cutAt);
    return reading;
  };
  const find = (analysis: Analysis, invocation: Invocation): Reading | null => {
    const key = keyOf(invocation);
    const known = readings.get(key);
    if (known !== undefined) return known;
    const openAt = open.get(key) ?? deepestOf(invocation.code.node);
    if (openAt !== undefined) cutAt = Math.min(cutAt, openAt);
    if (openAt !== undefined || isTooDeep(open.size, invocation)) return null;
    const { node } = invocation.code;
    entered.set(node, (entered.get(node) ?? 0) + 1);
    return readOnce(analysis, invocation, key);
  };
  return {
    entered,
    enter(analysis, invocation) {
      const reading = find(analysis, invocation);
      if (reading === null) return { returned: NOTHING, self: invocation.self ?? NOTHING, findings: [] };
      addAll(invocation.from, reading.findings, frameAt(nameOfCode(invocation.code.node), invocation.at));
      return reading;
    },
  };
}

function isTooDeep(depth: number, { from, at }: Invocation): boolean {
  if (depth <= DEPTH_MAX) return false;
  reportNotFollowed(from, at, 'calls lie too deep inside of each other here');
  return true;
}

function keyOf({ code, parameters, self, from }: Invocation): string {
  const given = [...parameters, self ?? NOTHING].map((one) => digestOf(one)).join('|');
  return `${code.node.getSourceFile().fileName}:${code.node.pos}:${code.node.end}@${code.activation.id}/${from.time}(${given})`;
}

/** Runs a function once, with what it is given. */
export function readCode(analysis: Analysis, { code, parameters, self, from }: Invocation): Reading {
  const node = code.node as FunctionWithBody;
  const activation = createActivation(node, from.time, code.activation, parameters, self ?? code.self ?? NOTHING);
  if (isAsync(node)) report(activation, 'async', node, `The asynchronous function ${nameOfCode(node)}`);
  bindParameters(analysis, node, activation);
  if (ts.isConstructorDeclaration(node)) parameterFields(analysis, node, activation);
  runBody(analysis, node, activation);
  if (activation.grown && hasLoop(node)) runBody(analysis, node, activation);
  checkEmissions(activation);
  return { returned: activation.returned, self: activation.self, findings: [...activation.findings.values()] };
}

function isAsync(node: ts.SignatureDeclaration): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) ?? false)
  );
}

function bindParameters(analysis: Analysis, node: ts.SignatureDeclaration, activation: Activation): void {
  for (const [index, parameter] of node.parameters.entries()) {
    if (!ts.isParameter(parameter)) continue;
    const isRest = parameter.dotDotDotToken !== undefined;
    const given = activation.parameters[index] ?? NOTHING;
    const value = isRest ? { ...NOTHING, inside: unionOf(activation.parameters.slice(index)) } : given;
    const fallback =
      parameter.initializer === undefined ? NOTHING : analysis.evaluate(parameter.initializer, activation);
    bind(analysis, parameter.name, isNothing(value) ? fallback : union(value, fallback), activation);
  }
}

function runBody(analysis: Analysis, node: FunctionWithBody, activation: Activation): void {
  const value = analysis.evaluate(node.body, activation);
  if (!ts.isBlock(node.body)) activation.returned = union(activation.returned, value);
}

function hasLoop(node: ts.Node): boolean {
  return (
    ts.isIterationStatement(node, false) || (ts.forEachChild(node, (child) => hasLoop(child) || undefined) ?? false)
  );
}
