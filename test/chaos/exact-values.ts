// A scenario of values that are easily lost: what comes out is what went in, and what JSON cannot say crosses the wire and lies in state between.
import { defineJob, defineScenario, type Scenario, type Value } from '../../src/scenario/millrace-scenario.ts';
import { quickOptions, quickReal, quickSim } from '../../scenarios/quick-cluster.ts';

/** What JSON lines hold, each the value of a record. */
export const awkward: readonly Value[] = [
  0,
  -0,
  [-0, 0, { zero: -0 }],
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53) - 2,
  [2 ** 60, -(2 ** 63), 1e20, 1e21, Number.MAX_VALUE, 5e-324, 0.1 + 0.2],
  '',
  'x'.repeat(2 ** 20),
  '\ud800',
  '\udc00\ud800 \u2028\u2029\u0085\ufeff\0',
  { '': '', '\ud800': null, 'a"\\\n': [] },
  JSON.parse('{"__proto__":-0,"constructor":{"toJSON":1}}') as Value,
  { first: 1 },
  { first: 1, late: 'a field that appears late' },
  { late: 2 ** 53, first: null },
  [[], {}, [null, true, false]],
  null,
];

export type Row = Readonly<{ key: number; value: Value }>;

/** What JSON lacks, beside -0. */
const unsayable: readonly Value[] = [Number.NaN, Infinity, -Infinity, Uint8Array.of(0, 255), [-0, { nan: Number.NaN }]];

const KEYS = 5;

function rowsOf(values: readonly Value[]): readonly Row[] {
  return values.map((value, index) => ({ key: index % KEYS, value }));
}

/** JSON says of each how it is. */
function nameOf(value: Value): Value {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (value instanceof Uint8Array) return `bytes ${value.join(' ')}`;
  if (Array.isArray(value)) return (value as readonly Value[]).map(nameOf);
  return typeof value === 'object' && value !== null ? Object.entries(value).map(([, field]) => nameOf(field)) : value;
}

interface Kept {
  readonly value: Value;
  readonly lost: readonly Value[];
}

const base = defineScenario({
  name: 'exact-values',
  about: 'Passes values on that are easily lost, with what its state had before.',
  cluster: { jobManagers: 2, taskManagers: 3, slotsPerTaskManager: 2 },
  job: defineJob('exact-values', (env) =>
    env
      .fromSource<Row>('rows', { topic: 'rows', splits: 1, recordsPerSecond: 60 })
      .map('with-lost', (row) => ({ ...row, lost: unsayable }))
      .keyBy(({ key }) => key)
      .process<{ key: number; value: Value; before: Value; lost: Value }>('before', {
        onRecord: ({ key, value, lost }, context) => {
          const state = context.state<Kept>('kept');
          const kept = state.value();
          state.update({ value, lost });
          context.collect({ key, value, before: kept?.value ?? null, lost: nameOf(kept?.lost ?? []) });
        },
      })
      .sinkTo('out', { sink: 'out', parallelism: 2 }),
  ),
  input: () => ({ rows: { splits: [[]] } }),
  options: quickOptions,
  sim: quickSim,
  real: quickReal,
  faults: { 'tm-crash': 1, 'jm-crash': 0.3, 'message-delay': 0.5, 'connection-break': 0.3, 'store-fail': 0.3 },
  reference: true,
});

export function scenarioOf(values: readonly Value[]): Scenario {
  return { ...base, input: () => ({ rows: { splits: [rowsOf(values)] } }) };
}

export const all: readonly Value[] = [...awkward, ...awkward, ...awkward, ...awkward];

export const scenario: Scenario = scenarioOf(all);

/** By the values alone: nobody's reference. */
export function outputOf(values: readonly Value[]): readonly Value[] {
  const before = new Map<number, Value>();
  return rowsOf(values).map(({ key, value }) => {
    const lost = before.has(key) ? ['NaN', 'Infinity', '-Infinity', 'bytes 0 255', ['-0', ['NaN']]] : [];
    const result = { key, value, before: before.get(key) ?? null, lost };
    before.set(key, value);
    return result;
  });
}
