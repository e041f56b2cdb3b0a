// What left a step never changes again: finds variables that are changed after what they hold was emitted.
import { ts } from 'ts-morph';
import { report, textOf } from './analysis.ts';
import type { Activation, Touch } from './model.ts';

export function checkEmissions(activation: Activation): void {
  const { touches } = activation;
  for (const emitted of touches.filter(({ kind }) => kind === 'emitted')) {
    for (const changed of touches.filter(({ kind, symbol }) => kind === 'changed' && symbol === emitted.symbol)) {
      const replaced = touches.filter(({ kind, symbol }) => kind === 'replaced' && symbol === emitted.symbol);
      if (isAfter(emitted, changed, replaced) || isInLoop(emitted, changed, replaced))
        report(
          activation,
          'mutation',
          changed.node,
          `${textOf(changed.node)}, after ${textOf(emitted.node)} was emitted,`,
        );
    }
  }
}

function isAfter(emitted: Touch, changed: Touch, replaced: readonly Touch[]): boolean {
  if (changed.node.pos < emitted.node.end || isOnAnotherWay(emitted.node, changed.node)) return false;
  return !replaced.some(({ node }) => node.pos >= emitted.node.end && node.pos < changed.node.pos);
}

/** In the other branch, or behind a branch that does not come back. */
function isOnAnotherWay(emitted: ts.Node, changed: ts.Node): boolean {
  for (let at = emitted; !ts.isSourceFile(at) && !ts.isFunctionLike(at); at = at.parent) {
    if (contains(at, changed)) return false;
    if (
      ts.isIfStatement(at.parent) &&
      at !== at.parent.expression &&
      (contains(at.parent, changed) || leaves(at as ts.Statement))
    )
      return true;
    if (ts.isCaseClause(at) && leavesList(at.statements)) return true;
  }
  return false;
}

function leaves(statement: ts.Statement): boolean {
  return ts.isBlock(statement) ? leavesList(statement.statements) : leavesList([statement]);
}

function leavesList(statements: readonly ts.Statement[]): boolean {
  const last = statements.at(-1);
  return (
    last !== undefined &&
    (ts.isReturnStatement(last) ||
      ts.isThrowStatement(last) ||
      ts.isContinueStatement(last) ||
      ts.isBreakStatement(last))
  );
}

function endsLoop(statement: ts.Statement): boolean {
  const last = ts.isBlock(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last) || ts.isBreakStatement(last));
}

/** The loop comes round to the change, with the same object. */
function isInLoop(emitted: Touch, changed: Touch, replaced: readonly Touch[]): boolean {
  const declaration = emitted.symbol.valueDeclaration;
  for (let at = emitted.node.parent; !ts.isSourceFile(at) && !ts.isFunctionLike(at); at = at.parent) {
    if (ts.isIfStatement(at.parent) && at !== at.parent.expression && endsLoop(at as ts.Statement)) return false;
    if (!ts.isIterationStatement(at, false) || !contains(at, changed.node)) continue;
    const isMadeInside = declaration !== undefined && contains(at, declaration);
    return !isMadeInside && !replaced.some(({ node }) => contains(at, node));
  }
  return false;
}

function contains(outer: ts.Node, inner: ts.Node): boolean {
  return outer.pos <= inner.pos && inner.end <= outer.end && outer.getSourceFile() === inner.getSourceFile();
}
