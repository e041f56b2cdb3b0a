// Rows of comma-separated values, by RFC 4180: a field in double quotes may hold delimiters, line ends and doubled quotes.
import type { Result } from '../../core/base/value.ts';
import type { RowShape } from './row-index.ts';

const QUOTE = 34;
const NEWLINE = 10;

/** A newline between quotes is part of a field. */
export const csvRows: RowShape = { endOfRow, skipsEmpty: true };

function endOfRow(piece: Buffer, from: number): number {
  let isQuoted = false;
  for (let at = from; ;) {
    const newline = piece.indexOf(NEWLINE, at);
    if (newline < 0) return -1;
    for (; at < newline; at++) if (piece[at] === QUOTE) isQuoted = !isQuoted;
    if (!isQuoted) return newline;
    at = newline + 1;
  }
}

/** The fields of one row, without the carriage return before its line end. */
export function parseCsvRow(row: string, delimiter: string): Result<readonly string[]> {
  const text = row.endsWith('\r') ? row.slice(0, -1) : row;
  if (!text.includes('"')) return { ok: true, value: text.split(delimiter) };
  const fields: string[] = [];
  for (let at = 0; ;) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at, delimiter);
    if (!field.ok) return field;
    fields.push(field.value.text);
    at = field.value.end;
    if (at === text.length) return { ok: true, value: fields };
    if (text[at] !== delimiter) return { ok: false, reason: `field ${fields.length} goes on behind its closing quote` };
    at += 1;
  }
}

interface Field {
  readonly text: string;
  /** Behind it. */
  readonly end: number;
}

function plainField(text: string, from: number, delimiter: string): Result<Field> {
  const found = text.indexOf(delimiter, from);
  const end = found < 0 ? text.length : found;
  const field = text.slice(from, end);
  return field.includes('"')
    ? { ok: false, reason: `a quote in the field ${JSON.stringify(field.slice(0, 80))}, which does not begin with one` }
    : { ok: true, value: { text: field, end } };
}

function quotedField(text: string, from: number): Result<Field> {
  let field = '';
  for (let at = from + 1; ;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return { ok: false, reason: 'a quote that is never closed' };
    field += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { ok: true, value: { text: field, end: quote + 1 } };
    field += '"';
    at = quote + 2;
  }
}

/** A field as it is written: in quotes if it needs them. */
export function formatCsvField(text: string, delimiter: string): string {
  const needsQuotes = /["\r\n]/.test(text) || text.includes(delimiter);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}
