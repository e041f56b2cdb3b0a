// What the entry points export, with what their doc comments say. Reads sources with ts-morph; no code of them runs.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Node, Project } from 'ts-morph';
import type { ExportedDeclarations, JSDoc, JSDocableNode, TypeAliasDeclaration } from 'ts-morph';
import { packageFolder, readEntryPoints } from '../../src/layout.ts';

/** A doc comment. */
export interface Comment {
  /** Without its tags; empty if there is none. */
  readonly text: string;
  readonly unit: string | null;
  readonly default: string | null;
  /** Parameter and what is said of it. */
  readonly parameters: readonly (readonly [name: string, about: string])[];
  /** Code of the examples, without fences. */
  readonly examples: readonly string[];
}

export interface ApiMember {
  readonly name: string;
  /** As it is declared, in one line. */
  readonly signature: string;
  readonly isOptional: boolean;
  readonly comment: Comment;
}

export interface ApiName {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'type' | 'constant';
  /** How it is declared; of a type with members without these. */
  readonly signature: string;
  readonly comment: Comment;
  readonly members: readonly ApiMember[];
  /** From the root of the sources. */
  readonly file: string;
}

export interface EntryPoint {
  /** `millrace/sim`. */
  readonly name: string;
  readonly names: readonly ApiName[];
}

/** All entry points in the order of package.json; a name that an earlier one exports too is told there alone. */
export function readApi(): readonly EntryPoint[] {
  const project = new Project({
    tsConfigFilePath: `${packageFolder}/tsconfig.json`,
    skipAddingFilesFromTsConfig: true,
  });
  const told = new Set<Node>();
  return [...readEntryPoints()].map(([name, path]) => {
    const file = project.addSourceFileAtPath(path);
    const names = [...file.getExportedDeclarations()].flatMap(([exported, [declaration]]) => {
      if (declaration === undefined || told.has(declaration)) return [];
      told.add(declaration);
      return [readName(exported, declaration), ...readFields(declaration, told)];
    });
    return { name, names };
  });
}

/** Types that are not exported but stand in a field of an exported one belong to it: `Scenario` has a `RealRun`. */
function readFields(declaration: ExportedDeclarations, told: Set<Node>): ApiName[] {
  if (!Node.isInterfaceDeclaration(declaration) || declaration.getName() !== 'Scenario') return [];
  const beside = declaration.getSourceFile().getInterfaces();
  const used = beside.filter((one) => declaration.getText().includes(one.getName()) && one.getName() !== 'Topic');
  return used.flatMap((one) => {
    if (one === declaration || told.has(one)) return [];
    told.add(one);
    return [readName(one.getName(), one)];
  });
}

function readName(name: string, declaration: ExportedDeclarations): ApiName {
  return {
    name,
    kind: kindOf(declaration),
    signature: signatureOf(declaration),
    comment: readComment(commented(declaration)),
    members: membersOf(declaration),
    file: relative(packageFolder, declaration.getSourceFile().getFilePath()).replaceAll('\\', '/'),
  };
}

function kindOf(declaration: ExportedDeclarations): ApiName['kind'] {
  if (Node.isFunctionDeclaration(declaration)) return 'function';
  if (Node.isClassDeclaration(declaration)) return 'class';
  return Node.isVariableDeclaration(declaration) ? 'constant' : 'type';
}

