// Things of the language and of Node: which name an expression stands for, and whether a rule forbids it.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { report } from './analysis.ts';
import { globalRules, memberRules, moduleRules, ruleOfName } from './library-rules.ts';
import { origins } from './model.ts';
import type { Activation, Value } from './model.ts';
import type { Rule } from './rules.ts';
import { madeOf, memberOf, MILLRACE } from './values.ts';

/** The value of a thing of the language, reported if a rule forbids to name it. */
export function libraryValue(name: string, node: ts.Node, activation: Activation): Value {
  const rule = ruleOfLibrary(name);
  if (rule !== null && rule !== 'ok' && !isAsked(node)) report(activation, rule, node, shownName(name));
  return madeOf({ library: name });
}

/** `typeof process` only asks whether it is there, which no rule forbids. */
function isAsked(node: ts.Node): boolean {
  return ts.isTypeOfExpression(node.parent);
}

export function ruleOfLibrary(name: string): Rule | 'ok' | null {
  return name.startsWith('node:') ? ruleOfName(moduleRules, name.slice('node:'.length)) : ruleOfName(globalRules, name);
}

function shownName(name: string): string {
  const [module, ...path] = name.split('.');
  return name.startsWith('node:') ? `${path.join('.')} of ${module}` : name;
}

/** A member by name: of what the user made, or of the language. */
export function memberValue(value: Value, name: ts.Node, activation: Activation): Value {
  const text = nameText(name);
  if (value.library === null) return memberOf(value, text);
  if (isMillrace(value)) return memberOfMillrace(value, text);
  return libraryValue(GLOBALS.includes(value.library) ? text : `${value.library}.${text}`, name, activation);
}

const GLOBALS = ['globalThis', 'global'];

const DATA_OF_CONTEXTS = ['parameters', 'key', 'window'];

/** Data of a context is shared; a method of the same name is what it is. */
function memberOfMillrace({ library, origin }: Value, name: string): Value {
  const isData = DATA_OF_CONTEXTS.includes(name);
  return madeOf({ library: `${library}.${name}`, origin: isData ? origins.given : origin });
}

/** A stream, a context, a handle of state, or a member of one. */
export function isMillrace({ library }: Value): boolean {
  return library !== null && library.split('.')[0] === MILLRACE;
}

export function nameText(name: ts.Node): string {
  return ts.isStringLiteralLike(name) || ts.isNumericLiteral(name) ? name.text : name.getText();
}

/** The type of the language that declares a member, and the member: `Array`, `push`. */
export interface LibraryMember {
  readonly container: string;
  readonly member: string;
}

export function libraryMember(analysis: Analysis, symbol: ts.Symbol | undefined): LibraryMember | null {
  const declaration = symbol?.declarations?.find((one) => isOfInterface(one));
  if (symbol === undefined || declaration === undefined) return null;
  if (analysis.sources.zoneOf(declaration.getSourceFile()) !== 'library') return null;
  const { name } = declaration.parent as ts.InterfaceDeclaration;
  return { container: plainContainer(name.text), member: symbol.name };
}

function isOfInterface(node: ts.Node): boolean {
  return (
    node.parent !== undefined &&
    (ts.isInterfaceDeclaration(node.parent) || (ts.isClassDeclaration(node.parent) && node.parent.name !== undefined))
  );
}

function plainContainer(name: string): string {
  if (name === 'CallableFunction' || name === 'NewableFunction') return 'Function';
  return name.replace(/^Readonly(?=Array|Map|Set)/, '');
}

/** Reports a member of a value of the language if a rule forbids it. */
export function checkMember(member: LibraryMember, node: ts.Node, activation: Activation): void {
  const name = `${member.container}.${member.member}`;
  const rule = ruleOfName(memberRules, name);
  if (rule !== null && rule !== 'ok') report(activation, rule, node, name);
}
