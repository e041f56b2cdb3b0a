// Records as fast-check makes them, and jobs of them: a plan is data, which shrinks, and the scenario is built from it. What comes to a key is of one split, on one
// way, so that its order is the same in each run: states and outputs follow from it, value for value.
import * as fc from 'fast-check';
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
  sum,
  tumblingEventTime,
  type DataStream,
  type JobDefinition,
  type KeyedStream,
  type Scenario,
  type Value,
} from '../../src/scenario/millrace-scenario.ts';
import { quickOptions, quickSim } from '../../scenarios/quick-cluster.ts';

/** What each record has; the rest of it is its schema's. */
type Row = { readonly key: string | number; readonly at: number; readonly n: number };
type Loose = Readonly<Record<string, Value>>;

// ---- Schemas

const KINDS = ['int', 'widening', 'double', 'string', 'boolean', 'list', 'record', 'mixed', 'null'] as const;
/** Names that objects have already, that no identifier is, and that JSON writes in another way. */
const NAMES = ['a', 'b', 'name', '', 'a.b', 'constructor', 'toString', 'length', '\ud800', 'ü "\\', '1', '0'] as const;

interface FieldPlan {
  readonly name: (typeof NAMES)[number];
  readonly kind: (typeof KINDS)[number];
  /** `late`: behind so many records of its split. */
  readonly presence: 'always' | 'sometimes' | 'late';
  readonly lateFrom: number;
  readonly isNullable: boolean;
  /** Of what kind an item, or a field, of it is. */
  readonly of: 'int' | 'double' | 'string';
}

/** A tail that keys of a split have in common. */
const KEY_TAILS: Readonly<Record<string, string>> = {
  plain: '',
  surrogate: '\udc00\ud800',
  long: 'x'.repeat(1_000),
  other: 'ß\u2028\0',
};

interface KeyPlan {
  /** `int`, `double`, or a text with that tail. */
  readonly kind: string;
  readonly count: number;
  readonly by: 'field' | 'function' | 'tuple';
}

interface InputPlan {
  readonly lengths: readonly number[];
  readonly recordsPerSecond: number;
  readonly fields: readonly FieldPlan[];
  /** Of `n`: how often it is none that JSON has, of 16. */
  readonly oddOf16: number;
  readonly n: 'int' | 'widening' | 'double';
  readonly salt: number;
}

const INTS: readonly number[] = [0, 1, -1, 7, 255, -32_769, 2 ** 31 - 1, -(2 ** 31), 2 ** 31];
const DOUBLES: readonly number[] = [0.5, -0, 2 ** 53 - 1, 2 ** 53, -(2 ** 53) - 2, 1e21, 5e-324, Number.MAX_VALUE, 0.1];
const STRINGS: readonly string[] = ['', 'a', 'mill', '\ud800', 'a\udc00b', 'ä€😀', '\0"\\\n', 'z'.repeat(300), 'mill'];
/** None of these can be said in JSON lines. */
const ODD: readonly number[] = [Number.NaN, Infinity, -Infinity];

type Pick = (n: number) => number;

function oneOf<T>(pick: Pick, from: readonly T[]): T {
  return from[pick(from.length)] as T;
}

/** As far as a few records are, ints only; some are doubles from then on. */
function numberOf(kind: 'int' | 'widening' | 'double', index: number, pick: Pick): number {
  const isDouble = kind === 'double' || (kind === 'widening' && index > 150 && pick(4) === 0);
  return isDouble ? oneOf(pick, DOUBLES) : oneOf(pick, INTS) + pick(5);
}

function simpleOf(kind: FieldPlan['of'], pick: Pick): Value {
  if (kind === 'string') return oneOf(pick, STRINGS);
  return oneOf(pick, kind === 'int' ? INTS : DOUBLES);
}