function commented(declaration: Node): JSDocableNode | null {
  const node = Node.isVariableDeclaration(declaration) ? declaration.getVariableStatement() : declaration;
  return Node.isJSDocable(node) ? node : null;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

function withoutComments(node: Node): string {
  return oneLine(
    node
      .getText()
      .replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
      .replaceAll(/ \/\/ .*/g, ''),
  );
}

function signatureOf(declaration: ExportedDeclarations): string {
  const text = withoutComments(declaration).replace(/^export /, '');
  if (Node.isVariableDeclaration(declaration))
    return `const ${text.split(' = ')[0]}: ${declaration.getType().getText(declaration)}`.replace(
      /(: [^:]+): .*/,
      '$1',
    );
  if (Node.isFunctionDeclaration(declaration)) return headOf(text, declaration.getBody());
  if (Node.isTypeAliasDeclaration(declaration)) return /= \(typeof /.test(text) ? unionOf(declaration) : text;
  return text.slice(0, text.indexOf(' {'));
}

/** `type A = (typeof table)[number]`, with the names that stand in the table. */
function unionOf(declaration: TypeAliasDeclaration): string {
  const names = declaration
    .getType()
    .getUnionTypes()
    .map((type) => type.getText());
  return `type ${declaration.getName()} = ${names.join(' | ')}`;
}

/** Each kind of fault with what it does: the comment beside it in its list. */
export function readFaultKinds(): readonly (readonly [kind: string, about: string])[] {
  const text = readFileSync(join(packageFolder, 'src', 'scenario', 'fault-kinds.ts'), 'utf8');
  return [...text.matchAll(/\/\*\* (.+) \*\/\n\s+'([\w-]+)',/g)].map(([, about = '', kind = '']) => [kind, about]);
}

/** A function up to its body. */
function headOf(text: string, body: Node | undefined): string {
  const length = body === undefined ? 0 : withoutComments(body).length;
  return text.slice(0, text.length - length).trim();
}

function membersOf(declaration: ExportedDeclarations): ApiMember[] {
  if (Node.isInterfaceDeclaration(declaration)) return declaration.getMembers().flatMap(readMember);
  if (!Node.isClassDeclaration(declaration)) return [];
  return declaration
    .getMembers()
    .flatMap((member) => (Node.isConstructorDeclaration(member) ? [] : signaturesOf(member)))
    .flatMap(readMember);
}

/** A method that can be called in several ways is told once for each. */
function signaturesOf(member: Node): readonly Node[] {
  const overloads = Node.isMethodDeclaration(member) ? member.getOverloads() : [];
  return overloads.length > 0 ? overloads : [member];
}

function readMember(member: Node): ApiMember[] {
  if (!Node.hasName(member) || member.getName().startsWith('#')) return [];
  const body = Node.isBodied(member) || Node.isBodyable(member) ? member.getBody() : undefined;
  return [
    {
      name: member.getName(),
      signature: headOf(withoutComments(member), body).replace(/;$/, ''),
      isOptional: Node.isQuestionTokenable(member) && member.hasQuestionToken(),
      comment: readComment(Node.isJSDocable(member) ? member : null),
    },
  ];
}

function readComment(node: JSDocableNode | null): Comment {
  const doc = node?.getJsDocs().at(-1);
  const tagged = (name: string): string[] => (doc === undefined ? [] : textsOf(doc, name));
  return {
    text: oneLine(doc?.getDescription() ?? ''),
    unit: tagged('unit')[0] ?? null,
    default: tagged('default')[0] ?? null,
    parameters: tagged('param').map((text) => split(text)),
    examples: tagged('example').map((text) => text.replace(/^```ts\n/, '').replace(/\n```$/, '')),
  };
}

/** `name what it is` */
function split(text: string): readonly [string, string] {
  const [name = '', ...words] = oneLine(text).split(' ');
  return [name, words.join(' ')];
}

/** Texts of the tags of a name, with their lines as they are. */
function textsOf(doc: JSDoc, name: string): string[] {
  const lines = doc
    .getText()
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''));
  const tags: { name: string; lines: string[] }[] = [];
  for (const line of lines) {
    const found = /^@(\w+) ?(.*)$/.exec(line);
    if (found !== null) tags.push({ name: found[1] ?? '', lines: [found[2] ?? ''] });
    else tags.at(-1)?.lines.push(line);
  }
  return tags.filter((tag) => tag.name === name).map((tag) => tag.lines.join('\n').trim());
}
