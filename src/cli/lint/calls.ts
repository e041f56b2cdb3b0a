// Calls: who is called, and what comes back. Code of the user is entered; Millrace is trusted; the language is known by name; the rest is
// listed as not followed.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { hasBody, report, reportNotFollowed, symbolAt, textOf } from './analysis.ts';
import { activationAround, instantiate } from './classes.ts';
import { elementsOf } from './implicit.ts';
import { callLibrary, isKnownLibrary, newLibrary } from './library-calls.ts';
import { isMillrace, libraryMember } from './library-names.ts';
import { mutatorsContainer } from './library-rules.ts';
import { callMillrace } from './millrace-calls.ts';
import type { Activation, Code, Finding, Value } from './model.ts';
import { packageOf } from './project.ts';
import { madeOf, NOTHING, unionOf } from './values.ts';
import { bare } from './writes.ts';

export function call(analysis: Analysis, node: ts.CallExpression, activation: Activation): Value {
  const callee = bare(node.expression);
  if (callee.kind === ts.SyntaxKind.ImportKeyword) {
    report(activation, 'io', node, 'import()');
    return NOTHING;
  }
  if (callee.kind === ts.SyntaxKind.SuperKeyword) return callSuper(analysis, node, activation);
  const target = analysis.evaluate(node.expression, activation);
  const outside = activation.time === 'load' ? new Map<string, Finding>() : null;
  const parameters = collecting(activation, outside, () => argumentsOf(analysis, node.arguments, activation));
  return callTarget(analysis, { node, callee, target, parameters, activation, outside });
}

/** Evaluates with another place for what is found. */
function collecting<T>(activation: Activation, findings: Map<string, Finding> | null, evaluate: () => T): T {
  if (findings === null) return evaluate();
  const usual = activation.findings;
  activation.findings = findings;
  try {
    return evaluate();
  } finally {
    activation.findings = usual;
  }
}

export interface Call {
  readonly node: ts.CallExpression;
  readonly callee: ts.Node;
  readonly target: Value;
  readonly parameters: readonly Value[];
  readonly activation: Activation;
  /** What was found in the arguments, where it is not yet known whose it is. */
  readonly outside: Map<string, Finding> | null;
}

export function argumentsOf(
  analysis: Analysis,
  nodes: ts.NodeArray<ts.Expression> | undefined,
  activation: Activation,
): readonly Value[] {
  return (nodes ?? []).flatMap((one) => {
    const value = analysis.evaluate(one, activation);
    if (!ts.isSpreadElement(one)) return [value];
    const element = elementsOf(analysis, value, one, activation);
    return [element, element, element];
  });
}

function callTarget(analysis: Analysis, made: Call): Value {
  const { node, callee, target, activation, outside } = made;
  const declaration = analysis.sources.checker.getResolvedSignature(node)?.declaration;
  const zone = declaration === undefined ? null : analysis.sources.zoneOf(declaration.getSourceFile());
  if (target.code.length === 0 && (zone === 'millrace' || isMillrace(target))) return callMillrace(analysis, made);
  for (const [key, finding] of outside ?? []) activation.findings.set(key, finding);
  if (target.code.length > 0) return enterAll(analysis, made);
  if (target.library !== null) return callNamed(analysis, made, target.library);
  const member = libraryMember(analysis, symbolOf(analysis, callee));
  if (member !== null) return callLibrary(analysis, made, member);
  return callDeclared(analysis, made, declaration as ts.SignatureDeclaration | undefined);
}

/** The symbol of what is called, if it has a name. */
export function symbolOf(analysis: Analysis, callee: ts.Node): ts.Symbol | undefined {
  if (ts.isPropertyAccessExpression(callee)) return symbolAt(analysis, callee.name);
  if (ts.isElementAccessExpression(callee) && ts.isStringLiteralLike(callee.argumentExpression))
    return analysis.sources.checker.getTypeAtLocation(callee.expression).getProperty(callee.argumentExpression.text);
  return ts.isIdentifier(callee) ? symbolAt(analysis, callee) : undefined;
}

