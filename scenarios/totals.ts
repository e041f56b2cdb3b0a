// Built-in aggregates on a keyed stream and on windows, while TaskManagers crash and the job gets other numbers of subtasks. Payments of an account come in
// one split, so that their order is the reference's; those of a shop in all of them, so that its aggregates are such as know no order.
import {
  avg,
  count,
  countDistinct,
  defineJob,
  defineScenario,
  first,
  last,
  max,
  maxBy,
  min,
  minBy,
  mix,
  SECOND_MS,
  sum,
  tumblingEventTime,
} from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';

const SPLITS = 4;
const PAYMENTS_OF_SPLIT = 60;
const ACCOUNTS_OF_SPLIT = 3;
const SHOPS = 5;
const EVERY_MS = 20;
const WINDOW_MS = 200;

type Payment = {
  readonly account: string;
  readonly shop: { readonly name: string };
  readonly at: number;
  readonly cents: number;
  /** No double holds most of these exactly, so that their sum tells in which order it was made. */
  readonly price: number;
};

const totals = defineJob('totals', (env) => {
  const payments = env.fromSource<Payment>('payments', {
    topic: 'payments',
    splits: SPLITS,
    recordsPerSecond: 40,
    parallelism: 2,
    timestamp: ({ at }) => at,
    outOfOrdernessMs: 30,
  });
  payments
    .keyBy('account')
    .aggregate(
      'by-account',
      {
        payments: count(),
        price: sum('price'),
        usual: avg('price'),
        cheapest: minBy('cents'),
        dearest: maxBy('cents'),
        opened: first('at'),
        newest: last(),
        shops: countDistinct('shop.name'),
      },
      { parallelism: 2 },
    )
    .sinkTo('accounts', { sink: 'accounts', parallelism: 2 });
  payments
    .keyBy('shop.name')
    .window('by-shop', tumblingEventTime(WINDOW_MS))
    .aggregate(
      {
        payments: count(),
        cents: sum('cents'),
        usual: avg('cents'),
        least: min('price'),
        until: max('account'),
        accounts: countDistinct('account'),
      },
      { parallelism: 2 },
    )
    .map('flat', ({ key, window, ...others }) => ({ shop: key, from: window.start, ...others }), { parallelism: 2 })
    .sinkTo('shops', { sink: 'shops', parallelism: 2 });
});

const accounts = (subtasks: number): Record<string, number> => ({ 'by-account': subtasks, accounts: subtasks });
const shops = (subtasks: number): Record<string, number> => ({
  'by-shop': subtasks,
  flat: subtasks,
  shops: subtasks,
});

export const scenario = defineScenario({
  name: 'totals',
  about:
    'Counts, sums and compares payments by account and by shop, by declaration, and with changing numbers of subtasks.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  jobs: [
    {
      job: totals,
      rescale: [
        { atMs: { from: 0, to: 800 }, parallelism: { ...accounts(3), ...shops(1) } },
        { atMs: { from: 700, to: 1_800 }, parallelism: { ...accounts(1), ...shops(3) } },
      ],
    },
  ],
  input: ({ pick, times }) => ({
    payments: {
      splits: Array.from({ length: SPLITS }, (_, split) =>
        payments(split, times * PAYMENTS_OF_SPLIT, pick(`payments-${split}`, 1_024)),
      ),
    },
  }),
  options: { ...quickOptions, checkpointTimeoutMs: 600 },
  sim: quickSim,
  draw: { batchSizeRecords: [1, 16], timersPerStep: [1, 8], snapshotKeyGroupsPerStep: [1, 16] },
  faults: { 'tm-crash': 0.6, 'jm-crash': 0.3, 'barrier-loss': 0.6, 'message-delay': 0.5, 'connection-break': 0.3 },
  reference: true,
  real: { ...quickReal, strike: 'tm-crash', times: 3 },
  excuses,
});

/** Displaced by less than the bound of the job. */
function payments(split: number, length: number, salt: number): Payment[] {
  return Array.from({ length }, (_, index) => {
    const drawn = (what: number, below: number): number => mix(salt, 4 * index + what, below);
    const cents = 1 + drawn(0, 400);
    return {
      account: `${split}/${drawn(1, ACCOUNTS_OF_SPLIT)}`,
      shop: { name: `shop ${drawn(2, SHOPS)}` },
      at: SECOND_MS + index * EVERY_MS + drawn(3, 25),
      cents,
      price: cents / 100,
    };
  });
}
