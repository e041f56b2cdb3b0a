// Sources: order, pace, watermarks and ends of splits.
import { describe, expect, test } from 'vitest';
import { checkTree } from '../../../src/core/base/state.ts';
import { recordsOf } from '../../../src/core/columns/typed-column.ts';
import { batchSize, COLUMN_RECORDS_MIN, NO_TIMESTAMP } from '../../../src/core/graph/batch.ts';
import { GivenRows } from '../../../src/core/operators/stage-output.ts';
import { describeAnswer } from '../../../src/core/protocol/describe.ts';
import type { SourceOperator } from '../../../src/core/graph/job-graph.ts';
import type { Batch } from '../../../src/core/graph/batch.ts';
import { rowsOf } from '../operators/chain-fixture.ts';
import type { Value } from '../../../src/core/base/value.ts';
import {
  createSource,
  drainSource,
  emitBatch,
  isSourceFinished,
  nextRead,
  onRecords,
  snapshotSplits,
  sourceWatermark,
  startSource,
  wakeSource,
} from '../../../src/core/operators/source.ts';
import { createAtWork } from '../../../src/core/base/at-work.ts';
import { MAX_WATERMARK } from '../../../src/core/operators/watermark.ts';
import type { SourceState } from '../../../src/core/operators/source.ts';
import { Lab, restoreFrom } from './fixture.ts';
import { copy, rows, windowCount } from './jobs.ts';

const operator: SourceOperator = {
  id: 'rows',
  kind: 'source',
  parallelism: 1,
  topic: 'rows',
  splits: 3,
  recordsPerSecond: 0,
  outOfOrdernessMs: 5,
};

const batching = { batchSizeRecords: 2, bufferTimeoutMs: 100 };

interface Row {
  readonly at: number;
}

/** Reads whatever is wanted from these splits, at most two records at a time. */
function feed(source: SourceState, splits: readonly (readonly Value[])[], now = 0): void {
  for (let read = nextRead(source); read !== null; read = nextRead(source)) {
    const all = splits[read.split]!;
    const values = all.slice(read.position, read.position + 2);
    const end = read.position + values.length >= all.length;
    expect(onRecords(source, read, { position: read.position, fetched: values, end, mark: '' }, now)).toBe('taken');
  }
}

function emit(source: SourceState, now = 0): string {
  const emitted: string[] = [];
  const head = {
    onBatch: (batch: Batch) => void emitted.push(...rowsOf(batch).map(({ value }) => (value as { key: string }).key)),
  };
  emitBatch(source, (value) => (value as unknown as Row).at, head, now, createAtWork());
  return emitted.join('');
}