function valueOf({ kind, of }: FieldPlan, index: number, pick: Pick): Value {
  switch (kind) {
    case 'int':
    case 'widening':
    case 'double':
      return numberOf(kind, index, pick);
    case 'string':
      return oneOf(pick, STRINGS);
    case 'boolean':
      return pick(2) === 0;
    case 'null':
      return null;
    case 'list':
      return Array.from({ length: pick(4) }, () => simpleOf(of, pick));
    case 'record':
      return pick(8) === 0
        ? {}
        : { x: simpleOf(of, pick), inner: { y: pick(3) }, ...(pick(3) === 0 ? { z: null } : {}) };
    case 'mixed':
      return oneOf<Value>(pick, [1, 'one', true, null, [1], { one: 1 }, -0, '']);
  }
}

function rowOf({ fields, n, oddOf16, salt }: InputPlan, key: KeyPlan, split: number, index: number): Value {
  let drawn = 0;
  const pick: Pick = (of) => mix(salt + 7_919 * split, 64 * index + (drawn++ % 64), of);
  const row: Record<string, Value> = { key: keyOf(key, split, pick(key.count)), at: 1_000 + 10 * index };
  row['n'] = numberOf(n, index, pick);
  row['odd'] = pick(16) < oddOf16 ? 1 + pick(ODD.length) : 0;
  for (const field of fields) {
    const isThere = field.presence === 'always' || (field.presence === 'late' ? index >= field.lateFrom : pick(3) > 0);
    if (isThere) row[field.name] = field.isNullable && pick(4) === 0 ? null : valueOf(field, index, pick);
  }
  return row;
}

function keyOf({ kind }: KeyPlan, split: number, number: number): string | number {
  if (kind === 'int') return 1_000 * split + number;
  if (kind === 'double') return split + number / 1_024 - 0.25;
  return `${split}/${number}${KEY_TAILS[kind] ?? ''}`;
}

// ---- Jobs

const STAGES = [
  'add',
  'drop',
  'some',
  'copies',
  'remember',
  'sums',
  'aggregate',
  'window',
  'window-by-hand',
  'bells',
] as const;

interface StagePlan {
  readonly kind: (typeof STAGES)[number];
  /** Of what is keyed; what is not has that of the stage before it. */
  readonly parallelism: number;
  readonly everyMs: number;
}

export interface SchemaPlan {
  readonly input: InputPlan;
  readonly key: KeyPlan;
  readonly readers: number;
  readonly stages: readonly StagePlan[];
  /** Null: it keeps its parallelism. */
  readonly rescale: { readonly atMs: number; readonly parallelism: number } | null;
  readonly options: NonNullable<Scenario['options']>;
  readonly faults: Scenario['faults'];
}

const parallelism = fc.integer({ min: 1, max: 3 });
const weight = fc.constantFrom(0, 0, 0.5, 1);
const few = fc.integer({ min: 1, max: 5 });

const fieldPlan: fc.Arbitrary<FieldPlan> = fc.record({
  name: fc.constantFrom(...NAMES),
  kind: fc.constantFrom(...KINDS),
  presence: fc.constantFrom('always', 'sometimes', 'late'),
  lateFrom: fc.constantFrom(1, 100, 200),
  isNullable: fc.boolean(),
  of: fc.constantFrom('int', 'double', 'string'),
});

const inputPlan: fc.Arbitrary<InputPlan> = fc.record({
  lengths: fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 100, max: 400 })), {
    minLength: 1,
    maxLength: 3,
  }),
  recordsPerSecond: fc.constantFrom(0, 0, 400, 1_500),
  fields: fc.uniqueArray(fieldPlan, { maxLength: 6, selector: ({ name }) => name }),
  oddOf16: fc.constantFrom(0, 0, 1, 8),
  n: fc.constantFrom('int', 'widening', 'double'),
  salt: fc.nat(1_000_000),
});

