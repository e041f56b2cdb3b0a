// What names, members and elements stand for when they are read.
import { ts } from 'ts-morph';
import { isBuiltin } from 'node:module';
import type { Analysis } from './analysis.ts';
import { isPrimitive, report, reportNotFollowed, symbolAt, textOf } from './analysis.ts';
import { codeOfMember } from './classes.ts';
import { checkMember, libraryMember, libraryValue, memberValue, nameText } from './library-names.ts';
import { origins } from './model.ts';
import type { Activation, Value } from './model.ts';
import { lookUp } from './variables.ts';
import { contentsOf, isNothing, marked, memberOf, NOTHING } from './values.ts';

export function readIdentifier(analysis: Analysis, node: ts.Identifier, activation: Activation): Value {
  if (node.text === 'undefined' || node.text === 'arguments') return NOTHING;
  const builtin = builtinOf(analysis, node);
  if (builtin !== null) return libraryValue(builtin, node, activation);
  const symbol = symbolAt(analysis, node);
  const file = symbol?.declarations?.[0]?.getSourceFile();
  if (symbol === undefined || file === undefined) return libraryValue(node.text, node, activation); // of the language, or of nobody
  const zone = analysis.sources.zoneOf(file);
  if (zone === 'library' || isDeclaredOnly(symbol)) return libraryValue(symbol.name, node, activation);
  return zone === 'own' ? lookUp(analysis, symbol, node, activation) : NOTHING;
}

/** `declare const Temporal: …` says that the language has it. */
function isDeclaredOnly({ declarations = [] }: ts.Symbol): boolean {
  return declarations.length > 0 && declarations.every((one) => isAmbient(one));
}

function isAmbient(node: ts.Node): boolean {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  if (!ts.isVariableStatement(statement) && !ts.isFunctionDeclaration(statement)) return false;
  return ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false;
}

/** `node:fs.readFileSync` behind a name that is imported from a module of Node. */
function builtinOf(analysis: Analysis, node: ts.Identifier): string | null {
  const declaration = analysis.sources.checker.getSymbolAtLocation(node)?.declarations?.[0];
  if (declaration === undefined) return null;
  const module = importedModule(declaration);
  if (module === null || !isBuiltin(module)) return null;
  const name = `node:${module.replace(/^node:/, '')}`;
  if (!ts.isImportSpecifier(declaration)) return name;
  return `${name}.${(declaration.propertyName ?? declaration.name).text}`;
}

function importedModule(declaration: ts.Node): string | null {
  let at: ts.Node | undefined = declaration;
  if (!ts.isImportSpecifier(at) && !ts.isNamespaceImport(at) && !ts.isImportClause(at)) return null;
  while (at !== undefined && !ts.isImportDeclaration(at)) at = at.parent;
  return at !== undefined && ts.isStringLiteral(at.moduleSpecifier) ? at.moduleSpecifier.text : null;
}

export function readProperty(analysis: Analysis, node: ts.PropertyAccessExpression, activation: Activation): Value {
  const object = analysis.evaluate(node.expression, activation);
  if (node.expression.kind === ts.SyntaxKind.SuperKeyword)
    return readInherited(analysis, object, node.name, activation);
  return readMember(analysis, object, node.name, activation);
}

/** `super.method`: what the base class declares, whatever the object has in its place. */
function readInherited(analysis: Analysis, object: Value, name: ts.MemberName, activation: Activation): Value {
  const bare = { ...object, classes: [] };
  const code = codeOfMember(analysis, bare, nameText(name), symbolAt(analysis, name), { at: name, from: activation });
  return code === null ? NOTHING : { ...code, code: code.code.map((one) => ({ ...one, self: object })) };
}

function readMember(analysis: Analysis, object: Value, name: ts.MemberName, activation: Activation): Value {
  if (object.library !== null) return memberValue(object, name, activation);
  const symbol = symbolAt(analysis, name);
  const ofModule = readExport(analysis, symbol, name, activation);
  if (ofModule !== null) return ofModule;
  const member = libraryMember(analysis, symbol);
  if (member !== null) checkMember(member, name, activation);
  const code = codeOfMember(analysis, object, nameText(name), symbol, { at: name, from: activation });
  const value = boundTo(object, memberOf(object, nameText(name)));
  if (code === null) return primitiveOrNot(analysis, value, name);
  return isNothing(value) || value.code.length === 0 ? marked(code, value.origin) : value;
}

