// Writing: to variables, to members of objects, and by methods that change what they are called on.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { containerOf, ownerOf, report, symbolAt, textOf } from './analysis.ts';
import { findMember } from './classes.ts';
import { memberValue } from './library-names.ts';
import { origins } from './model.ts';
import type { Activation, Value } from './model.ts';
import { literalName, thisActivation } from './names.ts';
import type { Rule } from './rules.ts';
import { setVariable, sharedOrigin } from './variables.ts';
import { contentsOf, isNothing, NOTHING, withPut } from './values.ts';

/** `target = value`, where the target may be a pattern. */
export function assign(analysis: Analysis, target: ts.Node, value: Value, activation: Activation): void {
  const plain = bare(target);
  if (ts.isIdentifier(plain)) return assignVariable(analysis, plain, value, activation);
  if (ts.isPropertyAccessExpression(plain) || ts.isElementAccessExpression(plain))
    return assignMember(analysis, plain, value, activation);
  if (ts.isObjectLiteralExpression(plain)) return assignObject(analysis, plain, value, activation);
  if (ts.isArrayLiteralExpression(plain))
    for (const one of plain.elements) assign(analysis, one, contentsOf(value), activation);
  if (ts.isSpreadElement(plain)) assign(analysis, plain.expression, value, activation);
  if (ts.isBinaryExpression(plain)) {
    analysis.evaluate(plain.right, activation); // the default of a pattern
    assign(analysis, plain.left, value, activation);
  }
}

/** An expression without what only the compiler sees. */
export function bare(node: ts.Node): ts.Node {
  let at = node;
  while (
    ts.isParenthesizedExpression(at) ||
    ts.isAsExpression(at) ||
    ts.isSatisfiesExpression(at) ||
    ts.isNonNullExpression(at) ||
    ts.isTypeAssertionExpression(at)
  )
    at = at.expression;
  return at;
}

function assignObject(
  analysis: Analysis,
  pattern: ts.ObjectLiteralExpression,
  value: Value,
  activation: Activation,
): void {
  for (const property of pattern.properties) {
    if (ts.isShorthandPropertyAssignment(property))
      assignVariable(analysis, property.name, memberValue(value, property.name, activation), activation);
    if (ts.isPropertyAssignment(property))
      assign(analysis, property.initializer, memberValue(value, property.name, activation), activation);
    if (ts.isSpreadAssignment(property)) assign(analysis, property.expression, { ...value, origin: 0 }, activation);
  }
}

function assignVariable(analysis: Analysis, name: ts.Identifier, value: Value, activation: Activation): void {
  const symbol = symbolAt(analysis, name);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return;
  if (analysis.sources.zoneOf(declaration.getSourceFile()) !== 'own') return reportGlobalWrite(activation, name);
  const owner = ownerOf(analysis, containerOf(declaration), activation);
  if (owner === null) return;
  const origin = sharedOrigin(analysis, declaration, owner, activation);
  if (origin !== 0)
    report(
      activation,
      origin === origins.module ? 'module-state' : 'closure-state',
      name,
      `The assignment to ${name.text}`,
    );
  setVariable(symbol, value, owner);
  if (owner === activation) activation.touches.push({ kind: 'replaced', symbol, node: name });
}

function reportGlobalWrite(activation: Activation, name: ts.Node): void {
  if (activation.time === 'step')
    report(activation, 'outside-state', name, `The assignment to the global ${textOf(name)}`);
}

type MemberAccess = ts.PropertyAccessExpression | ts.ElementAccessExpression;

function assignMember(analysis: Analysis, target: MemberAccess, value: Value, activation: Activation): void {
  const object = analysis.evaluate(target.expression, activation);
  if (ts.isElementAccessExpression(target)) analysis.evaluate(target.argumentExpression, activation);
  if (runSetter(analysis, target, object, value, activation)) return;
  if (object.library !== null) return reportGlobalWrite(activation, target);
  change(analysis, target.expression, object, { at: target, what: `The assignment to ${textOf(target)}`, activation });
  putInto(analysis, target, value, activation);
}

