// Calls of the language and of Node: what they do to their receiver and arguments, which callbacks they call, and what comes back.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { isObjectType, report, reportNotFollowed, symbolAt, textOf } from './analysis.ts';
import { convert, toJson } from './implicit.ts';
import { checkLocale, hasFixedLocale } from './library-locale.ts';
import { libraryMember, ruleOfLibrary } from './library-names.ts';
import type { LibraryMember } from './library-names.ts';
import { argumentMutators, isMutator } from './library-rules.ts';
import type { Activation, Value } from './model.ts';
import { origins } from './model.ts';
import { contentsOf, holding, isNothing, NOTHING, union, unionOf } from './values.ts';
import { bare, change, putInto } from './writes.ts';
import type { Change } from './writes.ts';

export interface LibraryCall {
  readonly node: ts.CallExpression;
  readonly callee: ts.Node;
  readonly parameters: readonly Value[];
  readonly activation: Activation;
}

/** Modules of Node that no table names, and globals of nobody. */
export function isKnownLibrary(library: string): boolean {
  const name = library.split('.')[0] as string;
  if (name.startsWith('node:')) return ruleOfLibrary(library) !== null;
  return name in globalThis || ruleOfLibrary(name) !== null;
}

export function callLibrary(analysis: Analysis, made: LibraryCall, member: LibraryMember): Value {
  const { node, callee, activation } = made;
  if (member.container === 'Reflect' && member.member === 'apply') return reflectApply(analysis, made);
  if (isThrough(member)) return callThrough(analysis, made, member.member);
  const receiverNode =
    ts.isPropertyAccessExpression(callee) || ts.isElementAccessExpression(callee) ? callee.expression : null;
  const receiver = receiverNode === null ? NOTHING : analysis.evaluate(receiverNode, activation);
  if (member.member === 'Date' && member.container === '') report(activation, 'clock', node, 'Date()');
  checkLocale(analysis, node, member, activation);
  checkOrder(analysis, node, member, receiverNode, activation);
  changeReceiver(analysis, made, member, receiverNode, receiver);
  changeArgument(analysis, made, member);
  const returned = callBack(analysis, made, member, receiver);
  return resultOf(member, receiver, made.parameters, returned);
}

/** Of a function of the user, or of the language: `Array.prototype.push.call`. */
function isThrough({ container, member }: LibraryMember): boolean {
  return ['call', 'apply', 'bind'].includes(member) && (container === 'Function' || container.includes('.'));
}

/** `f.call(self, …)`, `f.apply(self, […])` and `f.bind(self)`. */
function callThrough(analysis: Analysis, made: LibraryCall, how: string): Value {
  const { node, callee, parameters, activation } = made;
  if (!ts.isPropertyAccessExpression(callee)) return NOTHING;
  const inner = bare(callee.expression);
  const target = analysis.evaluate(inner, activation);
  const [self = NOTHING, ...others] = parameters;
  if (how === 'bind') return { ...target, code: target.code.map((code) => ({ ...code, self })) };
  const given = how === 'apply' ? others.map((one) => contentsOf(one)) : others;
  changeBorrowed(analysis, inner, node.arguments[0], self, { at: node, what: textOf(node), activation });
  return unionOf(
    target.code.map((code) => analysis.invoke({ code, parameters: given, self, at: node, from: activation })),
  );
}

/** `Array.prototype.push`, called on something else. */
function changeBorrowed(
  analysis: Analysis,
  method: ts.Node,
  target: ts.Node | undefined,
  value: Value,
  how: Change,
): void {
  const member = ts.isPropertyAccessExpression(method)
    ? libraryMember(analysis, symbolAt(analysis, method.name))
    : null;
  if (member === null || target === undefined || !isMutator(member.container, member.member)) return;
  change(analysis, target, value, how);
}

/** `Reflect.apply(f, self, […])`. */
function reflectApply(analysis: Analysis, { node, parameters, activation }: LibraryCall): Value {
  const [method, target] = node.arguments;
  const [applied = NOTHING, self = NOTHING, list = NOTHING] = parameters;
  if (method !== undefined)
    changeBorrowed(analysis, bare(method), target, self, { at: node, what: textOf(node), activation });
  const given = [contentsOf(list), contentsOf(list), contentsOf(list)];
  return unionOf(
    applied.code.map((code) => analysis.invoke({ code, parameters: given, self, at: node, from: activation })),
  );
}