/** A method of an object literal has the object as `this`. */
function boundTo(object: Value, value: Value): Value {
  if (value.code.length === 0) return value;
  return {
    ...value,
    code: value.code.map((one) => (ts.isArrowFunction(one.node) ? one : { ...one, self: one.self ?? object })),
  };
}

/** Numbers and strings cannot be changed, whoever gave them. */
function primitiveOrNot(analysis: Analysis, value: Value, node: ts.Node): Value {
  if (value.origin === 0 || value.code.length > 0) return value;
  return isPrimitive(analysis, node) ? NOTHING : value;
}

/** `helpers.stamp`, where `helpers` is a module. */
function readExport(
  analysis: Analysis,
  symbol: ts.Symbol | undefined,
  name: ts.Node,
  activation: Activation,
): Value | null {
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined) return null;
  const isExport =
    ts.isVariableDeclaration(declaration) ||
    ts.isFunctionDeclaration(declaration) ||
    ts.isClassDeclaration(declaration);
  if (!isExport || analysis.sources.zoneOf(declaration.getSourceFile()) !== 'own') return null;
  return lookUp(analysis, symbol, name, activation);
}

export function readElement(analysis: Analysis, node: ts.ElementAccessExpression, activation: Activation): Value {
  const object = analysis.evaluate(node.expression, activation);
  const key = node.argumentExpression;
  analysis.evaluate(key, activation);
  const name = literalName(analysis, key);
  if (object.library !== null) return readLibraryElement(object.library, name, node, activation);
  if (name === null) return primitiveOrNot(analysis, contentsOf(object), node);
  const symbol = analysis.sources.checker.getTypeAtLocation(node.expression).getProperty(name);
  const member = libraryMember(analysis, symbol);
  if (member !== null) checkMember(member, node, activation);
  const code = codeOfMember(analysis, object, name, symbol, { at: node, from: activation });
  const value = memberOf(object, name);
  return code !== null && value.code.length === 0 ? marked(code, value.origin) : primitiveOrNot(analysis, value, node);
}

/** The name in `[…]` if types say which it is. */
export function literalName(analysis: Analysis, key: ts.Expression): string | null {
  const type = analysis.sources.checker.getTypeAtLocation(key);
  return type.isStringLiteral() || type.isNumberLiteral() ? String(type.value) : null;
}

function readLibraryElement(
  library: string,
  name: string | null,
  node: ts.ElementAccessExpression,
  activation: Activation,
): Value {
  if (name !== null) return libraryValue(library === 'globalThis' ? name : `${library}.${name}`, node, activation);
  if (isOpen(library))
    reportNotFollowed(activation, node, `which member of ${library} ${textOf(node)} is depends on a value`);
  return NOTHING;
}

/** Objects of the language among whose members are some that a rule forbids. */
function isOpen(library: string): boolean {
  return (
    ['globalThis', 'Math', 'Date', 'process', 'crypto', 'Temporal', 'Reflect'].includes(library) ||
    library.startsWith('node:')
  );
}

/** `this`, as the nearest function that is not an arrow has it. */
export function readThis(activation: Activation): Value {
  const owner = thisActivation(activation);
  const outlives = owner.time === 'load' && activation.time === 'step';
  return outlives ? marked(owner.self, origins.self) : owner.self;
}

export function thisActivation(activation: Activation): Activation {
  let at = activation;
  while (ts.isArrowFunction(at.node) && at.parent !== null) at = at.parent;
  return at;
}

/** `import.meta` says where the code lies. */
export function readMeta(node: ts.MetaProperty, activation: Activation): Value {
  if (node.keywordToken === ts.SyntaxKind.ImportKeyword) report(activation, 'environment', node, 'import.meta');
  return NOTHING;
}
