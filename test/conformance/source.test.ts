// Sources, simulated and in files: replayable logs that are read by position.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import type { PortRequest } from '../../src/core/protocol/ports.ts';
import { fileSource } from '../../src/net-real/file-source.ts';
import { sourceService } from '../../src/sim/cluster/services/source.ts';
import { folderStore, simulatedStore, type Store } from './lab.ts';

const LONG_SPLIT = 5_000; // several marks of an index of lines

const topics: Readonly<Record<string, { readonly splits: readonly (readonly Value[])[] }>> = {
  words: { splits: [['a', 'b', 'c'], []] },
  'odd values': {
    splits: [
      [null, true, -0.5, 'ä\n"\\\u{1f600}\u2028', [], {}, { nested: [{ deep: [1, [2, 'x']] }] }, { '': null }, 1e300],
    ],
  },
  numbers: { splits: [Array.from({ length: LONG_SPLIT }, (_, index) => ({ index, text: 'x'.repeat(index % 97) }))] },
};

function folderOfTopics(): Store {
  const store = folderStore((folder) => fileSource({ folder }), {});
  for (const [topic, { splits }] of Object.entries(topics)) {
    mkdirSync(join(store.folder, topic));
    for (const [split, records] of splits.entries()) {
      const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
      writeFileSync(join(store.folder, topic, `${split}.jsonl`), lines);
    }
  }
  return store;
}

const stores: readonly (readonly [string, () => Store])[] = [
  ['simulated', () => simulatedStore(sourceService(topics))],
  ['files', folderOfTopics],
];

function read(topic: string, split: number, position: number, maxRecords: number): PortRequest {
  return { kind: 'source-read', topic, split, position, mark: '', maxRecords };
}

/** With any mark. */
function records(position: number, values: readonly Value[], end: boolean): object {
  return { kind: 'records', position, values, end };
}

const refused = { kind: 'failed', outcome: 'not-applied' };
const notThere = { kind: 'source-refused', reason: { kind: 'position-missing' } };

describe.each(stores)('%s', (_, create) => {
  let store: Store;
  beforeEach(() => {
    store = create();
  });
  afterEach(() => store.close());

  test.each<[string, PortRequest, unknown]>([
    ['from the start', read('words', 0, 0, 2), records(0, ['a', 'b'], false)],
    ['up to the end', read('words', 0, 1, 2), records(1, ['b', 'c'], true)],
    ['more than there is', read('words', 0, 1, 100), records(1, ['b', 'c'], true)],
    ['at the end', read('words', 0, 3, 2), records(3, [], true)],
    ['nothing', read('words', 0, 1, 0), records(1, [], false)],
    ['an empty split', read('words', 1, 0, 2), records(0, [], true)],
    ['behind the end', read('words', 0, 4, 2), notThere],
    ['far behind the end', read('numbers', 0, LONG_SPLIT + 1, 2), notThere],
    ['before the start', read('words', 0, -1, 2), refused],
    ['a split that is not there', read('words', 2, 0, 2), refused],
    ['a split that is no number of one', read('words', -1, 0, 2), refused],
    ['a topic that is not there', read('toString', 0, 0, 2), refused],
    ['a topic of another folder', read('../words', 0, 0, 2), refused],
    ['all kinds of values', read('odd values', 0, 0, 100), records(0, topics['odd values']?.splits[0] ?? [], true)],
  ])('reading %s', async (_, request, expected) => {
    expect(await store.open().request(request)).toMatchObject(expected as object);
  });

  test.each([1, 3, 256, 1_024, LONG_SPLIT])('a whole split, %i records at a time, is what it is', async (size) => {
    const port = store.open();
    const values: Value[] = [];
    for (let end = false; !end;) {
      const answer = await port.request(read('numbers', 0, values.length, size));
      if (answer.kind !== 'records') throw new Error(JSON.stringify(answer));
      values.push(...answer.values);
      end = answer.end;
    }
    expect(values).toEqual(topics['numbers']?.splits[0]);
  });

  test('any position can be read at any time, by several readers of one process at once', async () => {
    const port = store.open();
    const positions = [4_999, 0, 1_024, 1_023, 2_500, 1_025, 5_000, 3_071, 3_072, 10];
    const answers = await Promise.all(positions.map((position) => port.request(read('numbers', 0, position, 2))));
    const all = topics['numbers']?.splits[0] ?? [];
    expect(answers).toMatchObject(
      positions.map((at) => records(at, all.slice(at, at + 2), Math.min(at + 2, LONG_SPLIT) === LONG_SPLIT)),
    );
  });
});
