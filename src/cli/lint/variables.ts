// Variables: what they hold, and how patterns bind them.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { containerOf, hasBody, ownerOf, symbolAt } from './analysis.ts';
import { memberValue } from './library-names.ts';
import { origins } from './model.ts';
import type { Activation, Value } from './model.ts';
import { contentsOf, holding, madeOf, marked, NOTHING, union } from './values.ts';

/** What a variable, parameter, function or class of the user's holds, as seen from an activation. */
export function lookUp(analysis: Analysis, symbol: ts.Symbol, at: ts.Node, activation: Activation): Value {
  const declaration = symbol.declarations?.find((one) => isValueDeclaration(one));
  if (declaration === undefined) return NOTHING;
  const container = containerOf(declaration);
  const owner = ownerOf(analysis, container, activation);
  if (owner === null) return declaredWithoutOwner(analysis, declaration);
  const value = valueIn(analysis, symbol, declaration, owner);
  if (ts.isSourceFile(container)) analysis.inherit(symbol, at, activation);
  return marked(value, sharedOrigin(analysis, declaration, owner, activation));
}

function isValueDeclaration(node: ts.Node): boolean {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isClassLike(node) ||
    ts.isExportAssignment(node) ||
    hasBody(node)
  );
}

/** How a variable of one activation looks from another: what was there before the step is shared by all steps. */
export function sharedOrigin(analysis: Analysis, declaration: ts.Node, owner: Activation, from: Activation): number {
  if (owner.time !== 'load' || from.time !== 'step' || analysis.isExcused(declaration)) return 0;
  return ts.isSourceFile(owner.node) ? origins.module : origins.closure;
}

function valueIn(analysis: Analysis, symbol: ts.Symbol, declaration: ts.Node, owner: Activation): Value {
  if (hasBody(declaration)) return madeOf({ code: [{ node: declaration, activation: owner, self: null }] });
  if (ts.isClassLike(declaration)) return madeOf({ classes: [{ node: declaration, activation: owner }] });
  if (ts.isExportAssignment(declaration)) return analysis.evaluate(declaration.expression, owner);
  const known = owner.variables.get(symbol);
  if (known !== undefined) return known;
  owner.variables.set(symbol, NOTHING); // asked for by its own initializer
  const root = patternRoot(declaration);
  if (ts.isVariableDeclaration(root)) bindDeclaration(analysis, root, owner);
  return owner.variables.get(symbol) ?? NOTHING;
}

function patternRoot(declaration: ts.Node): ts.Node {
  let at = declaration;
  while (ts.isBindingElement(at)) at = at.parent.parent;
  return at;
}

/** A function of an activation that is over, as a method of something that was returned. */
function declaredWithoutOwner(analysis: Analysis, declaration: ts.Node): Value {
  const module = analysis.moduleOf(declaration.getSourceFile());
  if (hasBody(declaration)) return madeOf({ code: [{ node: declaration, activation: module, self: null }] });
  return ts.isClassLike(declaration) ? madeOf({ classes: [{ node: declaration, activation: module }] }) : NOTHING;
}

export function bindDeclaration(analysis: Analysis, declaration: ts.VariableDeclaration, activation: Activation): void {
  if (declaration.initializer === undefined) return bind(analysis, declaration.name, NOTHING, activation);
  bind(analysis, declaration.name, analysis.evaluate(declaration.initializer, activation), activation);
}

/** Gives the names of a pattern what they stand for in a value. */
export function bind(analysis: Analysis, name: ts.BindingName, value: Value, activation: Activation): void {
  if (ts.isIdentifier(name)) {
    const symbol = symbolAt(analysis, name);
    if (symbol !== undefined) setVariable(symbol, value, activation);
    return;
  }
  for (const element of name.elements) {
    if (ts.isOmittedExpression(element)) continue;
    const part = partOf(analysis, element, value, activation);
    const other = element.initializer === undefined ? NOTHING : analysis.evaluate(element.initializer, activation);
    bind(analysis, element.name, union(part, other), activation);
  }
}

function partOf(analysis: Analysis, element: ts.BindingElement, value: Value, activation: Activation): Value {
  const isRest = element.dotDotDotToken !== undefined;
  if (ts.isArrayBindingPattern(element.parent)) return isRest ? holding(contentsOf(value)) : contentsOf(value);
  if (isRest) return { ...value, origin: 0, inside: contentsOf(value) };
  const name = element.propertyName ?? element.name;
  if (ts.isComputedPropertyName(name)) {
    analysis.evaluate(name.expression, activation);
    return contentsOf(value);
  }
  return memberValue(value, name, activation);
}

/** Adds to what a variable may hold. */
export function setVariable(symbol: ts.Symbol, value: Value, owner: Activation): void {
  const known = owner.variables.get(symbol);
  if (known === undefined || known === NOTHING) {
    owner.variables.set(symbol, value);
  } else {
    owner.variables.set(symbol, union(known, value));
    owner.grown = true;
  }
}
