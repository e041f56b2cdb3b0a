// The last complaints of processes: with the lines that belong to them, and no more.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lastComplaints, lastWords } from '../../../src/cli/children/complaints.ts';

const [folder, other] = [mkdtempSync(join(tmpdir(), 'millrace-')), mkdtempSync(join(tmpdir(), 'millrace-'))];
afterAll(() => {
  for (const one of [folder, other]) rmSync(one, { recursive: true });
});

writeFileSync(join(folder, 'jm-1.log'), '');
writeFileSync(
  join(folder, 'tm-2.log'),
  'one\ntwo\nthree\njob manager threw at wake: no slot\n    at find (/core/slots.ts:3:1)\n    at step (/core/step.ts:9:2)\n\n',
);

test('last words are the first line of the last complaint', () => {
  expect(lastWords(join(folder, 'tm-2.log'))).toBe('job manager threw at wake: no slot');
  expect(lastWords(join(folder, 'jm-1.log'))).toBe('it said nothing');
});

test('of a process that ran out of memory the reason, and not what the engine writes around it', () => {
  const log = join(other, 'tm-1.log');
  const lines = [
    'ha-write failed: EIO',
    '',
    '<--- Last few GCs --->',
    '',
    '[12502:0x27b86000]     2195 ms: Mark-Compact 201.3 (203.6) -> 201.3 (203.6) MB, pooled: 0.8 MB',
    '',
    'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
    '----- Native stack trace -----',
    '',
    ' 1: 0x840e50  [node]',
    ' 2: 0x8410bd node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]',
    '10: 0x1ae5a76  [node]',
  ];
  writeFileSync(log, lines.join('\n'));
  expect(lastWords(log)).toBe(lines[6]);
});

test('three of each process, with their frames', () => {
  expect(lastComplaints(folder)).toEqual([
    'tm-2 complained: two',
    'tm-2 complained: three',
    'tm-2 complained: job manager threw at wake: no slot',
    '    at find (/core/slots.ts:3:1)',
    '    at step (/core/step.ts:9:2)',
  ]);
});
