// The log of a process: levels, both forms of a line, its file, and what becomes of it when that cannot be written.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Note } from '../../../src/core/protocol/notes.ts';
import { namesIn, noNames } from '../../../src/core/protocol/vertex-names.ts';
import { codeFolder } from '../../../src/layout.ts';
import { openLogFile } from '../../../src/net-real/log/log-file.ts';
import { createProcessLog, type LogTarget } from '../../../src/net-real/log/process-log.ts';
import { formatText, parseLogLine, type LogRecord } from '../../../src/net-real/log/record.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const lab = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt'], { timeout: 5_000 });
const folder = temporaryFolder();

const restart: Note = {
  kind: 'job-restarting',
  jobId: 'words',
  epoch: 3,
  attempt: 2,
  reason: {
    kind: 'execution-failed',
    attempt: { jobId: 'words', vertex: 1, subtask: 0, attempt: 2 },
    reason: { kind: 'connection-lost', peer: 'tm-2' },
  },
};

function open(target: Partial<LogTarget> = {}) {
  const said: string[] = [];
  const write = (text: string): void => void said.push(text);
  const log = createProcessLog({ name: 'jm-1', level: 'info', write, format: 'json', file: null, ...target });
  return { said, log, records: () => said.map((line) => parseLogLine(line)) };
}

describe('a line', () => {
  test('as JSON has time, level, process, kind, message, and the data of its note', () => {
    const { log, records } = open();
    log.note(restart);
    const { kind, ...data } = restart;
    expect(records()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        level: 'warn',
        process: 'jm-1',
        kind,
        message: 'job words restarts: 1/0#2: the connection to tm-2 was lost',
        data,
      },
    ]);
  });

  const thrown: Note = {
    kind: 'task-state-changed',
    attempt: { jobId: 'words', vertex: 1, subtask: 0, attempt: 2 },
    epoch: 3,
    state: 'FAILED',
    reason: {
      kind: 'user-code',
      operator: 'count',
      function: null,
      given: null,
      text: 'operator "count" failed: RangeError: no',
      stack: 'RangeError: no\n    at count (job.ts:3:9)\nCaused by: Error: deep\n    at count (job.ts:2:1)',
    },
  };
  const namesOf = (jobId: string) => namesIn(jobId === 'words' ? ['split', 'count by word'].map(named) : []);
  const named = (name: string) => ({ name, parallelism: 2 });

  test('names the vertex first where its graph is known', () => {
    const { log, records } = open();
    log.note(restart, namesOf);
    log.note(thrown, namesOf);
    log.note(thrown, () => noNames);
    expect(records().map((record) => record?.message)).toEqual([
      'job words restarts: "count by word" 1/2, attempt 2: the connection to tm-2 was lost',
      'task "count by word" 1/2, attempt 2 is FAILED: operator "count" failed: RangeError: no',
      'task 1/0#2 is FAILED: operator "count" failed: RangeError: no',
    ]);
  });

  test('as text has the stack of what code of a job threw below it, also when it is read again', () => {
    const { said, log } = open({ format: 'text' });
    log.note(thrown, namesOf);
    const json = open();
    json.log.note(thrown, namesOf);
    for (const text of [said[0], formatText(json.records()[0]!)])
      expect(text!.split('\n').slice(1)).toEqual([
        '    at count (job.ts:3:9)',
        'Caused by: Error: deep',
        '    at count (job.ts:2:1)',
      ]);
    expect(json.said[0]!.trimEnd().split('\n')).toHaveLength(1);
  });

  test.each([null, 7, 'text', {}, { kind: 'no-such-reason' }, { kind: 'user-code' }, { kind: 'execution-failed' }])(
    'as text takes %j for a reason without a stack',
    (reason) => {
      const record: LogRecord = { time: 'T', level: 'info', process: 'a', kind: 'b', message: 'c', data: { reason } };
      expect(formatText(record)).toBe('T INFO  a  c');
    },
  );

  test('as text has one form', () => {
    const record: LogRecord = { time: 'T', level: 'info', process: 'tm-1', kind: 'process', message: 'is up', more: 3 };
    expect(formatText(record)).toBe('T INFO  tm-1  is up (and 3 more like it since the last line)');
    const { said, log } = open({ format: 'text' });
    log.say('port-failed', 'checkpoint-put failed: ENOSPC: no space left on device, in /c');
    expect(said[0]).toMatch(/Z ERROR jm-1 {2}checkpoint-put failed: ENOSPC: no space left on device, in \/c$/);
  });

  test.each(['', 'millrace: what', '{', '{}', '{"time":"T","level":"loud","process":"a","kind":"b","message":"c"}'])(
    'is not %s',
    (line) => {
      expect(parseLogLine(line)).toBeNull();
    },
  );
});