describe('splits', () => {
  const splits = [rows('a@10 b@20 c@30'), rows('d@5'), rows('')];

  test('take turns, and each is read in order', () => {
    const source = createSource(operator, [0, 1], [], batching);
    startSource(source, 0);
    const emitted: string[] = [];
    for (let times = 0; times < 4; times++) {
      feed(source, splits);
      emitted.push(emit(source));
    }
    expect(emitted).toEqual(['ab', 'd', 'c', '']);
    expect(isSourceFinished(source)).toBe(true);
    expect(snapshotSplits(source)).toEqual([
      { operator: 'rows', split: 0, position: 3, maxTimestamp: 30, mark: '' },
      { operator: 'rows', split: 1, position: 1, maxTimestamp: 5, mark: '' },
    ]);
  });

  test('that are drained end behind what was emitted, whatever was fetched or is on its way', () => {
    const source = createSource(operator, [0, 1], [], batching);
    startSource(source, 0);
    feed(source, [splits[0]!.slice(0, 2), []]);
    const long = createSource(operator, [0, 1], [], batching);
    startSource(long, 0);
    const read = nextRead(long)!;
    expect(onRecords(long, read, { position: 0, fetched: splits[0]!.slice(0, 2), end: false, mark: '' }, 0)).toBe(
      'taken',
    );
    const ahead = nextRead(long)!;
    expect([emit(source), emit(long)]).toEqual(['ab', 'ab']);
    for (const one of [source, long]) {
      drainSource(one);
      expect([isSourceFinished(one), sourceWatermark(one)]).toEqual([true, MAX_WATERMARK]);
    }
    expect(onRecords(long, ahead, { position: 2, fetched: splits[0]!.slice(2), end: false, mark: '' }, 0)).toBe(
      'taken',
    );
    expect([emit(long), nextRead(long)]).toEqual(['', null]);
    expect(snapshotSplits(long)).toEqual([
      { operator: 'rows', split: 0, position: 2, maxTimestamp: 20, mark: '' },
      { operator: 'rows', split: 1, position: 0, maxTimestamp: NO_TIMESTAMP, mark: '' },
    ]);
  });

  test('give the smallest watermark of those that go on', () => {
    const source = createSource(operator, [0, 1], [], batching);
    startSource(source, 0);
    const watermarks = [sourceWatermark(source)];
    for (let times = 0; times < 4; times++) {
      feed(source, splits);
      emit(source);
      watermarks.push(sourceWatermark(source));
    }
    // Split 1 has nothing yet; then it ends at once and leaves the minimum to split 0.
    expect(watermarks).toEqual([NO_TIMESTAMP, NO_TIMESTAMP, 14, MAX_WATERMARK, MAX_WATERMARK]);
  });

  test('that are not there are at their end at once', () => {
    const source = createSource(operator, [], [], batching);
    expect(isSourceFinished(source)).toBe(true);
    expect(sourceWatermark(source)).toBe(MAX_WATERMARK);
    expect(nextRead(source)).toBe(null);
  });

  test('are restored by operator and number, others are passed over', () => {
    const restored = [
      { operator: 'rows', split: 2, position: 7, maxTimestamp: 70, mark: '' },
      { operator: 'other', split: 1, position: 9, maxTimestamp: 90, mark: '' },
    ];
    const source = createSource(operator, [1, 2], restored, batching);
    expect(nextRead(source)).toEqual({ split: 1, position: 0, mark: '' });
    expect(nextRead(source)).toEqual({ split: 2, position: 7, mark: '' });
    expect(nextRead(source)).toBe(null);
    expect(snapshotSplits(source)[1]).toEqual(restored[0]);
  });

  test('remember what the source gave at their position or before it, and give it back', () => {
    const source = createSource(operator, [0], [], batching);
    startSource(source, 0);
    const answer = (position: number, text: string, mark: string): void => {
      const read = nextRead(source)!;
      expect(read.mark).toBe(position === 0 ? '' : `at ${position}`);
      expect(onRecords(source, read, { position, fetched: rows(text), end: false, mark }, 0)).toBe('taken');
    };
    const snapshot = (): unknown => {
      const [{ position, mark } = { position: -1, mark: '' }] = snapshotSplits(source);
      return [position, mark];
    };
    answer(0, 'a@1 b@2 c@3', 'at 3');
    answer(3, 'd@4 e@5', 'at 5');
    expect(snapshot()).toEqual([0, '']);
    expect([emit(source), snapshot()]).toEqual(['ab', [2, '']]);
    expect([emit(source), snapshot()]).toEqual(['c', [3, 'at 3']]);
    answer(5, 'f@6 g@7', 'at 7');
    expect([emit(source), snapshot()]).toEqual(['de', [5, 'at 5']]);
    const restored = createSource(operator, [0], snapshotSplits(source), batching);
    expect(nextRead(restored)).toEqual({ split: 0, position: 5, mark: 'at 5' });
    drainSource(source);
    expect(snapshot()).toEqual([5, 'at 5']);
  });

  test('which are drained forget what was fetched, and its mark', () => {
    const source = createSource(
      operator,
      [0],
      [{ operator: 'rows', split: 0, position: 7, maxTimestamp: 0, mark: 'at 6' }],
      batching,
    );
    startSource(source, 0);
    const read = nextRead(source)!;
    expect(onRecords(source, read, { position: 7, fetched: rows('a@1 b@2 c@3'), end: false, mark: 'at 10' }, 0)).toBe(
      'taken',
    );
    emit(source);
    drainSource(source);
    expect(snapshotSplits(source)).toMatchObject([{ position: 9, mark: 'at 6' }]);
  });

  test('an answer from another position is not taken', () => {
    const source = createSource(operator, [0], [], batching);
    const read = nextRead(source)!;
    expect(onRecords(source, read, { position: 1, fetched: rows('a@1'), end: false, mark: '' }, 0)).toBe(
      'wrong-position',
    );
    expect(onRecords(source, read, { position: 0, fetched: [], end: false, mark: '' }, 0)).toBe('nothing-yet');
    expect(onRecords(source, read, { position: 0, fetched: rows('a@1'), end: false, mark: '' }, 0)).toBe('taken');
  });
});