export const schemaPlan: fc.Arbitrary<SchemaPlan> = fc.record({
  input: inputPlan,
  key: fc.record({
    kind: fc.constantFrom('int', 'double', ...Object.keys(KEY_TAILS)),
    count: fc.constantFrom(1, 7, 200),
    by: fc.constantFrom('field', 'function', 'tuple'),
  }),
  readers: parallelism,
  stages: fc.array(
    fc.record({ kind: fc.constantFrom(...STAGES), parallelism, everyMs: fc.constantFrom(70, 500, 10_000) }),
    { maxLength: 4 },
  ),
  rescale: fc.option(fc.record({ atMs: fc.integer({ min: 0, max: 900 }), parallelism })),
  options: fc.record({
    batchSizeRecords: fc.oneof(few, fc.integer({ min: 120, max: 300 })),
    bufferTimeoutMs: fc.constantFrom(50, 400),
    creditsPerChannel: few,
    sourceReadRecords: fc.oneof(few, fc.constant(1_000)),
    timersPerStep: fc.oneof(few, fc.constant(128)),
    snapshotKeyGroupsPerStep: fc.oneof(few, fc.constant(16)),
    checkpointIntervalMs: fc.constantFrom(200, 50, 500),
    checkpointTimeoutMs: fc.constant(2_000),
  }),
  faults: fc.record({
    'tm-crash': weight,
    'jm-crash': weight,
    'barrier-loss': weight,
    'message-delay': weight,
    'connection-break': weight,
    'store-fail': weight,
  }),
});

export function schemaScenario(plan: SchemaPlan): Scenario {
  const { input, key, rescale, options, faults } = plan;
  const job = jobOf(plan);
  const everywhere = Object.fromEntries(job.graph.operators.map(({ id }) => [id, rescale?.parallelism ?? 1]));
  return defineScenario({
    name: 'generated-schemas',
    about: 'Records that nobody thought of, in a job that nobody wrote.',
    cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 },
    jobs: [{ job, ...(rescale === null ? {} : { rescale: [{ atMs: rescale.atMs, parallelism: everywhere }] }) }],
    input: () => ({
      rows: {
        splits: input.lengths.map((length, split) =>
          Array.from({ length }, (_, index) => rowOf(input, key, split, index)),
        ),
      },
    }),
    options: { ...quickOptions, ...options },
    sim: quickSim,
    faults,
    reference: true,
  });
}

function jobOf({ input, key, readers, stages }: SchemaPlan): JobDefinition {
  return defineJob('generated-schemas', (env) => {
    let rows = env
      .fromSource<Row>('rows', {
        topic: 'rows',
        splits: input.lengths.length,
        recordsPerSecond: input.recordsPerSecond,
        parallelism: readers,
        timestamp: ({ at }) => at,
      })
      .map('odd', withOdd, { parallelism: readers });
    let before = readers;
    for (const [number, stage] of stages.entries()) {
      rows = addStage(rows, `${stage.kind}-${number}`, key, { ...stage, before });
      if (isKeyed(stage)) before = stage.parallelism;
    }
    rows.map('said', said, { parallelism: before }).sinkTo('out', { sink: 'out', parallelism: before });
  });
}

const isKeyed = ({ kind }: StagePlan): boolean => !['add', 'drop', 'some', 'copies'].includes(kind);

/** What JSON lines cannot say comes in here. */
function withOdd(read: Row): Row {
  const { odd, ...row } = read as Row & Loose;
  if (typeof odd !== 'number' || odd === 0) return row;
  const n = ODD[odd - 1] as number;
  return { ...row, n, odd: [n, -0, { n }], bytes: Uint8Array.of(0, 255, odd) } as unknown as Row;
}

/** And goes here, each as something of its own. */
function said(value: Value): Value {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return (value as readonly Value[]).map(said);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, said(field)]));
}

function dropped(row: Row): Row {
  const { a: _, name, ...others } = row as Row & Loose;
  const named: Row & Loose = { ...others, name: name ?? '' };
  return row.at % 3 === 0 ? named : others;
}

interface Stage extends StagePlan {
  /** Of the stage before it. */
  readonly before: number;
}

