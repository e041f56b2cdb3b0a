// Language and time zone: a call of the language is fine if it names both where it would ask the machine.
import { ts } from 'ts-morph';
import type { Analysis } from './analysis.ts';
import { report } from './analysis.ts';
import type { LibraryMember } from './library-names.ts';
import type { Activation } from './model.ts';

const LOCALE_FIRST = [
  'toLocaleString',
  'toLocaleDateString',
  'toLocaleTimeString',
  'toLocaleUpperCase',
  'toLocaleLowerCase',
];

export function checkLocale(
  analysis: Analysis,
  node: ts.CallExpression,
  member: LibraryMember,
  activation: Activation,
): void {
  const isComparison = member.member === 'localeCompare';
  if (!isComparison && !LOCALE_FIRST.includes(member.member)) return;
  const isFixed = isNamed(analysis, node.arguments[isComparison ? 1 : 0]);
  if (isFixed && (member.container !== 'Date' || namesTimeZone(node.arguments[1]))) return;
  const callee = node.expression;
  const what = `${member.container}.${member.member}`;
  report(activation, 'locale', ts.isPropertyAccessExpression(callee) ? callee.name : callee, what);
}

/** `Intl.NumberFormat('de')`: with a locale, and with a time zone where one is used. */
export function hasFixedLocale(
  analysis: Analysis,
  node: ts.NewExpression | ts.CallExpression,
  library: string,
): boolean {
  if (!isNamed(analysis, node.arguments?.[0])) return false;
  return library !== 'Intl.DateTimeFormat' || namesTimeZone(node.arguments?.[1]);
}

function isNamed(analysis: Analysis, locale: ts.Expression | undefined): boolean {
  if (locale === undefined) return false;
  const type = analysis.sources.checker.getTypeAtLocation(locale);
  return (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Any)) === 0;
}

function namesTimeZone(options: ts.Expression | undefined): boolean {
  return (
    options !== undefined &&
    (!ts.isObjectLiteralExpression(options) || options.properties.some((one) => one.name?.getText() === 'timeZone'))
  );
}
