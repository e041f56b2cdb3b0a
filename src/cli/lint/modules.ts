// Modules: each runs once, before any step. What is found while a variable gets its value belongs to whoever reads that variable.
import { ts } from 'ts-morph';
import { addAll, createActivation, frameAt } from './analysis.ts';
import type { Analysis } from './analysis.ts';
import type { Activation, Finding } from './model.ts';

export interface Modules {
  moduleOf(analysis: Analysis, file: ts.SourceFile): Activation;
  inherit(symbol: ts.Symbol, at: ts.Node, activation: Activation): void;
}

export function createModules(): Modules {
  const modules = new Map<ts.SourceFile, Activation>();
  const found = new Map<ts.Symbol, readonly Finding[]>();
  return {
    moduleOf(analysis, file) {
      const known = modules.get(file);
      if (known !== undefined) return known;
      const module = createActivation(file, 'load', null);
      modules.set(file, module);
      for (const statement of file.statements) runStatement(analysis, statement, module, found);
      return module;
    },
    inherit(symbol, at, activation) {
      addAll(activation, found.get(symbol) ?? [], frameAt(symbol.name, at));
    },
  };
}

function runStatement(
  analysis: Analysis,
  statement: ts.Statement,
  module: Activation,
  found: Map<ts.Symbol, readonly Finding[]>,
): void {
  if (!ts.isVariableStatement(statement)) {
    const findings = collect(module, () => void analysis.evaluate(statement, module));
    for (const symbol of namedIn(analysis, statement)) found.set(symbol, [...(found.get(symbol) ?? []), ...findings]);
    return;
  }
  for (const declaration of statement.declarationList.declarations) {
    const findings = collect(module, () => void analysis.evaluate(declaration, module));
    for (const symbol of declaredBy(analysis, declaration.name)) found.set(symbol, findings);
  }
}

function collect(module: Activation, run: () => void): readonly Finding[] {
  const usual = module.findings;
  module.findings = new Map();
  run();
  const findings = [...module.findings.values()];
  module.findings = usual;
  return findings;
}

function declaredBy(analysis: Analysis, name: ts.BindingName): readonly ts.Symbol[] {
  if (!ts.isIdentifier(name))
    return name.elements.flatMap((one) => (ts.isOmittedExpression(one) ? [] : declaredBy(analysis, one.name)));
  const symbol = analysis.sources.checker.getSymbolAtLocation(name);
  return symbol === undefined ? [] : [symbol];
}

/** The variable that a statement such as `table.set(…)` is about. */
function namedIn(analysis: Analysis, statement: ts.Statement): readonly ts.Symbol[] {
  if (!ts.isExpressionStatement(statement)) return [];
  let at: ts.Node = statement.expression;
  while (!ts.isIdentifier(at)) {
    const inner: ts.Node | undefined = ts.forEachChild(at, (child) => child);
    if (inner === undefined) return [];
    at = inner;
  }
  const symbol = analysis.sources.checker.getSymbolAtLocation(at);
  return symbol === undefined ? [] : [symbol];
}