function addStage(rows: DataStream<Row>, id: string, key: KeyPlan, stage: Stage): DataStream<Row> {
  if (isKeyed(stage)) return addKeyed(keyed(rows, key), id, stage);
  const settings = { parallelism: stage.before };
  switch (stage.kind) {
    case 'add':
      return rows.map(
        id,
        (row) => ({ ...row, added: row.n, [id]: { at: row.at, list: [row.n, 'x'] } }) as Row,
        settings,
      );
    case 'drop':
      return rows.map(id, dropped, settings);
    case 'some':
      return rows.filter(id, ({ at }) => at % 4 !== 0, settings);
    default:
      return rows.flatMap(
        id,
        (row) => Array.from({ length: (row.at / 10) % 3 }, (_, copy): Row => ({ ...row, n: row.n + copy })),
        settings,
      );
  }
}

function keyed(rows: DataStream<Row>, { by }: KeyPlan): KeyedStream<Row, string | number> {
  if (by === 'field') return rows.keyBy('key');
  if (by === 'function') return rows.keyBy(({ key }) => key);
  return rows.keyBy(({ key }) => [key, 'of']) as unknown as KeyedStream<Row, string | number>;
}

/** Nothing of what a stage added before goes into a state again: it would grow with each stage. */
function bare(row: Row): Row {
  const { before: _, count: _count, ...others } = row as Row & Loose;
  return others;
}

function addKeyed(rows: KeyedStream<Row, string | number>, id: string, stage: Stage): DataStream<Row> {
  const { kind, everyMs } = stage;
  const settings = { parallelism: stage.parallelism };
  switch (kind) {
    case 'remember':
      return rows.process<Row>(
        id,
        {
          onRecord(row, context) {
            const before = context.state<Row>('row');
            const counted = context.state<number>('count');
            const known = before.value();
            counted.update((counted.value() ?? 0) + 1);
            if ((counted.value() ?? 0) % 5 === 0) before.clear();
            else before.update(bare(row));
            context.collect({ ...row, before: known ?? null, count: counted.value() ?? 0 } as Row);
          },
        },
        settings,
      );
    case 'sums':
      return rows.reduce(id, (one, other) => ({ ...bare(other), n: one.n + other.n }), settings);
    case 'aggregate':
      return rows
        .aggregate(
          id,
          {
            times: count(),
            total: sum('n'),
            mean: avg('n'),
            least: min('n'),
            most: max('n'),
            smallest: minBy('n'),
            began: first('n'),
            different: countDistinct('at'),
            row: last(),
          },
          settings,
        )
        .map(
          `${id}-row`,
          ({ row, smallest, ...others }) => ({ ...bare(row), before: { ...others, n: smallest.n } }) as Row,
          settings,
        );
    case 'window':
      return rows
        .window(id, tumblingEventTime(everyMs))
        .aggregate({ times: count(), total: sum('n'), largest: maxBy('n'), began: first(), row: last() }, settings)
        .map(
          `${id}-row`,
          ({ row, window, times, total, largest, began }) =>
            ({ ...bare(row), n: total, before: { ...window, times, largest: bare(largest), began: began.at } }) as Row,
          settings,
        );
    case 'window-by-hand':
      return rows.window(id, tumblingEventTime(everyMs)).aggregate<{ rows: readonly Row[] }, Row>(
        {
          create: () => ({ rows: [] }),
          add: (found, row) => ({ rows: [...found.rows.slice(-4), bare(row)] }),
          result: (found, { window }) =>
            ({ ...(found.rows[0] as Row), before: { end: window.end, ns: found.rows.map(({ n }) => n) } }) as Row,
        },
        settings,
      );
    default:
      return rows.process<Row>(
        id,
        {
          onRecord(row, context) {
            const at = Math.ceil((context.timestamp + 1) / everyMs) * everyMs;
            const waiting = context.state<readonly Row[]>(`at-${at}`);
            waiting.update([...(waiting.value() ?? []).slice(-4), bare(row)]);
            context.registerEventTimeTimer(at);
          },
          onTimer(at, context) {
            const waiting = context.state<readonly Row[]>(`at-${at}`);
            for (const row of waiting.value() ?? []) context.collect({ ...row, count: at } as Row);
            waiting.clear();
          },
        },
        settings,
      );
  }
}
