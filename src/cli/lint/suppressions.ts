// Comments that take a finding back: `// millrace-lint-ignore RULE: reason`, on the line or on the line before. At the declaration of a
// variable that outlives steps, it says that the variable holds no state, and takes back everything that is found of it.
import { ts } from 'ts-morph';
import { ruleNames } from './rules.ts';
import { unknownName } from '../../core/base/options.ts';
import type { Finding } from './model.ts';

export interface Suppression {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
  readonly reason: string;
  /** The line whose findings it takes back, besides its own. */
  readonly below: number;
}

const FORM = /\/[/*]\s*millrace-lint-ignore\b[ \t]*([\w-]*)[ \t]*:?[ \t]*(.*?)\s*(?:\*\/)?\s*$/;

function readSuppressions(file: ts.SourceFile): readonly Suppression[] {
  const lines = file.text.split(/\r?\n/);
  return lines.flatMap((text, index) => {
    const found = FORM.exec(text);
    if (found === null || isInText(file, index, found.index)) return [];
    const [, rule = '', reason = ''] = found;
    return [
      { file: file.fileName, line: index + 1, column: found.index + 1, rule, reason, below: lineBelow(lines, index) },
    ];
  });
}

/** Part of a string or template is no comment. */
function isInText(file: ts.SourceFile, line: number, column: number): boolean {
  const position = file.getPositionOfLineAndCharacter(line, column);
  let inside = false;
  const visit = (node: ts.Node): void => {
    if (node.getStart(file) > position || node.end <= position) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      inside = true;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return inside;
}

/** The next line that holds code. */
function lineBelow(lines: readonly string[], index: number): number {
  const next = lines.findIndex((text, at) => at > index && !/^\s*(\/\/.*)?$/.test(text));
  return next < 0 ? index + 1 : next + 1;
}

export interface Suppressed {
  readonly findings: readonly Finding[];
  /** How many were taken back. */
  readonly suppressed: number;
}

export interface Suppressions {
  /** Whether a comment at a declaration says that what outlives steps there is no state. */
  isExcused(declaration: ts.Node): boolean;
  /** Takes back what comments name, and adds a finding for each comment that is wrong. `isJudged`: its line was analysed. */
  apply(
    findings: readonly Finding[],
    files: readonly ts.SourceFile[],
    isJudged: (suppression: Suppression) => boolean,
  ): Suppressed;
}

const STATES = ['module-state', 'closure-state'];

export function createSuppressions(): Suppressions {
  const used = new Set<Suppression>();
  const byFile = new Map<ts.SourceFile, readonly Suppression[]>();
  const of = (file: ts.SourceFile): readonly Suppression[] => {
    const known = byFile.get(file) ?? readSuppressions(file);
    byFile.set(file, known);
    return known;
  };
  const use = (found: Suppression | undefined): boolean => {
    if (found !== undefined) used.add(found);
    return found !== undefined;
  };
  return {
    isExcused(declaration) {
      const file = declaration.getSourceFile();
      const line = file.getLineAndCharacterOfPosition(declaration.getStart(file)).line + 1;
      return use(of(file).find((one) => STATES.includes(one.rule) && isAt(one, line) && !isWrong(one)));
    },
    apply(findings, files, isJudged) {
      const all = files.flatMap((file) => of(file));
      const left = findings.filter((finding) => !use(all.find((one) => covers(one, finding))));
      const mistakes = all
        .filter((one) => !used.has(one) && (isWrong(one) || isJudged(one)))
        .map((one) => mistakeOf(one));
      return { findings: [...left, ...mistakes], suppressed: findings.length - left.length };
    },
  };
}

function isAt({ line, below }: Suppression, at: number): boolean {
  return at === line || at === below;
}

function covers(suppression: Suppression, finding: Finding): boolean {
  if (isWrong(suppression) || finding.rule !== suppression.rule || finding.file !== suppression.file) return false;
  return isAt(suppression, finding.line);
}

function isWrong({ rule, reason }: Suppression): boolean {
  return !ruleNames.includes(rule) || reason === '';
}

function mistakeOf(suppression: Suppression): Finding {
  const { file, line, column } = suppression;
  return { rule: 'suppression', file, line, column, text: describeMistake(suppression), chain: [] };
}

function describeMistake({ rule, reason }: Suppression): string {
  const form = '// millrace-lint-ignore RULE: reason';
  if (rule === '') return `a suppression names its rule: ${form}`;
  if (!ruleNames.includes(rule))
    return `${unknownName('rule', rule, ruleNames)}: a suppression names its rule, ${form}`;
  if (reason === '') return `a suppression of ${rule} gives no reason: ${form}`;
  return `nothing of the rule ${rule} is found here: this suppression can go`;
}
