// Logs while they are written: merged by time, each line once, across half-written lines and rotations.
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tailLogs } from '../../../src/cli/logs/log-tail.ts';
import { openLogFile } from '../../../src/net-real/log/log-file.ts';
import { formatJson, type LogRecord } from '../../../src/net-real/log/record.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';

const folder = temporaryFolder();

const record = (process: string, second: number): LogRecord => ({
  time: `2026-11-30T01:00:${String(second).padStart(2, '0')}.000Z`,
  level: 'info',
  process,
  kind: 'process',
  message: `${process} at ${second}`,
});
const line = (process: string, second: number): string => `${formatJson(record(process, second))}\n`;
const messagesOf = (records: readonly LogRecord[]): readonly string[] => records.map(({ message }) => message);

test('what is there, then what comes, by time; of one process or all; what is no line is passed over', () => {
  folder.write('jm-1.log', `${line('jm-1', 1)}garbage\n${line('jm-1', 4)}`);
  folder.write('tm-1.log', line('tm-1', 2));
  folder.write('tm-1.log.1', line('tm-1', 0));
  folder.write('tm-1.stderr', line('tm-1', 9));
  const [all, one] = [tailLogs(folder.path(), null), tailLogs(folder.path(), 'tm-1')];
  expect(messagesOf(all.read())).toEqual(['tm-1 at 0', 'jm-1 at 1', 'tm-1 at 2', 'jm-1 at 4']);
  expect(messagesOf(one.read())).toEqual(['tm-1 at 0', 'tm-1 at 2']);
  appendFileSync(folder.path('tm-1.log'), line('tm-1', 5));
  folder.write('tm-2.log', line('tm-2', 3)); // a process that came later
  expect(messagesOf(all.read())).toEqual(['tm-2 at 3', 'tm-1 at 5']);
  expect(all.read()).toEqual([]);
});

test('a half-written line is read when it is whole', () => {
  const text = line('jm-1', 1).replace('jm-1 at 1', 'ü at 1');
  const bytes = Buffer.from(text);
  const tail = tailLogs(folder.path(), null);
  const cut = bytes.indexOf('ü') + 1;
  writeFileSync(folder.path('jm-1.log'), bytes.subarray(0, cut)); // in the middle of a character
  expect(tail.read()).toEqual([]);
  appendFileSync(folder.path('jm-1.log'), bytes.subarray(cut));
  expect(messagesOf(tail.read())).toEqual(['ü at 1']);
});

test('a rotation loses and doubles nothing', () => {
  const tail = tailLogs(folder.path(), null);
  const file = openLogFile(folder.path('jm-1.log'), 1_000);
  const seen: string[] = [];
  for (let second = 0; second < 60; second++) {
    file.write(line('jm-1', second).trimEnd());
    if (second % 4 === 3) seen.push(...messagesOf(tail.read()));
  }
  file.close();
  expect(seen).toEqual(Array.from({ length: 60 }, (_, second) => `jm-1 at ${second}`));
});

test('a folder that goes away and comes back', () => {
  const tail = tailLogs(folder.path('logs'), null);
  expect(tail.read()).toEqual([]);
  folder.write('logs/jm-1.log', line('jm-1', 1));
  expect(messagesOf(tail.read())).toEqual(['jm-1 at 1']);
  renameSync(folder.path('logs'), folder.path('old'));
  expect(tail.read()).toEqual([]);
  mkdirSync(folder.path('logs'));
  folder.write('logs/jm-1.log', line('jm-1', 2));
  expect(messagesOf(tail.read())).toEqual(['jm-1 at 2']);
});
