// Transactional sinks, simulated and in files: prepared before committed, each step repeatable, fenced by token, nothing lost and nothing twice.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Value } from '../../src/core/base/value.ts';
import { transactionAttempt, transactionName } from '../../src/core/checkpoint/transaction-names.ts';
import type { FencingToken, PortRequest } from '../../src/core/protocol/ports.ts';
import { fileSink } from '../../src/net-real/file-sink.ts';
import type { Port } from '../../src/net-real/port.ts';
import { readSink } from '../../src/net-real/sink-parts.ts';
import { committedRecords, sinkService } from '../../src/sim/cluster/services/sink.ts';
import { folderStore, simulatedStore, type Answer, type Fate, type Store, type WriteKind } from './lab.ts';

interface SinkStore extends Store {
  /** What a reader sees. */
  visible(): Promise<readonly Value[]>;
}

function simulatedSink(): SinkStore {
  const store = simulatedStore(sinkService(['out']));
  const content = store.state.sinks.get('out');
  return { ...store, visible: async () => (content === undefined ? [] : committedRecords(content)) };
}

function sinkInFiles(marksMax?: number): SinkStore {
  const options = marksMax === undefined ? {} : { marksMax };
  const store = folderStore((folder, disk) => fileSink({ folder, disk, ...options }), {
    'sink-open': ['create', 'tokens'],
    'sink-write': ['openEmpty', '.open'],
    'sink-prepare': ['rename', '.prepared'],
    'sink-commit': ['link', 'part-'],
  });
  return { ...store, visible: () => readSink(store.folder, 'out') };
}

const stores: readonly (readonly [string, () => SinkStore])[] = [
  ['simulated', simulatedSink],
  ['files', () => sinkInFiles()],
  ['files, with marks that are folded at each commit', () => sinkInFiles(1)],
];

const first: FencingToken = { epoch: 1, attempt: 1 };
const second: FencingToken = { epoch: 1, attempt: 2 };
const nextLeader: FencingToken = { epoch: 2, attempt: 1 };

const writerOf = (subtask: number): string => `job-1/sink/${subtask}`;
const by = { sink: 'out', writer: writerOf(0) };

/** A transaction that follows a checkpoint, of an attempt. */
function after(checkpoint: number, { epoch, attempt }: FencingToken, writer = by.writer): string {
  return transactionName(writer, checkpoint, transactionAttempt(epoch, attempt));
}

const t1 = after(3, first);
const t2 = after(4, first);
const t1OfSecond = after(3, second);

const open = (token: FencingToken, ...keep: string[]): PortRequest => ({ kind: 'sink-open', ...by, token, keep });
const write = (transaction: string, chunk: number, records: readonly Value[], token = first): PortRequest => ({
  kind: 'sink-write',
  ...by,
  token,
  transaction,
  chunk,
  records,
});
const prepare = (transaction: string, chunks: number, token = first): PortRequest => ({
  kind: 'sink-prepare',
  ...by,
  token,
  transaction,
  chunks,
});
const commit = (transaction: string, token = first): PortRequest => ({
  kind: 'sink-commit',
  ...by,
  token,
  transaction,
});

const opened = { kind: 'sink-opened' };
const taken = { kind: 'sink-written' };
const isPrepared = { kind: 'sink-prepared' };
const isCommitted = { kind: 'sink-committed' };
const fenced = { kind: 'sink-refused', reason: 'fenced' };
const unknown = { kind: 'sink-refused', reason: 'unknown-transaction' };

const written = [open(first), write(t1, 0, ['a', 'x']), write(t1, 1, ['b'])];
const prepared = [...written, prepare(t1, 2)];
const committed = [...prepared, commit(t1)];
const empty = [open(first), prepare(t1, 0)];

