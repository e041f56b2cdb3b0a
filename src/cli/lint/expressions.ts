// Evaluates code: every expression and statement once, in the order of the text. What an expression does is noted on the way.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { report, reportNotFollowed, textOf } from './analysis.ts';
import { argumentsOf, call, make } from './calls.ts';
import { convert, elementsOf } from './implicit.ts';
import { checkPower } from './mathematics.ts';
import { noteEmitted } from './millrace-calls.ts';
import type { Activation, Value } from './model.ts';
import { nameText } from './library-names.ts';
import { readElement, readIdentifier, readMeta, readProperty, readThis } from './names.ts';
import { holding, isNothing, madeOf, marked, NOTHING, union, unionOf } from './values.ts';
import { bind, bindDeclaration } from './variables.ts';
import { assign, bare, change } from './writes.ts';

type Reader<N extends ts.Node> = (analysis: Analysis, node: N, activation: Activation) => Value;

export function evaluate(analysis: Analysis, node: ts.Node, activation: Activation): Value {
  if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return NOTHING;
  const reader = readers.get(node.kind);
  if (reader !== undefined) return reader(analysis, node as never, activation);
  ts.forEachChild(node, (child) => void analysis.evaluate(child, activation));
  return NOTHING;
}

const transparent: Reader<ts.ParenthesizedExpression> = (analysis, node, activation) =>
  analysis.evaluate(node.expression, activation);
const nothing: Reader<ts.Node> = () => NOTHING;

function functionValue(_: Analysis, node: ts.SignatureDeclaration, activation: Activation): Value {
  return madeOf({ code: [{ node, activation, self: null }] });
}

function objectLiteral(analysis: Analysis, node: ts.ObjectLiteralExpression, activation: Activation): Value {
  let value = madeOf({ fields: new Map() });
  for (const property of node.properties) value = withProperty(analysis, value, property, activation);
  return value;
}

function withProperty(
  analysis: Analysis,
  value: Value,
  property: ts.ObjectLiteralElementLike,
  activation: Activation,
): Value {
  if (ts.isSpreadAssignment(property)) return spreadInto(value, analysis.evaluate(property.expression, activation));
  const one = propertyValue(analysis, property, activation);
  if (ts.isComputedPropertyName(property.name) && !property.name.getText().startsWith('[Symbol.')) {
    analysis.evaluate(property.name.expression, activation);
    return { ...value, inside: union(value.inside ?? NOTHING, one) };
  }
  return { ...value, fields: new Map([...(value.fields ?? []), [nameText(property.name), one]]) };
}

function propertyValue(
  analysis: Analysis,
  property: Exclude<ts.ObjectLiteralElementLike, ts.SpreadAssignment>,
  activation: Activation,
): Value {
  if (ts.isPropertyAssignment(property)) return analysis.evaluate(property.initializer, activation);
  if (ts.isShorthandPropertyAssignment(property)) return analysis.evaluate(property.name, activation);
  return functionValue(analysis, property, activation);
}

/** `{ ...other }` is new, but what is in it is the other's. */
function spreadInto(value: Value, other: Value): Value {
  const fields = [...(other.fields ?? [])].map(([name, one]) => [name, marked(one, other.origin)] as const);
  const rest = marked(other.inside ?? NOTHING, other.origin);
  return {
    ...value,
    fields: new Map([...(value.fields ?? []), ...fields]),
    inside: isNothing(rest) ? value.inside : union(value.inside ?? NOTHING, rest),
  };
}

function arrayLiteral(analysis: Analysis, node: ts.ArrayLiteralExpression, activation: Activation): Value {
  return holding(unionOf(argumentsOf(analysis, node.elements, activation)));
}

const ASSIGNMENTS_FIRST = ts.SyntaxKind.FirstAssignment;
const ASSIGNMENTS_LAST = ts.SyntaxKind.LastAssignment;

