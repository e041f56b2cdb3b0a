// The sources of core, parsed once and with their types, and small questions to them. No code of them runs.
import { Node, Project, SyntaxKind } from 'ts-morph';
import type { CallExpression, FunctionDeclaration, JSDocableNode, SourceFile, Type } from 'ts-morph';
import { packageFolder } from '../../src/layout.ts';

/** The files of core. `root`: of a checkout, or of what a test planted. */
export interface Sources {
  readonly root: string;
  readonly files: readonly SourceFile[];
}

/** A place in the sources: a function and the file that it stands in. */
export interface Place {
  readonly name: string;
  /** From the root, with `/`. */
  readonly file: string;
}

export function readSources(root: string = packageFolder): Sources {
  const project = new Project({
    tsConfigFilePath: `${packageFolder}/tsconfig.json`,
    skipAddingFilesFromTsConfig: true,
  });
  return { root, files: project.addSourceFilesAtPaths(`${root}/src/core/**/*.ts`) };
}

export function placeOf({ root }: Sources, node: Node): Place {
  const file = node
    .getSourceFile()
    .getFilePath()
    .slice(root.length + 1);
  return { name: functionAround(node)?.getName() ?? '', file };
}

/** The function with a name that a node stands in. */
export function functionAround(node: Node): FunctionDeclaration | undefined {
  return node.getFirstAncestorByKind(SyntaxKind.FunctionDeclaration);
}

/** All calls in the sources. */
export function callsIn({ files }: Sources): readonly CallExpression[] {
  return files.flatMap((file) => file.getDescendantsOfKind(SyntaxKind.CallExpression));
}

/** The name of what is called: of `step.out.send(…)` it is `send`. */
export function calleeOf(call: CallExpression): string {
  const callee = call.getExpression();
  return Node.isPropertyAccessExpression(callee) ? callee.getName() : callee.getText();
}

/** The file that ends like this. */
export function fileNamed({ files }: Sources, end: string): SourceFile {
  const found = files.find((file) => file.getFilePath().endsWith(`/${end}`));
  if (found === undefined) throw new Error(`there is no file ${end}`);
  return found;
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** The comment above a node, in one line; '' if there is none. */
export function commentOf(node: Node): string {
  if (Node.isJSDocable(node)) return docOf(node);
  const ranges = node.getLeadingCommentRanges();
  return oneLine(
    (ranges.at(-1)?.getText() ?? '').replace(/^\/\*\*?|\*\/$|^\/\/ ?(?:-+ )?/g, '').replaceAll(/^\s*\* ?/gm, ''),
  );
}

function docOf(node: JSDocableNode): string {
  return oneLine(node.getJsDocs().at(-1)?.getDescription() ?? '');
}

/** Texts that an expression may be, as far as its type says so; null: any text. */
export function textsOf(node: Node): readonly string[] | null {
  const type = node.getType();
  const parts = partsOf(type);
  const texts = parts.flatMap(literalOf);
  return texts.length === parts.length ? texts : null;
}

/** The types of a union; a type that is none is its own only part. */
export function partsOf(type: Type): readonly Type[] {
  return type.isUnion() ? type.getUnionTypes() : [type];
}

/** The text that a literal type stands for, as a list of one; empty if it is no such type. */
export function literalOf(type: Type): readonly string[] {
  const value = type.getLiteralValue();
  return typeof value === 'string' ? [value] : [];
}

/** Whether an expression is a parameter of the function that it stands in, handed on. */
export function isParameter(node: Node): boolean {
  if (!Node.isIdentifier(node)) return false;
  return node.getDefinitionNodes().some((definition) => Node.isParameterDeclaration(definition));
}

/** A function that is called by name, as a statement or behind `return`. */
export function handlerIn(node: Node): string {
  const names = node
    .getDescendantsOfKind(SyntaxKind.Identifier)
    .map((name) => name.getText())
    .filter((name) => /^on[A-Z]/.test(name));
  return names.at(-1) ?? '';
}
