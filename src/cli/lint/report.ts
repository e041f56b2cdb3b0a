// How findings are shown: as text, and as one JSON object.
import { shownPath } from '../files.ts';
import { count, wrapText } from '../terminal.ts';
import type { LintResult } from './lint.ts';
import type { Finding, Frame } from './model.ts';

/** Findings with their ways, then what is not followed, then one line of figures. */
export function describeResult(result: LintResult, seconds: number): string {
  const findings = result.findings.map((one) => describeFinding(one));
  const notFollowed = result.notFollowed.map((one) => describeFinding(one));
  const parts = [...findings, ...(notFollowed.length === 0 ? [] : ['not followed:', ...notFollowed])];
  return [...parts, summaryOf(result, seconds)].join('\n');
}

function describeFinding({ rule, file, line, column, text, chain }: Finding): string {
  const place = `${shownPath(file)}:${line}:${column}:`;
  const head = wrapText('', `${place} ${rule === null ? '' : `${rule}: `}${text}`);
  return [head, ...chain.map((frame, depth) => `    ${depth === 0 ? 'in' : 'by'} ${describeFrame(frame)}`)].join('\n');
}

function describeFrame({ name, file, line }: Frame): string {
  return `${name}, ${shownPath(file)}:${line}`;
}

function summaryOf({ findings, notFollowed, suppressed, functions, files }: LintResult, seconds: number): string {
  const parts = [
    findings.length === 0 ? 'nothing found' : count(findings.length, 'finding'),
    notFollowed.length === 0 ? 'every call followed' : `${count(notFollowed.length, 'call')} not followed`,
    ...(suppressed === 0 ? [] : [`${suppressed} suppressed`]),
  ];
  return `${parts.join(', ')}: ${count(functions.length, 'user function')}, code of ${count(files, 'file')}, ${seconds.toFixed(1)} s`;
}

/** The same as data; `seconds` is wall time. */
export function jsonOfResult(result: LintResult, seconds: number): string {
  const { findings, notFollowed, suppressed, functions, files } = result;
  return JSON.stringify({
    findings: findings.map((one) => jsonOfFinding(one)),
    notFollowed: notFollowed.map((one) => jsonOfFinding(one)),
    suppressed,
    userFunctions: functions.map((one) => jsonOfFrame(one)),
    files,
    seconds: Number(seconds.toFixed(3)),
  });
}

function jsonOfFinding({ rule, file, line, column, text, chain }: Finding): object {
  const place = { file: shownPath(file), line, column };
  return { ...(rule === null ? {} : { rule }), ...place, text, chain: chain.map((one) => jsonOfFrame(one)) };
}

function jsonOfFrame({ name, file, line }: Frame): object {
  return { name, file: shownPath(file), line };
}