describe('the rate', () => {
  const many = [rows(Array.from({ length: 1_100 }, (_, index) => `x@${index}`).join(' '))];

  /** Records emitted by the end of each time, going from deadline to deadline. */
  function emittedBy(recordsPerSecond: number, times: readonly number[]): readonly number[] {
    const source = createSource({ ...operator, recordsPerSecond }, [0], [], {
      batchSizeRecords: 64,
      bufferTimeoutMs: 100,
    });
    onRecords(source, nextRead(source)!, { position: 0, fetched: many[0]!, end: true, mark: '' }, 0);
    startSource(source, 0);
    let total = 0;
    return times.map((until) => {
      while (source.dueSplits > 0 || source.dueAt <= until) {
        const now = source.dueSplits > 0 ? until : source.dueAt;
        wakeSource(source, now);
        total += emit(source, now).length;
      }
      return total;
    });
  }

  test.each([
    [100, [99, 100, 500, 1_000], [0, 10, 50, 100]],
    [3, [332, 334, 1_000, 2_000], [0, 1, 3, 6]],
    [7, [1_000], [7]],
    [1_000, [64, 128, 1_000], [64, 128, 960]],
  ])('of %i a second is kept', (rate, times, expected) => {
    expect(emittedBy(rate, times)).toEqual(expected);
  });

  test('makes up for a second of lag, not for more', () => {
    const source = createSource({ ...operator, recordsPerSecond: 10 }, [0], [], {
      batchSizeRecords: 1,
      bufferTimeoutMs: 1,
    });
    onRecords(source, nextRead(source)!, { position: 0, fetched: many[0]!, end: true, mark: '' }, 0);
    startSource(source, 0);
    let total = 0;
    wakeSource(source, 60_000);
    while (source.dueSplits > 0) total += emit(source, 60_000).length;
    expect(total).toBe(11);
  });

  test('is kept by a task, through its deadlines', () => {
    const lab = new Lab({
      job: copy({ recordsPerSecond: 10 }),
      topics: { rows: [rows('a@1 b@2 c@3 d@4')] },
      options: { bufferTimeoutMs: 1 },
    });
    lab.register();
    lab.deployAll();
    const reached = [50, 100, 100, 100, 100].map((ms) => {
      lab.pass(ms);
      return lab.task(0).source!.splits[0]!.position;
    });
    expect(reached).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('what was fetched as a column', () => {
  const MANY = 2 * COLUMN_RECORDS_MIN;
  const records = Array.from({ length: 3 * MANY + 50 }, (_, index) => ({
    at: index % 700,
    name: `n${index}`,
    odd: index / 2,
  }));

  /** All batches, read in parts of this many records. */
  function emitAll(inColumns: boolean, read: number, quantum: number, isTimed: boolean): object[] {
    const source = createSource({ ...operator, splits: 1 }, [0], [], { ...batching, batchSizeRecords: quantum });
    startSource(source, 0);
    const emitted: object[] = [];
    const onBatch = (batch: Batch, values: readonly Value[] | null): void => {
      const rows = new GivenRows(batch, values);
      emitted.push({ rows: rowsOf(batch), made: rows.values, times: Array.from(rows.timestamps) });
      expect(rows.column !== null).toBe(inColumns && rows.timestamps.length >= COLUMN_RECORDS_MIN);
      expect(values === null).toBe(!isTimed);
    };
    const timestampOf = isTimed ? (value: Value): number => (value as unknown as Row).at : undefined;
    for (let step = 0; !isSourceFinished(source); step++) {
      for (let next = nextRead(source); next !== null; next = nextRead(source)) {
        const { position } = next;
        const part = records.slice(position, position + read);
        const fetched = inColumns ? recordsOf(part, part.length)! : part;
        const end = position + part.length === records.length;
        expect(onRecords(source, next, { position, fetched, end, mark: `${position}` }, 0)).toBe('taken');
        expect(checkTree(source)).toBe(null);
      }
      emitBatch(source, timestampOf, { onBatch }, 0, createAtWork());
      emitted.push({ snapshot: snapshotSplits(source), watermark: sourceWatermark(source) });
      if (step > 5_000) throw new Error('it has no end');
    }
    return emitted;
  }

  test.each([
    [MANY, COLUMN_RECORDS_MIN, true],
    [MANY, MANY, false],
    [1_000, COLUMN_RECORDS_MIN - 1, true],
    [300, 200, true],
    [7, 200, false],
  ])('is emitted as rows are, %d a read and %d a batch', (read, quantum, isTimed) => {
    expect(emitAll(true, read, quantum, isTimed)).toEqual(emitAll(false, read, quantum, isTimed));
  });

  test('a record without event time fails behind those before it', () => {
    const source = createSource({ ...operator, splits: 1 }, [0], [], { ...batching, batchSizeRecords: MANY });
    startSource(source, 0);
    const fetched = recordsOf(records, MANY)!;
    onRecords(source, nextRead(source)!, { position: 0, fetched, end: true, mark: '' }, 0);
    const timestampOf = (value: Value): number =>
      (value as unknown as Row).at === 150 ? Number.NaN : (value as unknown as Row).at;
    const sizes: number[] = [];
    const target = { onBatch: (batch: Batch): void => void sizes.push(batchSize(batch)) };
    expect(() => emitBatch(source, timestampOf, target, 0, createAtWork())).toThrow('timestamp');
    expect(sizes).toEqual([150]);
  });

  test('comes by an answer of its own, which is described', () => {
    const column = recordsOf(records, MANY)!;
    const answer = { kind: 'record-column', position: 3, column, end: true, mark: '' } as const;
    expect(describeAnswer(answer)).toBe(`record-column ${MANY} from 3, end`);
    const lab = new Lab({ job: copy(), topics: { rows: [rows('')] } });
    lab.register();
    lab.holding.add('source-read');
    lab.deployAll();
    lab.answer('source-read', { ...answer, position: 0 });
    lab.run();
    expect(lab.task(0).source!.splits[0]!.position).toBe(MANY);
    expect(lab.task(0).atEnd).toBe(true);
  });
});

describe('a source task', () => {
  test('reads again what failed, and one answer at a time', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('a@1 b@2 c@3')] }, options: { sourceReadRecords: 2 } });
    lab.register();
    lab.holding.add('source-read');
    lab.deployAll();
    lab.fail('source-read');
    expect(lab.waiting('source-read')).toEqual([]);
    lab.pass(lab.options.requestRetryMs);
    expect(lab.waiting('source-read')).toEqual([
      { kind: 'source-read', topic: 'rows', split: 0, position: 0, mark: '', maxRecords: 2 },
    ]);
    lab.answer('source-read');
    lab.answer('source-read');
    lab.run();
    expect(lab.waiting('source-read')).toEqual([]);
    expect(lab.task(0).atEnd).toBe(true);
  });

  test('asks again later where there is nothing yet', () => {
    const lab = new Lab({ job: copy(), topics: { rows: [rows('')] } });
    lab.register();
    lab.holding.add('source-read');
    lab.deployAll();
    lab.answer('source-read', { kind: 'records', position: 0, values: [], end: false, mark: '' });
    expect(lab.task(0).status).toBe('RUNNING');
    expect(lab.waiting('source-read')).toEqual([]);
    lab.pass(lab.options.requestRetryMs);
    expect(lab.waiting('source-read').length).toBe(1);
  });

  test('is RUNNING when all its splits are open, so that a cut never depends on when an end was noticed', () => {
    const lab = new Lab({ job: copy({ splits: 2 }), topics: { rows: [rows('a@1'), rows('')] } });
    lab.register();
    lab.holding.add('source-read');
    lab.deployAll();
    lab.answer('source-read');
    expect(lab.task(0).status).toBe('INITIALIZING');
    lab.answer('source-read');
    expect(lab.task(0).status).toBe('RUNNING');
  });

  test('sends its watermark directly before the barrier', () => {
    const lab = new Lab({
      job: windowCount({ recordsPerSecond: 10, windowMs: 10 }),
      topics: { rows: [rows('a@5 a@25 a@95')] },
      options: { bufferTimeoutMs: 60_000, batchSizeRecords: 1 },
    });
    lab.register();
    lab.deployAll();
    lab.pass(250);
    lab.checkpoint(1);
    expect(lab.task(1).chain.watermark).toBe(24);
  });

  test('goes on where its snapshot says, without a record twice or missing', () => {
    const lab = new Lab({
      job: copy({ splits: 2, recordsPerSecond: 10 }),
      topics: { rows: [rows('a@1 b@2 c@3'), rows('d@1 e@2 f@3')] },
      options: { batchSizeRecords: 1 },
    });
    lab.register();
    lab.deployAll();
    lab.pass(250);
    const acks = lab.checkpoint(1);
    expect(acks[0]!.splits.map((split) => split.position)).toEqual([2, 2]);
    lab.deployAll(2, restoreFrom(acks));
    lab.pass(2_000);
    lab.checkpoint(2);
    lab.complete(2, true);
    lab.run();
    expect(lab.committed().map(String).sort()).toEqual(['a@1', 'b@2', 'c@3', 'd@1', 'e@2', 'f@3']);
  });
});