function enterAll(analysis: Analysis, { node, target, parameters, activation }: Call): Value {
  return unionOf(
    target.code.map((code) => analysis.invoke({ code, parameters, self: code.self, at: node, from: activation })),
  );
}

function callNamed(analysis: Analysis, made: Call, library: string): Value {
  const { activation, callee } = made;
  if (library === 'eval' || library === 'Function') {
    reportNotFollowed(activation, callee, `${library} makes code of a text`);
    return NOTHING;
  }
  const cut = library.lastIndexOf('.');
  if (!isKnownLibrary(library)) reportNotFollowed(activation, callee, `nothing is known of ${textOf(callee)}`);
  return callLibrary(analysis, made, { container: library.slice(0, Math.max(cut, 0)), member: library.slice(cut + 1) });
}

function callDeclared(analysis: Analysis, made: Call, declaration: ts.SignatureDeclaration | undefined): Value {
  const { node, callee, parameters, activation } = made;
  if (declaration === undefined) return callUntyped(analysis, made);
  const zone = analysis.sources.zoneOf(declaration.getSourceFile());
  if (zone === 'package') {
    return notFollowed(
      analysis,
      made,
      `${textOf(callee)} is code of the package ${packageOf(declaration.getSourceFile())}`,
    );
  }
  if (zone === 'library') return callLibrary(analysis, made, { container: '', member: '' });
  if (!hasBody(declaration))
    return notFollowed(analysis, made, `which function ${textOf(callee)} is depends on a value`);
  const code: Code = { node: declaration, activation: activationAround(analysis, declaration, activation), self: null };
  return analysis.invoke({ code, parameters, self: null, at: node, from: activation });
}

/** Of a receiver without a type, the name of the method tells whether it is changed. */
function callUntyped(analysis: Analysis, made: Call): Value {
  const { callee } = made;
  const text = `the type of ${textOf(callee)} says nothing of what it calls`;
  if (!ts.isPropertyAccessExpression(callee)) return notFollowed(analysis, made, text);
  const member = callee.name.text;
  const container = mutatorsContainer(member) ?? (member in Array.prototype ? 'Array' : null);
  if (container === null) return notFollowed(analysis, made, text);
  reportNotFollowed(made.activation, callee, text);
  return callLibrary(analysis, made, { container, member });
}

/** What is not followed may call every function that it is given. */
function notFollowed(analysis: Analysis, { callee, parameters, node, activation }: Call, text: string): Value {
  reportNotFollowed(activation, callee, text);
  for (const code of parameters.flatMap((one) => codeInside(one))) {
    analysis.invoke({ code, parameters: [], self: code.self, at: node, from: activation });
  }
  return NOTHING;
}

/** Code that a value is, or holds in its fields. */
export function codeInside(value: Value): readonly Code[] {
  const fields = value.fields === null ? [] : [...value.fields.values()];
  return [...value.code, ...fields.flatMap((one) => one.code)];
}

function callSuper(analysis: Analysis, node: ts.CallExpression, activation: Activation): Value {
  argumentsOf(analysis, node.arguments, activation); // the constructor of the base ran before the fields, in `construct`
  return NOTHING;
}

export function make(analysis: Analysis, node: ts.NewExpression, activation: Activation): Value {
  const target = analysis.evaluate(node.expression, activation);
  const parameters = argumentsOf(analysis, node.arguments, activation);
  const made = target.classes.map((code) => instantiate(analysis, code, { parameters, at: node, from: activation }));
  if (made.length > 0) return unionOf(made);
  if (target.library !== null) return newLibrary(analysis, { node, library: target.library, parameters, activation });
  const declaration = analysis.sources.checker.getResolvedSignature(node)?.declaration;
  const zone = declaration === undefined ? null : analysis.sources.zoneOf(declaration.getSourceFile());
  if (zone === 'millrace') return madeOf({ inside: unionOf(parameters) });
  reportNotFollowed(activation, node.expression, `nothing is known of what new ${textOf(node.expression)} makes`);
  return NOTHING;
}