function runSetter(
  analysis: Analysis,
  target: MemberAccess,
  object: Value,
  value: Value,
  activation: Activation,
): boolean {
  if (!ts.isPropertyAccessExpression(target)) return false;
  for (const one of object.classes) {
    const found = findSetter(analysis, one, target.name.text);
    if (found === null) continue;
    const code = { node: found.node, activation: found.activation, self: object };
    analysis.invoke({ code, parameters: [value], self: object, at: target, from: activation });
    return true;
  }
  return false;
}

function findSetter(
  analysis: Analysis,
  code: Value['classes'][number],
  name: string,
): { readonly node: ts.SetAccessorDeclaration; readonly activation: Activation } | null {
  const setter = code.node.members.find(
    (one): one is ts.SetAccessorDeclaration => ts.isSetAccessor(one) && one.name.getText() === name,
  );
  if (setter !== undefined) return { node: setter, activation: code.activation };
  const found = findMember(analysis, code, name);
  return found !== null && ts.isSetAccessor(found.member) ? { node: found.member, activation: found.activation } : null;
}

export interface Change {
  readonly at: ts.Node;
  readonly what: string;
  readonly activation: Activation;
}

/** Something changes an object: reported if the object is not the step's own. */
export function change(analysis: Analysis, target: ts.Node, object: Value, { at, what, activation }: Change): void {
  const rule = ruleOfChange(object, target);
  if (rule !== null && activation.time === 'step') report(activation, rule, at, what);
  const symbol = localRoot(analysis, target, activation);
  if (symbol !== undefined) activation.touches.push({ kind: 'changed', symbol, node: at });
}

function ruleOfChange(object: Value, target: ts.Node): Rule | null {
  const { origin } = object;
  if ((origin & origins.given) !== 0) return 'mutation';
  if (origin === 0) return null;
  const isOutside = object.classes.length > 0 || rootOf(target).kind === ts.SyntaxKind.ThisKeyword;
  if (isOutside || (origin & origins.self) !== 0) return 'outside-state';
  return (origin & origins.closure) !== 0 ? 'closure-state' : 'module-state';
}

/** `a` of `a.b[c].d`. */
export function rootOf(node: ts.Node): ts.Node {
  let at = bare(node);
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at)) at = bare(at.expression);
  return at;
}

/** The variable of this very activation that a path begins with. */
export function localRoot(analysis: Analysis, node: ts.Node, activation: Activation): ts.Symbol | undefined {
  const root = rootOf(node);
  if (!ts.isIdentifier(root)) return undefined;
  const symbol = symbolAt(analysis, root);
  const declaration = symbol?.declarations?.[0];
  return declaration !== undefined && containsNode(activation.node, declaration) ? symbol : undefined;
}

function containsNode(outer: ts.Node, inner: ts.Node): boolean {
  return outer.getSourceFile() === inner.getSourceFile() && outer.pos <= inner.pos && inner.end <= outer.end;
}

/** What a path leads to holds a value from now on: known from the variable, or `this`, that it begins with. */
export function putInto(
  analysis: Analysis,
  target: ts.Node,
  value: Value,
  activation: Activation,
  into: readonly null[] = [],
): void {
  if (isNothing(value)) return;
  const path = [...pathOf(analysis, target), ...into];
  const root = rootOf(target);
  if (root.kind === ts.SyntaxKind.ThisKeyword) {
    const owner = thisActivation(activation);
    owner.self = withPut(owner.self, path, value);
  }
  if (!ts.isIdentifier(root)) return;
  const symbol = symbolAt(analysis, root);
  const declaration = symbol?.declarations?.[0];
  if (
    symbol === undefined ||
    declaration === undefined ||
    analysis.sources.zoneOf(declaration.getSourceFile()) !== 'own'
  )
    return;
  const owner = ownerOf(analysis, containerOf(declaration), activation);
  if (owner === null) return;
  owner.variables.set(symbol, withPut(owner.variables.get(symbol) ?? NOTHING, path, value));
}

/** Names from the root on; null stands for any element. */
function pathOf(analysis: Analysis, target: ts.Node): readonly (string | null)[] {
  const at = bare(target);
  if (ts.isPropertyAccessExpression(at)) return [...pathOf(analysis, at.expression), at.name.text];
  if (ts.isElementAccessExpression(at))
    return [...pathOf(analysis, at.expression), literalName(analysis, at.argumentExpression)];
  return [];
}
