// What all parts of the analysis share: the functions that call each other in a circle, and the notes of what was found.
import { ts } from 'ts-morph';
import type { Activation, Code, Finding, Frame, Time, Value } from './model.ts';
import type { Sources } from './project.ts';
import { describeRule } from './rules.ts';
import type { Rule } from './rules.ts';
import { NOTHING } from './values.ts';

/** One call of code of the user. */
export interface Invocation {
  readonly code: Code;
  readonly parameters: readonly Value[];
  readonly self: Value | null;
  /** The expression that calls. */
  readonly at: ts.Node;
  readonly from: Activation;
}

/** A function that was handed to Millrace. */
export interface Root {
  readonly label: string;
  readonly code: Code;
  /** By position; what is not there is free to be changed. */
  readonly parameters: readonly Value[];
  readonly from: Activation;
}

export interface Analysis {
  readonly sources: Sources;
  readonly roots: Root[];
  /** Found in what is handed to Millrace itself, such as options. */
  readonly definitions: Finding[];
  evaluate(node: ts.Node, activation: Activation): Value;
  invoke(invocation: Invocation): Value;
  /** The value of an instance after its constructor ran. */
  construct(invocation: Invocation): Value;
  moduleOf(file: ts.SourceFile): Activation;
  /** Whether a comment says that what a variable holds from step to step is no state. */
  isExcused(declaration: ts.Node): boolean;
  /** Adds what was found while a variable of a module got its value to what reads it. */
  inherit(symbol: ts.Symbol, at: ts.Node, activation: Activation): void;
}

let activationsMade = 0;

export function createActivation(
  node: ts.Node,
  time: Time,
  parent: Activation | null,
  parameters: readonly Value[] = [],
  self: Value = NOTHING,
): Activation {
  activationsMade += 1;
  const findings = new Map<string, Finding>();
  const id = activationsMade;
  return {
    id,
    time,
    node,
    parent,
    variables: new Map(),
    self,
    returned: NOTHING,
    parameters,
    findings,
    touches: [],
    grown: false,
  };
}

/** Notes that a rule is broken here. */
export function report(activation: Activation, rule: Rule, node: ts.Node, what: string): void {
  addFinding(activation, { rule, ...placeOf(node), text: describeRule(rule, what), chain: [] });
}

/** Notes that what is called here cannot be known. */
export function reportNotFollowed(activation: Activation, node: ts.Node, text: string): void {
  addFinding(activation, { rule: null, ...placeOf(node), text, chain: [] });
}

/** Of two findings of one rule at one place, the one with the shorter way stays. */
export function addFinding(to: { findings: Map<string, Finding> }, finding: Finding): void {
  const key = `${finding.file}:${finding.line}:${finding.column}:${finding.rule}`;
  const known = to.findings.get(key);
  if (known === undefined || known.chain.length > finding.chain.length) to.findings.set(key, finding);
}

/** Adds the findings of something that was entered, with the way there. */
export function addAll(activation: Activation, findings: Iterable<Finding>, frame: Frame): void {
  for (const finding of findings) addFinding(activation, { ...finding, chain: [frame, ...finding.chain] });
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function placeOf(node: ts.Node): Place {
  const file = node.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return { file: file.fileName, line: line + 1, column: character + 1 };
}

export function frameAt(name: string, node: ts.Node): Frame {
  const { file, line } = placeOf(node);
  return { name, file, line };
}

const SHOWN_CHARACTERS_MAX = 40;

/** The source text of an expression, in one short line. */
export function textOf(node: ts.Node): string {
  const text = node.getText().replaceAll(/\s+/g, ' ');
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

/** The name that a function or class goes by. */
export function nameOfCode(node: ts.Node): string {
  const named = node as ts.Node & { readonly name?: ts.Node };
  if (ts.isConstructorDeclaration(node)) return `new ${nameOfCode(node.parent)}`;
  if (named.name !== undefined) return named.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent))
    return parent.name.getText();
  return 'a function';
}

export type FunctionWithBody = ts.SignatureDeclaration & { readonly body: ts.Node };

export function hasBody(node: ts.Node): node is FunctionWithBody {
  return ts.isFunctionLike(node) && (node as { readonly body?: ts.Node }).body !== undefined;
}

/** The function or file that a declaration is a part of. */
export function containerOf(node: ts.Node): ts.Node {
  let at = node.parent;
  while (!ts.isSourceFile(at) && !hasBody(at)) at = at.parent;
  return at;
}

/** The activation of a container, as seen from another one. */
export function ownerOf(analysis: Analysis, container: ts.Node, from: Activation): Activation | null {
  if (ts.isSourceFile(container)) return analysis.moduleOf(container);
  for (let at: Activation | null = from; at !== null; at = at.parent) if (at.node === container) return at;
  return null;
}

/** The symbol behind a name, through imports. */
export function symbolAt(analysis: Analysis, node: ts.Node): ts.Symbol | undefined {
  const { checker } = analysis.sources;
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? (checker.getShorthandAssignmentValueSymbol(node.parent) ?? checker.getSymbolAtLocation(node))
    : checker.getSymbolAtLocation(node);
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0 ? aliased(checker, symbol) : symbol;
}

function aliased(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  const target = checker.getAliasedSymbol(symbol);
  return target.declarations === undefined ? symbol : target; // an import that cannot be resolved stays itself
}

export function isPrimitive(analysis: Analysis, node: ts.Node): boolean {
  return isPrimitiveType(analysis.sources.checker.getTypeAtLocation(node));
}

const PRIMITIVE =
  ts.TypeFlags.StringLike |
  ts.TypeFlags.NumberLike |
  ts.TypeFlags.BigIntLike |
  ts.TypeFlags.BooleanLike |
  ts.TypeFlags.ESSymbolLike |
  ts.TypeFlags.Undefined |
  ts.TypeFlags.Null |
  ts.TypeFlags.Void |
  ts.TypeFlags.Never;

export function isPrimitiveType(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.every(isPrimitiveType);
  if (type.isIntersection()) return type.types.some(isPrimitiveType); // a branded string
  return (type.flags & PRIMITIVE) !== 0;
}

/** Some of it is certainly an object. */
export function isObjectType(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some(isObjectType);
  return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.NonPrimitive)) !== 0;
}