/** Without a comparator, values are sorted by their texts. */
function checkOrder(
  analysis: Analysis,
  node: ts.CallExpression,
  member: LibraryMember,
  receiver: ts.Expression | null,
  activation: Activation,
): void {
  const isSort = (member.member === 'sort' || member.member === 'toSorted') && member.container === 'Array';
  if (!isSort || receiver === null || node.arguments.length > 0) return;
  const element = analysis.sources.checker.getTypeAtLocation(receiver).getNumberIndexType();
  if (element !== undefined && isText(element)) return;
  report(activation, 'order', nameOf(node), `${textOf(receiver)}.${member.member}() without a comparator`);
}

function isText(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.every(isText);
  return (type.flags & ts.TypeFlags.StringLike) !== 0 || (type.isIntersection() && type.types.some(isText));
}

function nameOf(node: ts.CallExpression): ts.Node {
  const callee = bare(node.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.name : callee;
}

function changeReceiver(
  analysis: Analysis,
  made: LibraryCall,
  member: LibraryMember,
  receiverNode: ts.Expression | null,
  receiver: Value,
): void {
  const { node, parameters, activation } = made;
  if (receiverNode === null) return;
  if (isStatefulPattern(analysis, receiverNode, member, receiver))
    change(analysis, receiverNode, receiver, {
      at: nameOf(node),
      what: `${textOf(node.expression)} with a pattern that keeps its place`,
      activation,
    });
  checkIdentity(analysis, made, member);
  if (!isMutator(member.container, member.member)) return;
  change(analysis, receiverNode, receiver, { at: nameOf(node), what: textOf(node.expression), activation });
  const put = unionOf(parameters);
  if (!isNothing(put)) putInto(analysis, receiverNode, put, activation, [null]);
}

/** A pattern with `g` or `y` remembers where it was. */
function isStatefulPattern(
  analysis: Analysis,
  receiverNode: ts.Expression,
  member: LibraryMember,
  receiver: Value,
): boolean {
  if (member.container !== 'RegExp' || !['test', 'exec'].includes(member.member) || receiver.origin === 0) return false;
  const declaration = symbolAt(analysis, bare(receiverNode))?.valueDeclaration;
  const initializer =
    declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return (
    initializer === undefined ||
    !ts.isRegularExpressionLiteral(initializer) ||
    /\/[a-z]*[gy][a-z]*$/.test(initializer.text)
  );
}

const KEYED = ['Map', 'Set']; // a WeakMap that outlives the step is state, and found as such

/** Objects that were given are found by identity only as long as nobody copied them. */
function checkIdentity(analysis: Analysis, { node, parameters, activation }: LibraryCall, member: LibraryMember): void {
  if (!KEYED.includes(member.container) || !['get', 'set', 'has', 'add', 'delete'].includes(member.member)) return;
  const key = node.arguments[0];
  if (key === undefined || ((parameters[0]?.origin ?? 0) & origins.given) === 0) return;
  if (!isObjectType(analysis.sources.checker.getTypeAtLocation(key))) return;
  report(activation, 'identity', key, `${textOf(key)} as the key of a ${member.container}`);
}

function changeArgument(
  analysis: Analysis,
  { node, parameters, activation }: LibraryCall,
  member: LibraryMember,
): void {
  const [target, ...others] = node.arguments;
  if (target === undefined || !argumentMutators.includes(`${member.container}.${member.member}`)) return;
  change(analysis, target, parameters[0] ?? NOTHING, { at: node, what: textOf(node), activation });
  for (const [index] of others.entries())
    putInto(analysis, target, contentsOf(parameters[index + 1] ?? NOTHING), activation, [null]);
}

/** `String(value)`, `Number(value)` and `JSON.stringify(value)` ask the value. */
function convertArguments(
  analysis: Analysis,
  { node, parameters, activation }: LibraryCall,
  { container, member }: LibraryMember,
): void {
  const isJson = container === 'JSON' && member === 'stringify';
  const isConversion = container === '' && ['String', 'Number', 'BigInt', 'parseInt', 'parseFloat'].includes(member);
  if (!isJson && !isConversion && member !== 'join') return;
  const call = isJson ? toJson : convert;
  for (const one of parameters) call(analysis, one, node, activation);
}

/** Calls every function among the arguments with what the receiver and the other arguments hold. */
function callBack(analysis: Analysis, made: LibraryCall, member: LibraryMember, receiver: Value): Value {
  const { node, parameters, activation } = made;
  convertArguments(analysis, made, member);
  const data = parameters.filter((one) => isData(one));
  const element = unionOf([contentsOf(receiver), ...data.map((one) => contentsOf(one))]);
  let returned = NOTHING;
  for (const code of parameters.flatMap((one) => one.code)) {
    const isFold = member.member === 'reduce' || member.member === 'reduceRight';
    const first = isFold ? unionOf([parameters[1] ?? element]) : element;
    const given = isFold ? [first, element, NOTHING, receiver] : [first, element, receiver];
    returned = union(
      returned,
      analysis.invoke({ code, parameters: given, self: code.self, at: node, from: activation }),
    );
  }
  return returned;
}

/** Neither a function of the user nor one of the language, such as `Boolean`. */
function isData({ code, library }: Value): boolean {
  return code.length === 0 && library === null;
}

const RETURNS_ELEMENT = ['find', 'findLast', 'at', 'pop', 'shift', 'get', 'getOrInsert', 'next'];
const RETURNS_RECEIVER = ['sort', 'reverse', 'fill', 'copyWithin', 'set', 'add', 'valueOf'];

/** The target, with what the others hold: they are copied, what is in them is shared. */
function assigned([target = NOTHING, ...others]: readonly Value[]): Value {
  return union(target, holding(unionOf(others.map((one) => contentsOf(one)))));
}

function resultOf(
  { container, member }: LibraryMember,
  receiver: Value,
  parameters: readonly Value[],
  returned: Value,
): Value {
  if (container === 'Object' && member === 'assign') return assigned(parameters);
  if (container === 'Object' && member === 'freeze') return { ...(parameters[0] ?? NOTHING), isFrozen: true };
  if (container === 'Object' && ['seal', 'preventExtensions'].includes(member)) return parameters[0] ?? NOTHING;
  if (member === 'structuredClone' || (container === 'JSON' && member === 'parse')) return NOTHING;
  if (RETURNS_ELEMENT.includes(member)) return contentsOf(receiver);
  if (RETURNS_RECEIVER.includes(member)) return receiver;
  if (member === 'reduce' || member === 'reduceRight') return union(returned, parameters[1] ?? NOTHING);
  if (member === 'map') return holding(returned);
  if (member === 'flatMap') return holding(contentsOf(returned));
  if (member === 'entries')
    return holding(holding(unionOf([contentsOf(receiver), ...parameters.map((one) => contentsOf(one))])));
  return holding(
    unionOf([
      contentsOf(receiver),
      returned,
      ...parameters.filter((one) => isData(one)).map((one) => union(contentsOf(one), one)),
    ]),
  );
}

interface LibraryNew {
  readonly node: ts.NewExpression;
  readonly library: string;
  readonly parameters: readonly Value[];
  readonly activation: Activation;
}

export function newLibrary(analysis: Analysis, { node, library, parameters, activation }: LibraryNew): Value {
  const count = node.arguments?.length ?? 0;
  if (library === 'Date' && count === 0) report(activation, 'clock', node, 'new Date()');
  if (library === 'Date' && count > 1) report(activation, 'locale', node, 'new Date(year, month, …)');
  if (library.startsWith('Intl.') && !hasFixedLocale(analysis, node, library))
    report(activation, 'locale', node, `new ${library}()`);
  if (KEYED.includes(library)) checkNewKeys(analysis, node, library, parameters, activation);
  if (!isKnownLibrary(library))
    reportNotFollowed(activation, node.expression, `nothing is known of ${textOf(node.expression)}`);
  return holding(unionOf(parameters.map((one) => contentsOfNew(library, one))));
}

/** What a new container holds of an argument: a map is made of pairs, or of another map. */
function contentsOfNew(library: string, from: Value): Value {
  if (library === 'Array') return union(from, contentsOf(from));
  const contents = contentsOf(from);
  return library.endsWith('Map') ? union(contents, contentsOf(contents)) : contents;
}

function checkNewKeys(
  analysis: Analysis,
  node: ts.NewExpression,
  library: string,
  parameters: readonly Value[],
  activation: Activation,
): void {
  const first = node.arguments?.[0];
  if (first === undefined || library !== 'Set') return;
  const elements = contentsOf(parameters[0] ?? NOTHING);
  const element = analysis.sources.checker.getTypeAtLocation(first).getNumberIndexType();
  if ((elements.origin & origins.given) === 0 || element === undefined || !isObjectType(element)) return;
  report(activation, 'identity', first, `new ${library} of objects`);
}