describe.each(stores)('%s', (_, create) => {
  let store: SinkStore;
  let port: Port;
  beforeEach(() => {
    store = create();
    port = store.open();
  });
  afterEach(() => store.close());

  async function given(...requests: readonly PortRequest[]): Promise<void> {
    for (const request of requests) await port.request(request);
  }

  async function expectAnswers(process: Port, steps: readonly (readonly [PortRequest, unknown])[]): Promise<void> {
    for (const [request, answer] of steps) expect(await process.request(request), request.kind).toEqual(answer);
  }

  test('records become visible at the commit, all at once and in the order of their chunks', async () => {
    await expectAnswers(port, [
      [open(first), opened],
      [write(t1, 0, ['a', { n: [1, null] }]), taken],
      [write(t1, 1, ['b']), taken],
      [prepare(t1, 2), isPrepared],
    ]);
    expect(await store.visible()).toEqual([]);
    expect(await port.request(commit(t1))).toEqual(isCommitted);
    expect(await store.visible()).toEqual(['a', { n: [1, null] }, 'b']);
  });

  test('the next epoch is written while the last one waits for its commit', async () => {
    await given(...prepared, write(t2, 0, ['c']), commit(t1), prepare(t2, 1));
    expect(await store.visible()).toEqual(['a', 'x', 'b']);
    await given(commit(t2));
    expect(await store.visible()).toEqual(['a', 'x', 'b', 'c']);
  });

  test.each<[string, readonly PortRequest[], PortRequest, unknown, readonly Value[]]>([
    ['an empty transaction can be prepared', [open(first)], prepare(t1, 0), isPrepared, []],
    ['prepared again', empty, prepare(t1, 0), isPrepared, []],
    ['committed', empty, commit(t1), isCommitted, []],
    ['and committed again', [...empty, commit(t1)], commit(t1), isCommitted, []],
    ['a chunk again stays as it is', written, write(t1, 0, ['y']), taken, []],
    ['a chunk behind the preparation changes nothing', prepared, write(t1, 2, ['y']), taken, []],
    ['a chunk behind the commit changes nothing', committed, write(t1, 2, ['y']), taken, ['a', 'x', 'b']],
    ['prepare again', prepared, prepare(t1, 2), isPrepared, []],
    ['prepare behind the commit', committed, prepare(t1, 2), isPrepared, ['a', 'x', 'b']],
    ['commit again', committed, commit(t1), isCommitted, ['a', 'x', 'b']],
    ['prepare with a chunk missing', [open(first), write(t1, 1, ['b'])], prepare(t1, 2), unknown, []],
    ['prepare with no chunk there', [open(first)], prepare(t1, 2), unknown, []],
    ['prepare with a chunk too many', written, prepare(t1, 1), unknown, []],
    ['prepare as empty what is not', written, prepare(t1, 0), unknown, []],
    ['commit of what was never prepared', written, commit(t1), unknown, []],
    ['commit of what nobody knows', [open(first)], commit(after(9, first)), unknown, []],
    ['commit of what nobody knows, beside what is committed', committed, commit(t1OfSecond), unknown, ['a', 'x', 'b']],
    ['write by who never opened', [], write(t1, 0, ['a']), fenced, []],
    ['commit by who never opened', [], commit(t1), fenced, []],
    [
      'a chunk without records',
      [...written, write(t1, 2, []), prepare(t1, 3)],
      commit(t1),
      isCommitted,
      ['a', 'x', 'b'],
    ],
  ])('%s', async (_, before, request, answer, visible) => {
    await given(...before);
    expect(await port.request(request)).toEqual(answer);
    expect(await store.visible()).toEqual(visible);
  });

  describe('fencing: a lower token is refused after a higher one opened, in whatever process', () => {
    test.each<[string, PortRequest]>([
      ['open', open(first)],
      ['write', write(t2, 0, ['y'])],
      ['prepare', prepare(t1, 2)],
      ['commit', commit(t1)],
    ])('%s', async (_, request) => {
      await given(...prepared);
      for (const token of [second, nextLeader]) {
        await store.open().request(open(token, t1));
        expect(await port.request(request)).toEqual(fenced);
      }
      expect(await store.visible()).toEqual([]);
    });

    test('a higher epoch beats a higher attempt', async () => {
      await expectAnswers(port, [
        [open(second), opened],
        [open(nextLeader), opened],
        [open(second), fenced],
      ]);
    });

    test('of many that open at once the highest one stays, and each knows whether it does', async () => {
      const tokens = Array.from({ length: 6 }, (_, index) => ({ epoch: 1, attempt: index + 1 }));
      const processes = tokens.map((token) => ({ token, process: store.open() }));
      await Promise.all(processes.map(({ token, process }) => process.request(open(token))));
      for (const { token, process } of processes) {
        const answer = await process.request(write(after(0, token), 0, ['y'], token));
        expect(answer).toEqual(token.attempt === 6 ? taken : fenced);
      }
    });

    test('another writer is not fenced', async () => {
      await given(open(first));
      await store.open().request({ ...(open(second) as PortRequest & { kind: 'sink-open' }), writer: writerOf(1) });
      expect(await port.request(write(t1, 0, ['a']))).toEqual(taken);
    });
  });

  describe('opening aborts what lingers', () => {
    test('open and prepared transactions that are not kept, for good', async () => {
      await given(...prepared, write(t2, 0, ['c']));
      const successor = store.open();
      await expectAnswers(successor, [
        [open(second), opened],
        [commit(t1, second), unknown],
        [write(t2, 0, ['c'], second), unknown],
        [prepare(t2, 0, second), unknown],
        [commit(t2, second), unknown],
      ]);
      expect(await store.visible()).toEqual([]);
    });

    test('never what is kept: its new owner commits it', async () => {
      await given(...prepared);
      const successor = store.open();
      await expectAnswers(successor, [
        [open(second, t1), opened],
        [commit(t1, second), isCommitted],
        [commit(t1, second), isCommitted],
      ]);
      expect(await store.visible()).toEqual(['a', 'x', 'b']);
    });

    test('never what is committed', async () => {
      await given(...committed);
      const successor = store.open();
      await expectAnswers(successor, [
        [open(second), opened],
        [commit(t1, second), isCommitted],
      ]);
      expect(await store.visible()).toEqual(['a', 'x', 'b']);
    });

    test('an empty one that is kept can be committed by its new owner, again and again', async () => {
      await given(...empty);
      const successor = store.open();
      await expectAnswers(successor, [
        [open(second, t1), opened],
        [commit(t1, second), isCommitted],
      ]);
      await expectAnswers(store.open(), [
        [open(nextLeader, t1), opened],
        [commit(t1, nextLeader), isCommitted],
      ]);
      expect(await store.visible()).toEqual([]);
    });

    test('never what belongs to another writer', async () => {
      await given(...prepared);
      await store.open().request({ ...(open(second) as PortRequest & { kind: 'sink-open' }), writer: writerOf(1) });
      expect(await port.request(commit(t1))).toEqual(isCommitted);
    });

    test('nothing, when the same writer opens again: the repetition may land late', async () => {
      await given(...prepared, write(t2, 0, ['c']));
      await expectAnswers(port, [
        [open(first), opened],
        [commit(t1), isCommitted],
        [prepare(t2, 1), isPrepared],
        [commit(t2), isCommitted],
      ]);
      expect(await store.visible()).toEqual(['a', 'x', 'b', 'c']);
    });
  });

  test('an attempt that follows the same checkpoint takes the place of the one that was given up', async () => {
    await given(...prepared);
    await expectAnswers(store.open(), [
      [open(second), opened],
      [write(t1OfSecond, 0, ['A'], second), taken],
      [prepare(t1OfSecond, 1, second), isPrepared],
      [commit(t1OfSecond, second), isCommitted],
      [commit(t1, second), unknown],
    ]);
    expect(await store.visible()).toEqual(['A']);
  });

  describe('a writer that was stopped and wakes up late', () => {
    /** Stopped within its last request, until another process is done. */
    async function late(steps: readonly PortRequest[], meanwhile: (successor: Port) => Promise<void>): Promise<Answer> {
      const last = steps.at(-1) as PortRequest;
      const zombie = store.openStopped(last.kind as WriteKind);
      for (const request of steps.slice(0, -1)) await zombie.port.request(request);
      const answer = zombie.port.request(last);
      await zombie.stopped;
      await meanwhile(store.open());
      zombie.wake();
      return answer;
    }

    test('does not open any more', async () => {
      const answer = await late([open(first)], async (successor) => void (await successor.request(open(second))));
      expect(answer).toEqual(fenced);
      await expectAnswers(store.open(), [
        [write(t1OfSecond, 0, ['A'], second), taken],
        [open(first), fenced],
      ]);
    });

    test('does not begin a transaction any more', async () => {
      const steps = [open(first), write(t1, 0, ['a'])];
      const answer = await late(steps, async (successor) => void (await successor.request(open(second))));
      expect(answer).toEqual(fenced);
      expect(await store.visible()).toEqual([]);
    });

    test('does not prepare any more', async () => {
      const answer = await late(prepared, async (successor) => void (await successor.request(open(second))));
      expect(answer).toEqual(fenced);
      expect(await port.request(commit(t1, second))).toEqual(unknown);
      expect(await store.visible()).toEqual([]);
    });

    test('commits nothing that was given up', async () => {
      const answer = await late(committed, async (successor) => void (await successor.request(open(second))));
      expect(answer).toMatchObject({ kind: 'sink-refused' });
      expect(await store.visible()).toEqual([]);
    });

    test('commits nothing twice', async () => {
      await late(committed, async (successor) => {
        await expectAnswers(successor, [
          [open(second, t1), opened],
          [commit(t1, second), isCommitted],
        ]);
      });
      expect(await store.visible()).toEqual(['a', 'x', 'b']);
    });

    test('leaves what it may have committed to its successor', async () => {
      const answer = await late(committed, async (successor) => {
        expect(await successor.request(open(second, t1))).toEqual(opened);
      });
      expect([isCommitted, fenced]).toContainEqual(answer);
      expect(await store.open().request(commit(t1, second))).toEqual(isCommitted);
      expect(await store.visible()).toEqual(['a', 'x', 'b']);
    });
  });

  describe.each<Fate>(['applied', 'not applied'])('of unknown outcome, and %s', (fate) => {
    const outcome = { kind: 'failed', outcome: 'unknown' };

    test('opening can be repeated', async () => {
      await given(...prepared);
      const unlucky = store.openUnknown('sink-open', fate);
      expect(await unlucky.request(open(second, t1))).toMatchObject(outcome);
      await expectAnswers(unlucky, [
        [open(second, t1), opened],
        [commit(t1, second), isCommitted],
      ]);
    });

    test('a chunk can be repeated', async () => {
      const unlucky = store.openUnknown('sink-write', fate);
      await unlucky.request(open(first));
      expect(await unlucky.request(write(t1, 0, ['a']))).toMatchObject({ kind: 'failed' });
      await expectAnswers(unlucky, [
        [write(t1, 0, ['a']), taken],
        [prepare(t1, 1), isPrepared],
        [commit(t1), isCommitted],
      ]);
      expect(await store.visible()).toEqual(['a']);
    });

    test('preparing can be repeated', async () => {
      const unlucky = store.openUnknown('sink-prepare', fate);
      for (const request of written) await unlucky.request(request);
      expect(await unlucky.request(prepare(t1, 2))).toMatchObject(outcome);
      await expectAnswers(unlucky, [
        [prepare(t1, 2), isPrepared],
        [commit(t1), isCommitted],
      ]);
      expect(await store.visible()).toEqual(['a', 'x', 'b']);
    });

    test('committing can be repeated, by this process and by the next', async () => {
      await given(...prepared);
      const unlucky = store.openUnknown('sink-commit', fate);
      expect(await unlucky.request(commit(t1))).toMatchObject(outcome);
      expect(await store.visible()).toEqual(fate === 'applied' ? ['a', 'x', 'b'] : []);
      expect(await unlucky.request(commit(t1))).toEqual(isCommitted);
      await expectAnswers(store.open(), [
        [open(second, t1), opened],
        [commit(t1, second), isCommitted],
      ]);
      expect(await store.visible()).toEqual(['a', 'x', 'b']);
    });
  });
});
