// Classes and object literals of the user: members by name, accessors, and what `new` makes.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { hasBody, ownerOf, symbolAt } from './analysis.ts';
import type { Activation, ClassCode, Value } from './model.ts';
import { origins } from './model.ts';
import { madeOf, marked, NOTHING, union } from './values.ts';

interface Reading {
  readonly at: ts.Node;
  readonly from: Activation;
}

/** The code behind a member: a method of the object's class, or the one that its type declares. An accessor is run. */
export function codeOfMember(
  analysis: Analysis,
  object: Value,
  name: string,
  symbol: ts.Symbol | undefined,
  reading: Reading,
): Value | null {
  const found =
    object.classes.map((one) => findMember(analysis, one, name)).find((one) => one !== null) ??
    declaredMember(analysis, symbol, reading.from);
  if (found === null || found === undefined) return null;
  const { member, activation } = found;
  if (ts.isPropertyDeclaration(member)) return staticField(analysis, member, activation, reading.from);
  if (!hasBody(member)) return null;
  const code = { node: member, activation, self: object };
  if (!ts.isGetAccessor(member)) return madeOf({ code: [code] });
  return analysis.invoke({ code, parameters: [], self: object, at: reading.at, from: reading.from });
}

interface FoundMember {
  readonly member: ts.Node;
  readonly activation: Activation;
}

export function findMember(analysis: Analysis, code: ClassCode, name: string): FoundMember | null {
  const member = code.node.members.find((one) => one.name?.getText() === name && (hasBody(one) || isStatic(one)));
  if (member !== undefined) return { member, activation: code.activation };
  const base = baseOf(analysis, code);
  return base === null ? null : findMember(analysis, base, name);
}

function declaredMember(analysis: Analysis, symbol: ts.Symbol | undefined, from: Activation): FoundMember | null {
  const member = symbol?.declarations?.find((one) => hasBody(one) || (ts.isPropertyDeclaration(one) && isStatic(one)));
  if (member === undefined || analysis.sources.zoneOf(member.getSourceFile()) !== 'own') return null;
  return { member, activation: activationAround(analysis, member, from) };
}

/** Where the free variables of a declaration live, as far as that is known. */
export function activationAround(analysis: Analysis, declaration: ts.Node, from: Activation): Activation {
  for (let at = declaration.parent; !ts.isSourceFile(at); at = at.parent) {
    const owner = hasBody(at) ? ownerOf(analysis, at, from) : null;
    if (owner !== null) return owner;
  }
  return analysis.moduleOf(declaration.getSourceFile());
}

function isStatic(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) ?? false)
  );
}

function staticField(
  analysis: Analysis,
  member: ts.PropertyDeclaration,
  owner: Activation,
  from: Activation,
): Value | null {
  if (!isStatic(member)) return null;
  const value =
    member.initializer === undefined
      ? NOTHING
      : analysis.evaluate(member.initializer, owner.time === from.time ? from : owner);
  return marked(value, origins.self);
}

export function baseOf(analysis: Analysis, code: ClassCode): ClassCode | null {
  const clause = code.node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  const base = clause?.types[0]?.expression;
  return base === undefined ? null : (analysis.evaluate(base, code.activation).classes[0] ?? null);
}

interface Making {
  readonly parameters: readonly Value[];
  readonly at: ts.Node;
  readonly from: Activation;
}

/** A new instance: fields, then the constructor. */
export function instantiate(analysis: Analysis, code: ClassCode, making: Making): Value {
  return construct(analysis, code, madeOf({ classes: [code] }), making);
}

export function construct(analysis: Analysis, code: ClassCode, self: Value, making: Making): Value {
  const base = baseOf(analysis, code);
  const constructor = code.node.members.find(
    (one): one is ts.ConstructorDeclaration => ts.isConstructorDeclaration(one) && hasBody(one),
  );
  const inherited = base === null ? self : construct(analysis, base, self, making);
  const withFields = addFields(analysis, code, inherited, making.from);
  if (constructor === undefined) return withFields;
  const invoked = { node: constructor, activation: code.activation, self: withFields };
  return analysis.construct({
    code: invoked,
    parameters: making.parameters,
    self: withFields,
    at: making.at,
    from: making.from,
  });
}

/** Initializers see what the class sees; what is found in them is found for whoever makes the instance. */
function addFields(analysis: Analysis, code: ClassCode, self: Value, from: Activation): Value {
  const fields = new Map(self.fields);
  for (const member of code.node.members) {
    if (!ts.isPropertyDeclaration(member) || isStatic(member) || member.initializer === undefined) continue;
    const around: Activation = { ...from, parent: code.activation, node: member, self };
    fields.set(member.name.getText(), analysis.evaluate(member.initializer, around));
  }
  return fields.size === 0 ? self : { ...self, fields };
}

/** `constructor(private readonly total: number)` is a field as well. */
export function parameterFields(analysis: Analysis, node: ts.ConstructorDeclaration, activation: Activation): void {
  for (const parameter of node.parameters) {
    if (!ts.isParameterPropertyDeclaration(parameter, node)) continue;
    const symbol = symbolAt(analysis, parameter.name);
    const value = symbol === undefined ? NOTHING : (activation.variables.get(symbol) ?? NOTHING);
    const fields = new Map(activation.self.fields);
    const name = parameter.name.getText();
    activation.self = { ...activation.self, fields: fields.set(name, union(fields.get(name) ?? NOTHING, value)) };
  }
}