function binary(analysis: Analysis, node: ts.BinaryExpression, activation: Activation): Value {
  const { kind } = node.operatorToken;
  const isPower = kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
  if (isPower) checkPower(analysis, node, activation);
  if (kind >= ASSIGNMENTS_FIRST && kind <= ASSIGNMENTS_LAST) return assignment(analysis, node, activation);
  const left = analysis.evaluate(node.left, activation);
  const right = analysis.evaluate(node.right, activation);
  if (kind === ts.SyntaxKind.CommaToken) return right;
  if (kind === ts.SyntaxKind.PlusToken) for (const one of [left, right]) convert(analysis, one, node, activation);
  const isChoice = [
    ts.SyntaxKind.QuestionQuestionToken,
    ts.SyntaxKind.BarBarToken,
    ts.SyntaxKind.AmpersandAmpersandToken,
  ].includes(kind);
  return isChoice ? union(left, right) : NOTHING;
}

const CHOOSING = [
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
];

function assignment(analysis: Analysis, node: ts.BinaryExpression, activation: Activation): Value {
  const { kind } = node.operatorToken;
  const right = analysis.evaluate(node.right, activation);
  const keeps = kind === ts.SyntaxKind.EqualsToken || CHOOSING.includes(kind);
  const value = keeps ? right : NOTHING;
  assign(analysis, node.left, value, activation);
  return CHOOSING.includes(kind) ? union(analysis.evaluate(node.left, activation), right) : value;
}

function unary(
  analysis: Analysis,
  node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
  activation: Activation,
): Value {
  const isCount = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
  analysis.evaluate(node.operand, activation);
  if (isCount) assign(analysis, node.operand, NOTHING, activation);
  return NOTHING;
}

function deletion(analysis: Analysis, node: ts.DeleteExpression, activation: Activation): Value {
  const target = bare(node.expression);
  if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target)) return NOTHING;
  const object = analysis.evaluate(target.expression, activation);
  change(analysis, target.expression, object, { at: node, what: textOf(node), activation });
  return NOTHING;
}

function conditional(analysis: Analysis, node: ts.ConditionalExpression, activation: Activation): Value {
  analysis.evaluate(node.condition, activation);
  return union(analysis.evaluate(node.whenTrue, activation), analysis.evaluate(node.whenFalse, activation));
}

function returning(analysis: Analysis, node: ts.ReturnStatement, activation: Activation): Value {
  if (node.expression !== undefined)
    activation.returned = union(activation.returned, analysis.evaluate(node.expression, activation));
  return NOTHING;
}

/** What is yielded leaves at once, while the generator goes on. */
function yielding(analysis: Analysis, node: ts.YieldExpression, activation: Activation): Value {
  if (node.expression === undefined) return NOTHING;
  const value = analysis.evaluate(node.expression, activation);
  activation.returned = union(activation.returned, node.asteriskToken === undefined ? holding(value) : value);
  if (activation.time === 'step') noteEmitted(analysis, node.expression, activation);
  return NOTHING;
}

function awaiting(analysis: Analysis, node: ts.AwaitExpression, activation: Activation): Value {
  report(activation, 'async', node, 'await');
  return analysis.evaluate(node.expression, activation);
}

function forOf(analysis: Analysis, node: ts.ForOfStatement, activation: Activation): Value {
  if (node.awaitModifier !== undefined) report(activation, 'async', node.awaitModifier, 'for await');
  const iterable = analysis.evaluate(node.expression, activation);
  const elements = elementsOf(analysis, iterable, node.expression, activation);
  const element = isMap(analysis, node.expression) ? holding(elements) : elements;
  enterLoop(analysis, node, element, activation);
  return NOTHING;
}

function isMap(analysis: Analysis, node: ts.Expression): boolean {
  return /^(Readonly)?Map$/.test(analysis.sources.checker.getTypeAtLocation(node).symbol?.name ?? '');
}

function forIn(analysis: Analysis, node: ts.ForInStatement, activation: Activation): Value {
  report(activation, 'order', node, 'for … in');
  analysis.evaluate(node.expression, activation);
  enterLoop(analysis, node, NOTHING, activation);
  return NOTHING;
}

function enterLoop(analysis: Analysis, node: ts.ForInOrOfStatement, element: Value, activation: Activation): void {
  const { initializer } = node;
  if (!ts.isVariableDeclarationList(initializer)) assign(analysis, initializer, element, activation);
  else for (const { name } of initializer.declarations) bind(analysis, name, element, activation);
  analysis.evaluate(node.statement, activation);
}

