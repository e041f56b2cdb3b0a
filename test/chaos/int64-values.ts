// A scenario of int64s: each crosses wires, lies in keys, state, windows, calls in flight and snapshots, moves with its key group, and leaves as JSON lines.
import { defineJob, defineScenario, tumblingEventTime, type Value } from '../../src/scenario/millrace-scenario.ts';
import { quickOptions, quickReal, quickSim } from '../../scenarios/quick-cluster.ts';

/** As digits, so that they come through JSON lines in which nothing is declared. */
export const digits: readonly string[] = [
  -(2n ** 63n),
  2n ** 63n - 1n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  0n,
  -1n,
  1n,
  2n ** 31n,
  2n ** 32n + 7n,
].map(String);

const ROUNDS = 12;
const EVERY_MS = 20;
const WINDOW_MS = 600;

type Row = Readonly<{ at: number; digits: string }>;

export interface Kept {
  readonly id: bigint;
  readonly times: number;
  /** Of a number beside an int64, in one column of state. */
  readonly mixed: number | bigint;
  readonly list: readonly (bigint | null)[];
}

export interface Counted {
  readonly id: bigint;
  readonly from: number;
  readonly ids: readonly bigint[];
}

const rows: readonly Row[] = Array.from({ length: ROUNDS }).flatMap((_, round) =>
  digits.map((text, at) => ({ at: (round * digits.length + at) * EVERY_MS, digits: text })),
);

export const int64s = defineJob(
  'int64-values',
  (env) => {
    const ids = env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1, recordsPerSecond: 60, timestamp: ({ at }) => at })
      .map('as-int64', ({ digits: text }) => ({
        id: BigInt(text),
        author: { id: BigInt(text) },
        pair: [BigInt(text), text],
      }))
      .mapAsync('asked', async (row) => ({ ...row, asked: await Promise.resolve(row.id) }), {
        capacity: 4,
        timeoutMs: 5_000,
      });
    ids
      .keyBy('author.id')
      .process<Kept>('kept', {
        onRecord: ({ id, asked }, context) => {
          const state = context.state<Kept>('kept');
          const before = state.value();
          const times = (before?.times ?? 0) + 1;
          const kept = {
            id: asked,
            times,
            mixed: times % 3 === 0 ? times : id,
            list: [...(before?.list ?? [null]), id].slice(-3),
          };
          state.update(kept);
          context.state<bigint>('alone').update((context.state<bigint>('alone').value() ?? 0n) ^ id);
          if (before !== null && before.id !== context.key)
            throw new Error(`${before.id} was kept of ${String(context.key)}`);
          context.collect(kept);
        },
      })
      .sinkTo('kept-out', { sink: 'kept' });
    ids
      .keyBy(({ pair }) => [pair[0] as bigint, 'pair'])
      .window('counted', tumblingEventTime(WINDOW_MS))
      .aggregate({
        create: (): bigint[] => [],
        add: (list, { id }) => [...list, id],
        result: (list, { key, window }): Counted => ({
          id: (key as readonly bigint[])[0] as bigint,
          from: window.start,
          ids: list,
        }),
      })
      .sinkTo('counted-out', { sink: 'counted' });
  },
  { parallelism: 2, parameters: { largest: 2n ** 63n - 1n } as Value },
);

export const scenario = defineScenario({
  name: 'int64-values',
  about: 'Passes int64s on, by keys that are some.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  jobs: [
    {
      job: int64s,
      rescale: [
        { atMs: { from: 400, to: 800 }, parallelism: { kept: 3, counted: 1 } },
        { atMs: { from: 1_000, to: 1_400 }, parallelism: { kept: 1, counted: 3 } },
      ],
    },
  ],
  input: () => ({ rows: { splits: [rows] } }),
  options: quickOptions,
  sim: quickSim,
  real: quickReal,
  faults: { 'tm-crash': 1, 'jm-crash': 0.3, 'message-delay': 0.5, 'connection-break': 0.3, 'store-fail': 0.3 },
  reference: true,
  check: (_, committed) => {
    const ids = committed.map((record) => BigInt((record as { readonly id: number | bigint }).id));
    const missing = digits.filter((text) => !ids.includes(BigInt(text)));
    return missing.length === 0 ? null : `no record of ${missing.join(' ')}`;
  },
});
