// What a process told, for whoever asks: which files are its own, and the end of each.
import { expect, test } from 'vitest';
import { logAsText, logsInFolder, logsInMemory, TOLD_BYTES_MAX } from '../../../src/net-real/log/kept-logs.ts';
import { createProcessLog } from '../../../src/net-real/log/process-log.ts';
import { formatJson, formatText, type LogRecord } from '../../../src/net-real/log/record.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();

const record = (message: string): LogRecord => ({
  time: '2026-11-30T01:00:00.000Z',
  level: 'info',
  process: 'tm-1',
  kind: 'process',
  message,
});

test('of a folder it lists the files of one process alone, the newest part first, and reads no other', () => {
  for (const name of ['tm-1.log', 'tm-1.log.2', 'tm-1.log.10', 'tm-1.stderr', 'tm-1.stdout', 'tm-1.b.log', 'tm-10.log'])
    folder.write(name, 'a\n');
  folder.write('secret', 'x\n');
  const logs = logsInFolder(folder.path(), 'tm-1');
  const names = ['tm-1.log', 'tm-1.log.2', 'tm-1.log.10', 'tm-1.stderr', 'tm-1.stdout'];
  expect(logs.list().map(({ name }) => name)).toEqual(names);
  expect(logs.list()[0]).toEqual({ name: 'tm-1.log', size: 2, mtime: expect.any(Number) });
  expect(names.map((name) => logs.read(name, null))).toEqual(names.map(() => 'a\n'));
  for (const name of ['tm-10.log', 'secret', '../secret', 'tm-1.log/../secret', 'tm-1.log.', 'tm-1.log.7', ''])
    expect(logs.read(name, null)).toBeNull();
  expect(logsInFolder(folder.path('nowhere'), 'tm-1').list()).toEqual([]);
});

test('the last lines, whole ones, however long they are', () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'ü'.repeat(index % 200)}`);
  folder.write('tm-1.log', `${lines.join('\n')}\nhalf`);
  const logs = logsInFolder(folder.path(), 'tm-1');
  for (const count of [0, 1, 2, 999, 3_000, 4_000])
    expect(logs.read('tm-1.log', count)).toBe(
      lines
        .slice(Math.max(0, 3_000 - count))
        .map((line) => `${line}\n`)
        .join(''),
    );
  expect(logs.read('tm-1.log', null)).toBe(`${lines.join('\n')}\n`);
  folder.write('tm-1.stdout', '');
  expect(logs.read('tm-1.stdout', null)).toBe('');
});

test('of a file without end it tells the end', () => {
  folder.write('tm-1.stderr', `${'0123456789abcde\n'.repeat(TOLD_BYTES_MAX / 16)}last\n`);
  const told = logsInFolder(folder.path(), 'tm-1').read('tm-1.stderr', null) ?? '';
  expect(told.length).toBeLessThanOrEqual(TOLD_BYTES_MAX + 65_536);
  expect(told.startsWith('0123456789abcde\n')).toBe(true);
  expect(told.endsWith('\nlast\n')).toBe(true);
  const short = logsInFolder(folder.path(), 'tm-1').read('tm-1.stderr', null, 100_000) ?? '';
  expect(short).toBe(told.slice(-short.length));
  expect(short.length).toBe(6_249 * 16 + 5);
});

test('a process without a file keeps its last thousand lines in its memory, one with a file none', () => {
  const target = { name: 'jm-1', level: 'debug', write: null, format: 'json', file: null } as const;
  const log = createProcessLog(target);
  for (let index = 0; index < 1_100; index++)
    log.note({ kind: 'leader-elected', epoch: index, finished: 0, unfinished: 0 } as never);
  const kept = log.recent();
  expect(kept).toHaveLength(1_000);
  expect(JSON.parse(kept.at(-1) ?? '')).toMatchObject({ data: { epoch: 1_099 } });
  const logs = logsInMemory('jm-1', () => log.recent());
  const [info] = logs.list();
  expect(info).toEqual({ name: 'jm-1.log', size: logs.read('jm-1.log', null)?.length, mtime: expect.any(Number) });
  expect(logs.read('jm-1.log', 2)).toBe(`${kept[998]}\n${kept[999]}\n`);
  expect(logs.read('jm-1.stdout', null)).toBeNull();

  const filed = createProcessLog({ ...target, file: folder.path('jm-1.log') });
  filed.say('process', 'is up');
  expect(filed.recent()).toEqual([]);
  filed.close();
});

test('as text a line of a log is as people read it, and any other line as it is', () => {
  expect(logAsText(`${formatJson(record('is up'))}\nat Object.<anonymous>\n`)).toBe(
    `${formatText(record('is up'))}\nat Object.<anonymous>\n`,
  );
});
