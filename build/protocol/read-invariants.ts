// What always holds, as the assertions of each machine say it.
import { Node, SyntaxKind } from 'ts-morph';
import type { CallExpression, SourceFile } from 'ts-morph';
import { calleeOf, commentOf, functionAround, oneLine } from './sources.ts';
import type { Sources } from './sources.ts';

export interface Invariant {
  /** `I6`, `T1`; several if it is a part of several; '' if it has none. */
  readonly number: string;
  /** What is said when it does not hold, with … for what it is about. */
  readonly text: string;
  /** What must hold. */
  readonly condition: string;
}

export interface InvariantGroup {
  readonly role: string;
  /** Of the function that checks them. */
  readonly about: string;
  readonly invariants: readonly Invariant[];
}

const FILES = [
  { role: 'JobManager', end: 'jobmanager/invariants.ts' },
  { role: 'JobManager', end: 'jobmanager/savepoint-invariants.ts' },
  { role: 'TaskManager', end: 'taskmanager/invariants.ts' },
  { role: 'task', end: 'task/invariants.ts' },
  { role: 'client', end: 'client/invariants.ts' },
] as const;

export function readInvariants({ files }: Sources): readonly InvariantGroup[] {
  return FILES.flatMap(({ role, end }) =>
    files.filter((file) => file.getFilePath().endsWith(`/${end}`)).flatMap((file) => groupsIn(role, file)),
  );
}

function groupsIn(role: string, file: SourceFile): readonly InvariantGroup[] {
  return file.getFunctions().flatMap((checks) => {
    const calls = checks.getDescendantsOfKind(SyntaxKind.CallExpression).filter((call) => calleeOf(call) === 'assert');
    const invariants = calls.filter((call) => functionAround(call) === checks).map(invariantOf);
    return invariants.length === 0 ? [] : [{ role, about: commentOf(checks), invariants }];
  });
}

function invariantOf(call: CallExpression): Invariant {
  const [condition, message] = call.getArguments();
  const said = message === undefined ? '' : textOf(message);
  const number = [...said.matchAll(/\b[IT]\d+\b/g)].map(([found]) => found).join(', ');
  return {
    number,
    text: oneLine(said.replace(/ \((?:[IT]\d+(?:, )?)+\)/, '').replace(/^task …: /, '')),
    condition: oneLine(condition?.getText() ?? ''),
  };
}

/** A sentence, also one that is made when it is needed. */
function textOf(message: Node): string {
  const said = Node.isArrowFunction(message) ? message.getBody() : message;
  if (Node.isStringLiteral(said) || Node.isNoSubstitutionTemplateLiteral(said)) return said.getLiteralValue();
  if (!Node.isTemplateExpression(said)) return said.getText();
  return (
    said.getHead().getLiteralText() +
    said
      .getTemplateSpans()
      .map((span) => `…${span.getLiteral().getLiteralText()}`)
      .join('')
  );
}
