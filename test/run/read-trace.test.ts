// What is a trace, and how everything else is refused: with the line, and what is wrong there.
import { expect, test } from 'vitest';
import { LineReader, LineWriter } from '../../src/run/trace-lines.ts';
import { readTrace } from '../../src/run/read-trace.ts';
import { ending, header, message, step, stopped, wake } from '../reports/traces.ts';

const text = (...lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const first = step('a', 5, wake);

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
  [
    text({ ...header, version: 1 }),
    'line 1: this is version 1 of the format, and version 2 is read: make the trace again',
  ],
  [text({ ...header, guest: { ...header.guest, kind: 'x' } }), 'line 1: its field guest is wrong: '],
  [text({ ...header, guest: undefined }), 'line 1: its field guest is missing'],
  [text({ ...header, seed: 'x' }), 'line 1: its field seed is wrong: "x"'],
  [`${text(header, first)}{"at":1,`, 'line 3: it is no JSON: '],
  [text(header, first, []), 'line 3: it is no JSON object'],
  [text(header, { ...first, kind: 'stept' }), 'line 2: its kind "stept" is unknown'],
  [text(header, { ...first, at: -1 }), 'line 2: its field at is wrong: -1'],
  [text(header, { ...first, node: undefined }), 'line 2: its field node is missing'],
  [text(header, { ...first, effects: [1] }), 'line 2: its field effects is wrong: [1]'],
  [text(header, { ...first, effects: ['send ping to b'] }), 'line 2: its field effects is wrong: ["send ping to b"]'],
  [text(header, { ...first, effects: [{ effect: 'shout' }] }), 'line 2: its field effects is wrong: '],
  [text(header, { ...first, input: 'wake' }), 'line 2: its field input is wrong: "wake"'],
  [text(header, { ...first, input: { kind: 'message', now: 0, wallTime: 0 } }), 'line 2: its field input is wrong: '],
  [text(header, { ...first, input: { $seen: 0 } }), 'line 2: it is no JSON: it names 0, and nothing of that number'],
  [text(header, { ...first, input: { $odd: 0 } }), 'line 2: it is no JSON: $odd is no mark of data in a trace'],
  [text(header, { ...first, input: { $bytes: '*' } }), 'line 2: it is no JSON: base64 comes in groups of four letters'],
  [text(header, { kind: 'lost', at: 1, event: 1, message: 'ping', why: '' }), 'line 2: its field message is wrong'],
  [text(header, ending, first), 'line 3: nothing may follow the verdict'],
  [text(header, { ...ending, story: { title: 'x', lines: [{}] } }), 'line 2: its field story is wrong: '],
  [text(header, { ...ending, violations: [{ oracle: 'O' }] }), 'line 2: its field violations is wrong: '],
  [text(header, first).replaceAll('\n', '\n\n'), 'line 2: it is no JSON: '],
])('%j is refused with its place', (trace, reason) => {
  const read = readTrace(trace);
  expect(read.ok ? 'it was read' : read.reason).toContain(reason);
});

test('what travelled stands in a trace once, and is the same thing wherever it is named', () => {
  const ping = message('a', 'b', 'ping', { n: 1 });
  const writer = new LineWriter();
  const place = { at: 1, event: 1 };
  const { at: _, event: __, ...sent } = step('a', 5, wake, ping);
  const lines = [sent, { kind: 'lost', message: ping, why: 'struck' } as const, { ...sent, effects: [{ ...ping }] }];
  const texts = lines.map((line) => writer.write(place, line));
  expect(texts[1]).toContain('"message":{"$seen":0}');
  const reader = new LineReader();
  const read = texts.map((line) => reader.read(line));
  expect(read).toEqual(lines.map((line) => ({ ...place, ...line })));
  const [first, second] = read as [typeof sent, { message: unknown }];
  expect(second.message).toBe(first.effects[0]);
});
