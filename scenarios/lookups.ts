// Orders are completed by two services that answer later: prices in the order of the records, risks as they come. Each call takes a time of its own, so that barriers
// and watermarks find calls in flight, and capacities are so small that tasks wait for them. What was in flight at a checkpoint is asked for again behind a
// restore, maybe elsewhere: behind the lookups windows count what was paid, each order once, and prices come as the orders of each split were read.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineJob, defineScenario, mix, SECOND_MS, tumblingEventTime } from 'millrace/scenario';
import { excuses } from './excuses.ts';
import { quickOptions, quickReal, quickSim } from './quick-cluster.ts';

const SPLITS = 3;
const ORDERS = 70; // of each split
const EVERY_MS = 15;
const LATE_MS = 40;
const WINDOW_MS = 200;

type Order = { readonly id: string; readonly item: number; readonly at: number };
type Priced = Order & { readonly cents: number };
type Rated = Priced & { readonly risk: 'high' | 'low' };
type Turn = { readonly id: string; readonly behind: string | null };
type Sales = { readonly item: number; readonly from: number; readonly orders: number; readonly cents: number };

const CENTS = [199, 450, 1_299, 80];

/** A price that some service knows; how long it takes is chance. */
async function priceOf(order: Order): Promise<Priced> {
  await sleep(Math.floor(40 * Math.random()));
  return { ...order, cents: (CENTS[order.item] ?? 0) + (order.at % 7) };
}

/** Two answers, one behind the other: from a cache, or from behind it. */
async function riskOf(order: Priced): Promise<Rated> {
  const isKnown = await new Promise<boolean>((resolve) => {
    setTimeout(() => resolve(order.cents < 400), 5);
  });
  if (isKnown) return { ...order, risk: 'low' };
  await sleep(20 + Math.floor(60 * Math.random()));
  return { ...order, risk: order.cents > 1_000 ? 'high' : 'low' };
}

export const scenario = defineScenario({
  name: 'lookups',
  about: 'Completes orders by services that answer later, and counts them in windows, while processes die.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 1 },
  job: defineJob('lookups', (env) => {
    const priced = env
      .fromSource<Order>('orders', {
        topic: 'orders',
        splits: SPLITS,
        recordsPerSecond: 60,
        parallelism: 2,
        timestamp: ({ at }) => at,
        outOfOrdernessMs: LATE_MS,
      })
      .mapAsync('priced', priceOf, { capacity: 4, timeoutMs: 20_000, parallelism: 2 });
    priced
      .keyBy(({ id }) => Number.parseInt(id, 10))
      .process<Turn>('turn', {
        onRecord({ id }, context) {
          const last = context.state<string>('last');
          context.collect({ id, behind: last.value() ?? null });
          last.update(id);
        },
      })
      .sinkTo('in-turn', { sink: 'in-turn', parallelism: 2 });
    const rated = priced.mapAsync('rated', riskOf, { ordered: false, capacity: 6, parallelism: 2 });
    rated
      .filter('risky', ({ risk }) => risk === 'high', { parallelism: 2 })
      .sinkTo('alerts', { sink: 'alerts', parallelism: 2 });
    rated
      .keyBy('item')
      .window('sold', tumblingEventTime(WINDOW_MS))
      .aggregate<{ orders: number; cents: number }, Sales>(
        {
          create: () => ({ orders: 0, cents: 0 }),
          add: (sum, { cents }) => ({ orders: sum.orders + 1, cents: sum.cents + cents }),
          result: ({ orders, cents }, { key, window }) => ({ item: key, from: window.start, orders, cents }),
        },
        { parallelism: 2 },
      )
      .sinkTo('sales', { sink: 'sales', parallelism: 2 });
  }),
  input: ({ pick, times }) => ({
    orders: {
      splits: Array.from({ length: SPLITS }, (_, split) =>
        orders(split, times * ORDERS, pick(`orders-${split}`, 1_024)),
      ),
    },
  }),
  options: quickOptions,
  sim: quickSim,
  draw: { creditsPerChannel: [1, 4], batchSizeRecords: [1, 16], snapshotKeyGroupsPerStep: [1, 8] },
  faults: {
    'tm-crash': 0.7,
    'jm-crash': 0.3,
    'barrier-loss': 0.5,
    'message-delay': 0.5,
    'connection-break': 0.3,
    pause: 0.3,
    'store-fail': 0.3,
    'user-throw': 0.2,
  },
  excuses,
  reference: true,
  sortBy: (value) => JSON.stringify(value),
  real: { ...quickReal, times: 5 },
});

/** Displaced by less than the bound of the job. */
function orders(split: number, count: number, salt: number): Order[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${split}-${index}`,
    item: mix(salt, 2 * index, CENTS.length),
    at: SECOND_MS + index * EVERY_MS + mix(salt, 2 * index + 1, LATE_MS),
  }));
}