describe('levels', () => {
  const completed: Note = {
    kind: 'checkpoint-completed',
    jobId: 'words',
    epoch: 3,
    attempt: 1,
    checkpointId: 5,
    final: false,
  };
  const aborted = (reason: Extract<Note, { kind: 'checkpoint-aborted' }>['reason']): Note => ({
    kind: 'checkpoint-aborted',
    jobId: 'words',
    epoch: 3,
    attempt: 1,
    checkpointId: 5,
    reason,
  });

  test.each([
    ['error', []],
    ['warn', ['job-restarting', 'checkpoint-aborted']],
    ['info', ['job-restarting', 'job-deployed', 'checkpoint-aborted']],
    ['debug', ['job-restarting', 'job-deployed', 'checkpoint-completed', 'checkpoint-aborted', 'checkpoint-aborted']],
  ] as const)('%s', (level, kinds) => {
    const { log, records } = open({ level });
    log.note(restart);
    log.note({ kind: 'job-deployed', jobId: 'words', epoch: 3, attempt: 3, restoredFrom: 4 });
    log.note(completed);
    log.note(aborted({ kind: 'expired', missing: [{ vertex: 1, subtask: 0 }] }));
    log.note(aborted({ kind: 'job-restarts' })); // the restart has its own line
    log.note({ kind: 'job-list-known', jobs: 3 });
    log.close();
    expect(records().map((record) => record?.kind)).toEqual(kinds);
  });
});

test('a job that restarts without end is told at once, then with counts, and the last one before the end too', () => {
  const { log, records } = open();
  for (let attempt = 1; attempt <= 50; attempt++) log.note({ ...restart, attempt });
  expect(records()).toHaveLength(5);
  log.note({ ...restart, jobId: 'sums' }); // another job is news
  expect(records()).toHaveLength(6);
  log.close();
  const last = records().at(-1);
  expect(last).toMatchObject({ more: 44, data: { jobId: 'words', attempt: 50 } });
});

describe('the file', () => {
  test('has the lines, goes on after a restart, and is JSON whatever the terminal gets', () => {
    const file = folder.path('logs/jm-1.log');
    for (let start = 0; start < 2; start++) {
      const { log } = open({ file, format: 'text' });
      log.note(restart);
      log.close();
    }
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => parseLogLine(line)?.kind)).toEqual(['job-restarting', 'job-restarting']);
  });

  test('is rotated by size, and the oldest goes', () => {
    const file = openLogFile(folder.path('a.log'), 100, 3);
    for (let n = 0; n < 60; n++) file.write(`line ${n} ${'x'.repeat(20)}`);
    file.close();
    expect(readdirSync(folder.path()).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    const all = ['a.log.2', 'a.log.1', 'a.log'].map((name) => readFileSync(folder.path(name), 'utf8')).join('');
    const numbers = [...all.matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => 60 - numbers.length + n));
    for (const name of readdirSync(folder.path())) expect(statSync(folder.path(name)).size).toBeLessThanOrEqual(100);
  });

  test('that ends with half a line goes on with a whole one', () => {
    writeFileSync(folder.path('a.log'), 'whole\nhal');
    const file = openLogFile(folder.path('a.log'));
    file.write('next');
    file.write('last');
    file.close();
    expect(readFileSync(folder.path('a.log'), 'utf8')).toBe('whole\nhal\nnext\nlast\n');
  });

  test.skipIf(lab.status !== 0)('on a disk that fills up in the middle of a line, and has room again', () => {
    writeFileSync(
      folder.path('program.mjs'),
      `import { readFileSync, rmSync, writeFileSync } from 'node:fs';
       import { openLogFile } from ${JSON.stringify(join(codeFolder, 'src', 'net-real', 'log', 'log-file.ts'))};
       writeFileSync('/mnt/fill', new Uint8Array(8192));
       const file = openLogFile('/mnt/a.log');
       let [written, refused] = [0, 0];
       const write = (text) => { try { file.write(text); written += 1; } catch (error) { refused += error.code === 'ENOSPC' ? 1 : 100; } };
       for (let n = 0; n < 9; n++) write(n + 'x'.repeat(2500));
       rmSync('/mnt/fill');
       write('there is room');
       const lines = readFileSync('/mnt/a.log', 'utf8').trimEnd().split('\\n');
       console.log(JSON.stringify({ all: written + refused, isFull: refused > 0, last: lines.at(-1), whole: lines.filter((line) => line.length === 2501).length === written - 1 }));`,
    );
    const line = `mount -t tmpfs -o size=16k none /mnt && exec '${process.execPath}' '${folder.path('program.mjs')}'`;
    const { stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', line], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ all: 10, isFull: true, last: 'there is room', whole: true });
  });

  test('that cannot be written is told once, ends nothing, and is written again when it can be', () => {
    mkdirSync(folder.path('logs/jm-1.log'), { recursive: true }); // a folder in its place
    const file = folder.path('logs/jm-1.log');
    const { log, said } = open({ file, format: 'text' });
    log.say('process', 'one');
    log.say('process', 'two');
    expect(said.filter((line) => line.includes('cannot be written'))).toHaveLength(1);
    expect(said.filter((line) => line.endsWith('one') || line.endsWith('two'))).toHaveLength(2);
    rmSync(file, { recursive: true });
    writeFileSync(folder.path('other'), '');
    log.say('process', 'three');
    log.close();
    expect(existsSync(file) && readFileSync(file, 'utf8')).toContain('three');
  });
});
