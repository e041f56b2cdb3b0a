// From a file to its findings: the module is run, what is handed to Millrace becomes user functions, and each of them is run as a step.
import { ts } from 'ts-morph';
import { addFinding, createActivation, frameAt, hasBody, placeOf } from './analysis.ts';
import type { Analysis, Root } from './analysis.ts';
import { evaluate } from './expressions.ts';
import { createInvoker, readCode } from './invoke.ts';
import type { Invoker } from './invoke.ts';
import type { Activation, Finding, Frame, Value } from './model.ts';
import { createModules } from './modules.ts';
import { sourcesFrom } from './project.ts';
import type { Sources } from './project.ts';
import { addRoots, isMachine } from './roots.ts';
import { createSuppressions } from './suppressions.ts';
import type { Suppressions } from './suppressions.ts';
import { NOTHING } from './values.ts';

export interface LintResult {
  /** In order of file and line. */
  readonly findings: readonly Finding[];
  readonly notFollowed: readonly Finding[];
  /** Findings that a comment took back. */
  readonly suppressed: number;
  /** User functions, by what they are for. */
  readonly functions: readonly Frame[];
  /** Files in which code was entered. */
  readonly files: number;
}

/** Analyses what a file hands to Millrace. `path` is one of those that the program was loaded for. */
export function lintFile(program: ts.Program, path: string): LintResult {
  const sources = sourcesFrom(program, path);
  const file = sources.fileAt(path);
  if (file === undefined) throw new Error(`${path} was not loaded`);
  const invoker = createInvoker();
  const suppressions = createSuppressions();
  const analysis = createAnalysis(sources, invoker, suppressions);
  findRoots(analysis, invoker, file);
  const found: { findings: Map<string, Finding> } = { findings: new Map() };
  for (const finding of analysis.definitions) addFinding(found, finding);
  for (const root of analysis.roots) for (const finding of runRoot(analysis, root)) addFinding(found, finding);
  const entered = [...invoker.entered.keys(), ...analysis.roots.map(({ code }) => code.node)];
  const files = [...new Set([file, ...entered.map((node) => node.getSourceFile())])];
  const all = [...found.findings.values()];
  const { findings, suppressed } = suppressions.apply(
    all.filter(({ rule }) => rule !== null),
    files,
    judging(file, entered),
  );
  return {
    findings: inOrder(findings),
    notFollowed: inOrder(all.filter(({ rule }) => rule === null)),
    suppressed,
    functions: analysis.roots.map(({ label, code }) => frameAt(label, code.node)),
    files: files.length,
  };
}

/** Lines that were analysed: all of the file itself, and of others the functions that were entered. */
function judging(
  file: ts.SourceFile,
  entered: readonly ts.Node[],
): (place: { readonly file: string; readonly line: number }) => boolean {
  const extents = entered.map((node) => extentOf(node));
  return (place) =>
    place.file === file.fileName ||
    extents.some((one) => one.file === place.file && one.from <= place.line && place.line <= one.to);
}

function createAnalysis(sources: Sources, invoker: Invoker, suppressions: Suppressions): Analysis {
  const modules = createModules();
  const analysis: Analysis = {
    sources,
    roots: [],
    definitions: [],
    isExcused: (declaration) => suppressions.isExcused(declaration),
    evaluate: (node, activation) => evaluate(analysis, node, activation),
    invoke: (invocation) => invoker.enter(analysis, invocation).returned,
    construct: (invocation) => invoker.enter(analysis, invocation).self,
    moduleOf: (file) => modules.moduleOf(analysis, file),
    inherit: (symbol, at, activation) => modules.inherit(symbol, at, activation),
  };
  return analysis;
}

/** Runs the module, then the functions of it that nobody called: what they define counts as well. */
function findRoots(analysis: Analysis, invoker: Invoker, file: ts.SourceFile): void {
  const module = analysis.moduleOf(file);
  for (const value of module.variables.values()) addMachine(analysis, value, module);
  for (const node of exportedFunctions(file)) {
    if (invoker.entered.has(node)) continue;
    const at = createActivation(file, 'load', null);
    const code = { node, activation: module, self: null };
    addMachine(analysis, analysis.invoke({ code, parameters: [], self: null, at: node, from: at }), module);
  }
}

function addMachine(analysis: Analysis, value: Value, module: Activation): void {
  if (isMachine(value)) addRoots(analysis, value, { api: '', label: 'machine' }, module);
}

function exportedFunctions(file: ts.SourceFile): readonly ts.SignatureDeclaration[] {
  return file.statements.filter((one) => isExported(one)).flatMap((one) => functionsOf(one));
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  return ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function functionsOf(statement: ts.Statement): readonly ts.SignatureDeclaration[] {
  if (ts.isFunctionDeclaration(statement)) return hasBody(statement) ? [statement] : [];
  if (!ts.isVariableStatement(statement)) return [];
  const initializers = statement.declarationList.declarations.map(({ initializer }) => initializer);
  return initializers.filter(
    (one): one is ts.ArrowFunction | ts.FunctionExpression => one !== undefined && hasBody(one),
  );
}

/** A user function as a step: with nobody around it who could keep anything. */
function runRoot(analysis: Analysis, { label, code, parameters }: Root): readonly Finding[] {
  const step = createActivation(code.node, 'step', code.activation);
  const { findings } = readCode(analysis, { code, parameters, self: code.self ?? NOTHING, at: code.node, from: step });
  const frame = frameAt(label, code.node);
  return findings.map((finding) => ({ ...finding, chain: [frame, ...finding.chain] }));
}

function extentOf(node: ts.Node): { readonly file: string; readonly from: number; readonly to: number } {
  const file = node.getSourceFile();
  return { file: file.fileName, from: placeOf(node).line, to: file.getLineAndCharacterOfPosition(node.end).line + 1 };
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
