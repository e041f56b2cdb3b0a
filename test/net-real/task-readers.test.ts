// A task reads what its source is when it begins: what another attempt, or another job, had opened is not read on.
import { appendFileSync, renameSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { REQUESTS_PER_TASK_MAX } from '../../src/core/task/state.ts';
import { fileSource } from '../../src/net-real/file-source.ts';
import type { Port } from '../../src/net-real/port.ts';
import { sourcePort } from '../../src/net-real/connectors/source-port.ts';
import { TaskReaders } from '../../src/net-real/task-readers.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const over = new Set<number>();
const isOver = (task: number): boolean => over.has(task);
let port: Port | null = null;
afterEach(async () => {
  await port?.close();
  over.clear();
});

const sources: readonly (readonly [string, () => Port, () => string])[] = [
  [
    'by URL',
    () => sourcePort({ folder: folder.path(), storage: folder.path(), isOver }),
    () => `jsonl:${folder.path('rows', '0.jsonl')}?splits=1`,
  ],
  ['by name', () => fileSource({ folder: folder.path(), isOver }), () => 'rows'],
];

describe.each(sources)('a source %s', (_, open, topicOf) => {
  async function read(task: number, position: number, mark = ''): Promise<unknown> {
    port ??= open();
    const request = { kind: 'source-read', topic: topicOf(), split: 0, position, mark, maxRecords: 10 } as const;
    const answer = await port.request(request, task * REQUESTS_PER_TASK_MAX + 1);
    return answer.kind === 'records' ? answer.values : answer.kind;
  }

  async function begin(): Promise<void> {
    port = null;
    folder.write('rows/0.jsonl', '1\n2\n');
    expect(await read(1, 0)).toEqual([1, 2]);
    over.add(1);
  }

  test('that another file took the place of is read anew by the next task', async () => {
    await begin();
    folder.write('rows/new', '3\n4\n');
    renameSync(folder.path('rows/new'), folder.path('rows/0.jsonl'));
    expect(await read(2, 0)).toEqual([3, 4]);
  });

  test('that grew is read whole by the next task', async () => {
    await begin();
    appendFileSync(folder.path('rows/0.jsonl'), '3\n');
    expect(await read(2, 0)).toEqual([1, 2, 3]);
  });

  test('is another file to a task that goes on from a position of the former', async () => {
    await begin();
    const request = { kind: 'source-read', topic: topicOf(), split: 0, position: 0, mark: '', maxRecords: 1 } as const;
    const first = await (port as unknown as Port).request(request, 2 * REQUESTS_PER_TASK_MAX);
    over.add(2);
    folder.write('rows/new', '2\n3\n4\n');
    renameSync(folder.path('rows/new'), folder.path('rows/0.jsonl'));
    expect(await read(3, 1, (first as { readonly mark: string }).mark)).toBe('source-refused');
  });

  test('goes on with the file that its task began with', async () => {
    await begin();
    over.clear();
    folder.write('rows/new', '3\n4\n5\n');
    renameSync(folder.path('rows/new'), folder.path('rows/0.jsonl'));
    expect(await read(1, 1)).toEqual([2]);
  });
});

test('readers of tasks that are over are closed when another task begins, and all at the end; those of others stay', async () => {
  const closed: string[] = [];
  const readers = new TaskReaders<string>({ isOver, close: (reader) => Promise.resolve(void closed.push(reader)) });
  const open = (task: number, key: string): Promise<void> =>
    readers.use(task, key, (place) => Promise.resolve(void (place.reader ??= `${task} ${key}`)));
  await open(1, 'a');
  await open(2, 'a');
  over.add(1);
  await open(3, 'b');
  await turn();
  expect(closed).toEqual(['1 a']);
  await readers.close();
  expect(closed.toSorted()).toEqual(['1 a', '2 a', '3 b']);
});

test('a task that reads what another one had opened waits until that is closed, and not for others that hang', async () => {
  const told: string[] = [];
  const hangs = new Promise<never>(() => {});
  const readers = new TaskReaders<string>({
    isOver,
    close: async (reader) => {
      if (reader === 'hangs') await hangs;
      await turn();
      told.push(`closed ${reader}`);
    },
  });
  await readers.use(1, 'a', (place) => Promise.resolve(void (place.reader = 'of 1')));
  await readers.use(1, 'b', (place) => Promise.resolve(void (place.reader = 'hangs')));
  over.add(1);
  await readers.use(2, 'a', () => Promise.resolve(void told.push('2 reads')));
  expect(told).toEqual(['closed of 1', '2 reads']);
});