function declaration(analysis: Analysis, node: ts.VariableDeclaration, activation: Activation): Value {
  bindDeclaration(analysis, node, activation);
  return NOTHING;
}

function typeOf(analysis: Analysis, node: ts.TypeOfExpression, activation: Activation): Value {
  if (!ts.isIdentifier(node.expression)) analysis.evaluate(node.expression, activation);
  return NOTHING;
}

function template(analysis: Analysis, node: ts.TemplateExpression, activation: Activation): Value {
  for (const { expression } of node.templateSpans)
    convert(analysis, analysis.evaluate(expression, activation), expression, activation);
  return NOTHING;
}

function taggedTemplate(analysis: Analysis, node: ts.TaggedTemplateExpression, activation: Activation): Value {
  const target = analysis.evaluate(node.tag, activation);
  analysis.evaluate(node.template, activation);
  for (const code of target.code)
    analysis.invoke({ code, parameters: [], self: code.self, at: node, from: activation });
  if (target.code.length === 0 && target.library === null)
    reportNotFollowed(activation, node.tag, `nothing is known of the tag ${textOf(node.tag)}`);
  return NOTHING;
}

function classValue(_: Analysis, node: ts.ClassLikeDeclaration, activation: Activation): Value {
  return madeOf({ classes: [{ node, activation }] });
}

function readerTable(): ReadonlyMap<ts.SyntaxKind, Reader<never>> {
  const { SyntaxKind: kinds } = ts;
  const table: readonly (readonly [ts.SyntaxKind, Reader<never>])[] = [
    [kinds.Identifier, readIdentifier],
    [kinds.PropertyAccessExpression, readProperty],
    [kinds.ElementAccessExpression, readElement],
    [kinds.ThisKeyword, (_: Analysis, __: never, activation: Activation) => readThis(activation)],
    [kinds.SuperKeyword, (_: Analysis, __: never, activation: Activation) => readThis(activation)],
    [kinds.MetaProperty, (_: Analysis, node: ts.MetaProperty, activation: Activation) => readMeta(node, activation)],
    [kinds.CallExpression, call],
    [kinds.NewExpression, make],
    [kinds.TemplateExpression, template],
    [kinds.TaggedTemplateExpression, taggedTemplate],
    [kinds.BinaryExpression, binary],
    [kinds.PrefixUnaryExpression, unary],
    [kinds.PostfixUnaryExpression, unary],
    [kinds.DeleteExpression, deletion],
    [kinds.ConditionalExpression, conditional],
    [kinds.ObjectLiteralExpression, objectLiteral],
    [kinds.ArrayLiteralExpression, arrayLiteral],
    [kinds.SpreadElement, transparent],
    [kinds.ParenthesizedExpression, transparent],
    [kinds.AsExpression, transparent],
    [kinds.SatisfiesExpression, transparent],
    [kinds.NonNullExpression, transparent],
    [kinds.TypeAssertionExpression, transparent],
    [kinds.ExpressionWithTypeArguments, transparent],
    [kinds.ArrowFunction, functionValue],
    [kinds.FunctionExpression, functionValue],
    [kinds.ClassExpression, classValue],
    [kinds.TypeOfExpression, typeOf],
    [kinds.YieldExpression, yielding],
    [kinds.AwaitExpression, awaiting],
    [kinds.ReturnStatement, returning],
    [kinds.ForOfStatement, forOf],
    [kinds.ForInStatement, forIn],
    [kinds.VariableDeclaration, declaration],
    ...[kinds.FunctionDeclaration, kinds.ClassDeclaration, kinds.InterfaceDeclaration, kinds.TypeAliasDeclaration].map(
      (kind) => [kind, nothing] as const,
    ),
    ...[kinds.ImportDeclaration, kinds.ExportDeclaration, kinds.EnumDeclaration, kinds.ModuleDeclaration].map(
      (kind) => [kind, nothing] as const,
    ),
    ...[kinds.BreakStatement, kinds.ContinueStatement].map((kind) => [kind, nothing] as const),
  ];
  return new Map(table);
}

const readers = readerTable();
