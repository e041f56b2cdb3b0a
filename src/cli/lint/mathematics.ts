// `**`: exact where a whole number is raised to a whole one, as far as the text tells.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { report, symbolAt, textOf } from './analysis.ts';
import type { Activation } from './model.ts';
import { bare } from './writes.ts';

export function checkPower(analysis: Analysis, node: ts.BinaryExpression, activation: Activation): void {
  const type = analysis.sources.checker.getTypeAtLocation(node.left);
  if ((type.flags & ts.TypeFlags.BigIntLike) !== 0) return;
  if (isWhole(analysis, node.left) && !isFraction(analysis, node.right)) return;
  report(activation, 'mathematics', node, textOf(node));
}

/** Known to be whole: a literal, a constant of one, a length, or a sum, difference or product of such. */
function isWhole(analysis: Analysis, node: ts.Node): boolean {
  const plain = bare(node);
  if (ts.isNumericLiteral(plain)) return Number.isInteger(Number(plain.text));
  if (ts.isPropertyAccessExpression(plain)) return plain.name.text === 'length' || plain.name.text === 'size';
  if (ts.isPrefixUnaryExpression(plain)) return isWhole(analysis, plain.operand);
  if (ts.isBinaryExpression(plain))
    return isWholeOperator(plain.operatorToken.kind) && isWhole(analysis, plain.left) && isWhole(analysis, plain.right);
  const constant = constantOf(analysis, plain);
  return constant !== undefined && isWhole(analysis, constant);
}

function isWholeOperator(kind: ts.SyntaxKind): boolean {
  return [ts.SyntaxKind.PlusToken, ts.SyntaxKind.MinusToken, ts.SyntaxKind.AsteriskToken].includes(kind);
}

/** Known to be no whole number, or negative: a literal, a constant of one, or a quotient. */
function isFraction(analysis: Analysis, node: ts.Node): boolean {
  const plain = bare(node);
  if (ts.isNumericLiteral(plain)) return !Number.isInteger(Number(plain.text));
  if (ts.isPrefixUnaryExpression(plain)) return plain.operator === ts.SyntaxKind.MinusToken;
  if (ts.isBinaryExpression(plain))
    return (
      plain.operatorToken.kind === ts.SyntaxKind.SlashToken ||
      isFraction(analysis, plain.left) ||
      isFraction(analysis, plain.right)
    );
  const constant = constantOf(analysis, plain);
  return constant !== undefined && isFraction(analysis, constant);
}

function constantOf(analysis: Analysis, node: ts.Node): ts.Expression | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const declaration = symbolAt(analysis, node)?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  const isConst = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  return isConst ? declaration.initializer : undefined;
}
