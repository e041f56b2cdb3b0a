// The last complaints of processes: with the lines that belong to them, and no more.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lastComplaints, lastWords } from '../../../src/cli/real/complaints.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(join(folder, 'jm-1.log'), '');
writeFileSync(
  join(folder, 'tm-2.log'),
  'one\ntwo\nthree\njob manager threw at wake: no slot\n    at find (/core/slots.ts:3:1)\n    at step (/core/step.ts:9:2)\n\n',
);

test('last words are the first line of the last complaint', () => {
  expect(lastWords(join(folder, 'tm-2.log'))).toBe('job manager threw at wake: no slot');
  expect(lastWords(join(folder, 'jm-1.log'))).toBe('it said nothing');
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
