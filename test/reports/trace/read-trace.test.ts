// What is a trace, and how everything else is refused: with the line, and what is wrong there.
import { expect, test } from 'vitest';
import { readTrace } from '../../../reports/trace/read-trace.ts';
import { ending, header, step, stopped } from '../traces.ts';

const text = (...lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const first = step('a', 5, 'wake');

test('a trace is its header, its lines in order of time, and its verdict', () => {
  const later = stopped('a', 9);
  expect(readTrace(text(header, later, first, ending))).toEqual({
    ok: true,
    value: { header, lines: [first, later], ending },
  });
});

test('a trace whose process died has no verdict', () => {
  expect(readTrace(text(header, first))).toMatchObject({ ok: true, value: { ending: null } });
});

test.each([
  ['', 'line 1: it is no JSON: Unexpected end of JSON input'],
  [text(first), 'line 1: this is not a trace: it does not begin with its format'],
  ['millrace-tape 1\n', 'line 1: it is no JSON: '],
  [text({ ...header, version: 1 }), 'line 1: this is version 1 of the format, and version 2 is read'],
  [text({ ...header, seed: 'x' }), 'line 1: its field seed is wrong: "x"'],
  [`${text(header, first)}{"at":1,`, 'line 3: it is no JSON: '],
  [text(header, first, []), 'line 3: it is no JSON object'],
  [text(header, { ...first, kind: 'stept' }), 'line 2: its kind "stept" is unknown'],
  [text(header, { ...first, at: -1 }), 'line 2: its field at is wrong: -1'],
  [text(header, { ...first, node: undefined }), 'line 2: its field node is missing'],
  [text(header, { ...first, effects: [1] }), 'line 2: its field effects is wrong: [1]'],
  [text(header, ending, first), 'line 3: nothing may follow the verdict'],
  [text(header, { ...ending, story: { title: 'x', lines: [{}] } }), 'line 2: its field story is wrong: '],
  [text(header, { ...ending, violations: [{ oracle: 'O' }] }), 'line 2: its field violations is wrong: '],
  [text(header, first).replaceAll('\n', '\n\n'), 'line 2: it is no JSON: '],
])('%j is refused with its place', (trace, reason) => {
  const read = readTrace(trace);
  expect(read.ok ? 'it was read' : read.reason).toContain(reason);
});
