// A folder that grows as a source: files in the order of their names, each once, also across restarts; what would be passed over is told.
import { appendFileSync, rmSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { sourcePort } from '../../../src/net-real/connectors/source-port.ts';
import type { Port } from '../../../src/net-real/port.ts';
import { saying } from '../reasons.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const ports: Port[] = [];
afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.close()));
});

function port(): Port {
  const made = sourcePort({ folder: folder.path(), storage: folder.path('storage') });
  ports.push(made);
  return made;
}

interface At {
  readonly position: number;
  readonly mark: string;
}

const START: At = { position: 0, mark: '' };
const topicOf = (splits: number, options = ''): string => `folder:${folder.path('in')}?splits=${splits}${options}`;

function ask(from: Port, at: At, split = 0, topic = topicOf(1), maxRecords = 3) {
  return from.request({ kind: 'source-read', topic, split, ...at, maxRecords });
}

/** All that is there now, and where the split is behind it. */
async function readAll(from: Port, at: At, split = 0, topic = topicOf(1)): Promise<At & { values: readonly Value[] }> {
  const values: Value[] = [];
  for (let { position, mark } = at; ;) {
    const answer = await ask(from, { position, mark }, split, topic);
    if (answer.kind !== 'records') throw new Error(JSON.stringify(answer));
    expect(answer.end).toBe(false);
    ({ mark } = answer);
    position += answer.values.length;
    values.push(...answer.values);
    if (answer.values.length === 0) return { values, position, mark };
  }
}

const write = (name: string, ...values: readonly Value[]): void =>
  folder.write(`in/${name}`, values.map((value) => `${JSON.stringify(value)}\n`).join(''));

describe('a folder', () => {
  test('tells a line that is no record with file, line and field, and reads it again when it was repaired', async () => {
    write('a.jsonl', 1, 2);
    const ids = (digit: number): string => `{"author":{"id":146034273457101209${digit}}}\n`;
    folder.write('in/b.jsonl', `3\n${ids(7)}`);
    const opened = port();
    const { mark } = (await ask(opened, START)) as { readonly mark: string };
    const reason = saying(
      `${folder.path('in', 'b.jsonl')}, line 2: no double holds 1460342734571012097 at .author.id exactly`,
    );
    const next = { position: 2, mark };
    expect(await ask(opened, next)).toMatchObject({ kind: 'source-refused', reason });
    folder.write('in/b.jsonl', `3\n${ids(6)}`);
    expect(await ask(opened, next)).toMatchObject({ values: [3, { author: { id: 1_460_342_734_571_012_096 } }] });
  });

  test('is read in the order of names, and new files and new lines of the last one follow', async () => {
    write('b.jsonl', 4, 5);
    write('a.jsonl', 1, 2, 3);
    write('_writing', 'nobody reads this');
    const opened = port();
    const first = await readAll(opened, START);
    expect(first.values).toEqual([1, 2, 3, 4, 5]);
    appendFileSync(folder.path('in', 'b.jsonl'), '6\n7');
    const second = await readAll(opened, first);
    expect(second.values).toEqual([6]); // half a line may become a whole one
    write('c.jsonl', 8);
    expect((await readAll(opened, second)).values).toEqual([7, 8]);
  });

  test('that is empty has no record yet', async () => {
    folder.write('in/.keep', '');
    const opened = port();
    const nothing = await readAll(opened, START);
    expect(nothing).toEqual({ values: [], position: 0, mark: '' });
    write('a', 1);
    expect((await readAll(opened, nothing)).values).toEqual([1]);
  });

  test('of rows with a header has one in each file', async () => {
    folder.write('in/a', 'n,t\n1,x\n');
    folder.write('in/b', 't,n\ny,2\n');
    const topic = topicOf(1, '&format=csv&numbers=n');
    expect((await readAll(port(), START, 0, topic)).values).toEqual([
      { n: 1, t: 'x' },
      { t: 'y', n: 2 },
    ]);
  });

  test('gives each file to one split', async () => {
    for (let file = 0; file < 12; file++) write(`part-${String(file).padStart(2, '0')}`, file * 10, file * 10 + 1);
    const splits = await Promise.all([0, 1, 2].map((split) => readAll(port(), START, split, topicOf(3))));
    for (const { values } of splits) expect(values).toEqual([...values].sort((a, b) => Number(a) - Number(b)));
    expect(splits.map(({ values }) => values.length).every((length) => length > 0)).toBe(true);
    const all = splits.flatMap(({ values }) => values).sort((a, b) => Number(a) - Number(b));
    expect(all).toEqual(Array.from({ length: 12 }, (_, file) => [file * 10, file * 10 + 1]).flat());
  });

  test('goes on at any position behind any mark before it, in another process, whatever was added', async () => {
    const counts = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(counts, counts, fc.nat(), fc.nat(), async (before, after, stop, skip) => {
        rmSync(folder.path('in'), { recursive: true, force: true });
        const numbers: number[] = [];
        const add = (lengths: readonly number[], prefix: string): void => {
          for (const [index, length] of lengths.entries()) {
            const own = Array.from({ length }, (_, at) => numbers.length + at);
            numbers.push(...own);
            write(`${prefix}${index}`, ...own);
          }
        };
        add(before, 'a');
        const first = port();
        const marks: At[] = [START];
        for (let at = START; ;) {
          const answer = await ask(first, at);
          if (answer.kind !== 'records') throw new Error(JSON.stringify(answer));
          at = { position: at.position + answer.values.length, mark: answer.mark };
          marks.push(at);
          if (answer.values.length === 0) break;
        }
        add(after, 'b');
        const { position, mark } = marks[stop % marks.length] as At;
        const from = position + (skip % (numbers.length - position + 1));
        expect((await readAll(port(), { position: from, mark })).values).toEqual(numbers.slice(from));
      }),
      { numRuns: 40 },
    );
  });

  test('whose files were taken away behind the reading goes on', async () => {
    write('a', 1);
    write('b', 2);
    write('c', 3);
    const opened = port();
    const there = await readAll(opened, START);
    rmSync(folder.path('in', 'a'));
    write('d', 4);
    expect((await readAll(opened, there)).values).toEqual([4]);
    rmSync(folder.path('in', 'b'));
    expect((await readAll(port(), there)).values).toEqual([4]);
  });

  test.each([
    ['in the same process', false],
    ['across a restart', true],
  ])('in which a file comes behind its turn is refused, %s', async (_, restarts) => {
    write('a', 1);
    write('c', 3);
    const opened = port();
    const there = await readAll(opened, START);
    write('b', 2);
    const reason = saying('came when c was being read already, and names are read in their order');
    expect(await ask(restarts ? port() : opened, there)).toMatchObject({ kind: 'source-refused', reason });
  });

  test('whose file is not the one that was read is refused', async () => {
    write('a', 1, 2);
    const there = await readAll(port(), START);
    write('a', 9, 9);
    const reason = saying('it is not the file that was read');
    expect(await ask(port(), there)).toMatchObject({ kind: 'source-refused', reason });
  });

  test('that is gone is told, and asked again', async () => {
    expect(await ask(port(), START)).toMatchObject({ kind: 'failed', reason: saying(`${folder.path('in')}: ENOENT`) });
  });

  test.each([
    ['&format=xml', 'its option format is "xml": expected csv, file, jsonl'],
    ['&numbers=a', 'its option numbers is none of format jsonl'],
    ['&follow', 'unknown option "follow"'],
  ])('%s is refused', async (options, sentence) => {
    expect(await ask(port(), START, 0, topicOf(1, options))).toMatchObject({
      kind: 'failed',
      reason: saying(sentence),
    });
  });
});
