// What the thread makes of what it sees: loops by looks without a move, the task at work, who makes the memory grow. And the notes of a work folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createAtWork, OPERATOR, RECORD, STEP, TASK } from '../../src/core/base/at-work.ts';
import type { ProcessDeath } from '../../src/core/protocol/ids.ts';
import { isNoted, readDeath, removeDeath, writeDeath } from '../../src/net-real/poison/death-file.ts';
import { takeOutOfMemory } from '../../src/net-real/poison/fatal-report.ts';
import {
  createWatch,
  look,
  setTasks,
  type Verdict,
  type Watch,
  type WatchedTask,
} from '../../src/net-real/poison/watch.ts';

const HEAP = 1_000;
const LOOKS_MAX = 3;

function taskOf(number: number, jobId: string): WatchedTask {
  return { number, epoch: 2, attempt: { jobId, vertex: 0, subtask: 0, attempt: 1 }, operators: ['map', 'filter'] };
}

function watching(...tasks: readonly WatchedTask[]): Watch {
  const watch = createWatch({ looksMax: LOOKS_MAX, heapBytes: HEAP });
  setTasks(watch, tasks);
  return watch;
}

interface Sight {
  readonly task?: number;
  readonly step?: number;
  readonly record?: number;
  readonly operator?: number;
  readonly signs?: number;
  readonly usedBytes?: number;
}

function sees(
  watch: Watch,
  { task = 0, step = 0, record = 0, operator = 0, signs = 0, usedBytes = 0 }: Sight,
): Verdict {
  const cells = createAtWork();
  [cells[TASK], cells[STEP], cells[RECORD], cells[OPERATOR]] = [task, step, record, operator];
  return look(watch, { cells, signs, usedBytes });
}

/** The same sight again and again, until the process is to end. */
function endOf(watch: Watch, sight: Sight): ProcessDeath | null | 'never' {
  for (let looks = 0; looks <= LOOKS_MAX; looks++) {
    const verdict = sees(watch, sight);
    if (verdict.kind === 'end') return verdict.death;
  }
  return 'never';
}

describe('a call that does not return', () => {
  test('ends the process behind so many looks, by task, operator and record', () => {
    const watch = watching(taskOf(1, 'good'), taskOf(2, 'poison'));
    const sight = { task: 2, step: 7, record: 4, operator: 2 };
    expect(endOf(watch, sight)).toMatchObject({
      attempt: { jobId: 'poison' },
      operator: 'filter',
      record: 4,
      how: 'looped',
    });
  });

  test('is none while records, steps or turns go on', () => {
    const watch = watching(taskOf(1, 'slow'));
    for (let look = 0; look < 20; look++) {
      expect(sees(watch, { task: 1, step: 1, record: look }).kind).toBe('fine');
      expect(sees(watch, { task: 1, step: look, record: 1 }).kind).toBe('fine');
      expect(sees(watch, { signs: look }).kind).toBe('fine');
    }
  });

  test('has filled the heap where memory is nearly used up', () => {
    expect(endOf(watching(taskOf(1, 'poison')), { task: 1, step: 1, usedBytes: 0.9 * HEAP })).toMatchObject({
      how: 'heap-exhausted',
    });
  });
});

describe('a loop between two steps', () => {
  test('is of the only job here', () => {
    const watch = watching(taskOf(1, 'poison'), taskOf(2, 'poison'));
    expect(endOf(watch, { step: 3 })).toMatchObject({ attempt: { jobId: 'poison' }, operator: null, record: null });
  });

  test.each([
    ['with tasks of two jobs', [taskOf(1, 'good'), taskOf(2, 'poison')]],
    ['without tasks', []],
  ])('%s is of nobody, and ends the process all the same', (_, tasks) => {
    expect(endOf(watching(...tasks), { step: 3 })).toBeNull();
  });
});

test('who makes the memory grow is suspected, once it is nearly used up', () => {
  const watch = watching(taskOf(1, 'good'), taskOf(2, 'poison'));
  let usedBytes = 0;
  for (let step = 1; step < 10; step += 2) {
    expect(sees(watch, { task: 1, step, operator: 1, usedBytes: (usedBytes += 20) }).kind).toBe('fine');
    expect(sees(watch, { task: 2, step: step + 1, operator: 1, usedBytes: (usedBytes += 120) }).kind).toBe('fine');
  }
  expect(sees(watch, { task: 1, step: 99, usedBytes: usedBytes + 1 })).toMatchObject({
    kind: 'suspect',
    death: { attempt: { jobId: 'poison' }, operator: 'map', how: 'heap-exhausted' },
  });
});

describe('the notes of a work folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-watch-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const death: ProcessDeath = {
    epoch: 1,
    attempt: taskOf(1, 'a').attempt,
    operator: 'map',
    record: null,
    how: 'looped',
  };

  test('come back as they were written, until they are removed', () => {
    expect(readDeath(folder, 'certain')).toEqual({ ok: true, value: null });
    writeDeath(folder, 'certain', death);
    expect(readDeath(folder, 'certain')).toEqual({ ok: true, value: death });
    expect(isNoted(folder)).toBe(true);
    removeDeath(folder, 'certain');
    expect(isNoted(folder)).toBe(false);
  });

  test('that are damaged are refused with a sentence', () => {
    writeFileSync(join(folder, 'death'), 'millrace-death');
    expect(readDeath(folder, 'certain').ok).toBe(false);
  });

  test('a report of Node counts once, and only where memory ran out', () => {
    const report = (text: string): void => writeFileSync(join(folder, 'fatal-report.json'), text);
    expect(takeOutOfMemory(folder)).toBe(false);
    report(JSON.stringify({ header: { trigger: 'FatalError' } }));
    expect(takeOutOfMemory(folder)).toBe(false);
    report('{"header":');
    expect(takeOutOfMemory(folder)).toBe(false);
    report(JSON.stringify({ header: { trigger: 'OOMError' } }));
    expect([takeOutOfMemory(folder), takeOutOfMemory(folder)]).toEqual([true, false]);
  });
});
