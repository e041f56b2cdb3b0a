// Other orders in which a cluster may read the same input. The reference reads in one; where another one comes to something else, the job
// depends on the order, and one sequential run cannot judge it. Asked when an oracle is about to object, so it may be slow.
import { heldBackOf, unseenRecords } from './in-flight.ts';
import type { ReferenceRun } from './kinds/kind.ts';
import { createReferenceRun, endSplit, releaseWatermarks, runTo } from './reference-run.ts';
import { isEndAt, undated, type ReferencePlan } from './reference-plan.ts';
import { numbersByText, type Cut, type Reference, type StateAtCut } from './reference.ts';
import { cutText, timesText } from './text.ts';

interface ReadingOrder {
  /** Which splits are read first, each to its end. `turns`: one record of each in turn, as the reference does. */
  readonly splits: 'turns' | 'rising' | 'falling';
  /** Watermarks come behind all records, as slow ones do, and not directly behind the record that moves them. */
  readonly late: boolean;
  /** What a job depends on that comes to something else in it. */
  readonly depends: string;
  readonly how: string;
}

const CLOSURE = 'something outside of its state, such as a variable, chance or a clock';
const TIMING = 'when watermarks come between records';
const MEETING = 'the order in which records of several splits meet';

/** The first is the reference's own: what comes to something else there depends on no order. */
const otherOrders: readonly ReadingOrder[] = [
  { splits: 'turns', late: false, depends: CLOSURE, how: 'is made again' },
  { splits: 'turns', late: true, depends: TIMING, how: 'gets its watermarks behind the records' },
  { splits: 'falling', late: false, depends: MEETING, how: 'reads split by split, the last one first' },
  { splits: 'rising', late: false, depends: MEETING, how: 'reads split by split' },
];

/** What a sequential run writes in another order. */
export interface OtherOutput {
  readonly sink: string;
  readonly line: string;
  readonly expected: number;
  readonly count: number;
  readonly order: Pick<ReadingOrder, 'depends' | 'how'>;
}

/** A line of which another order writes more or fewer, or null if none was found. */
export function findOtherOutput(reference: Reference): OtherOutput | null {
  for (const order of otherOrders) {
    const other = outputIn(reference.plan, order);
    const difference = other === null ? null : firstDifference(reference, other);
    if (difference !== null) return { ...difference, order };
  }
  return null;
}

type Output = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Lines of each sink with their counts; null if user code throws. */
function outputIn(plan: ReferencePlan, order: ReadingOrder): Output | null {
  const sinks = new Map<string, Map<string, number>>();
  const run = createReferenceRun(
    undated(plan), // what the job keeps outside of its state shows in its timestamps too
    (sink, value) => {
      const lines = sinks.get(sink) ?? new Map<string, number>();
      sinks.set(sink, lines);
      const text = plan.lineOf(value);
      lines.set(text, (lines.get(text) ?? 0) + 1);
    },
    order.late,
  );
  try {
    const lengths = plan.splits.map(({ records }) => records.length);
    if (!order.late)
      for (const [split, planned] of plan.splits.entries()) if (isEndAt(planned, 0)) endSplit(run, split);
    readIn(run, order, lengths);
    for (const split of lengths.keys()) endSplit(run, split);
  } catch {
    return null;
  }
  return sinks;
}

function readIn(run: ReferenceRun, { splits }: ReadingOrder, positions: readonly number[]): void {
  if (splits !== 'turns') {
    const upTo = run.splits.map(({ position }) => position);
    const indexes = [...positions.keys()];
    for (const split of splits === 'rising' ? indexes : indexes.toReversed()) {
      upTo[split] = positions[split] as number;
      runTo(run, upTo);
    }
  }
  runTo(run, positions);
  releaseWatermarks(run);
}

function firstDifference(reference: Reference, other: Output): Omit<OtherOutput, 'order'> | null {
  for (const [sink, expectedLines] of reference.complete().sinks) {
    const { counts } = expectedLines;
    const numbers = numbersByText(expectedLines);
    const lines = other.get(sink) ?? new Map<string, number>();
    for (const [line, number] of numbers) {
      const [count, expected] = [lines.get(line) ?? 0, counts[number] as number];
      if (count !== expected) return { sink, line, expected, count };
    }
    for (const [line, count] of lines) if (!numbers.has(line)) return { sink, line, expected: 0, count };
  }
  return null;
}

/** Evidence beside a violation of a job whose output depends on the order; none if no other order shows it. */
export function orderNote(reference: Reference): readonly string[] {
  const other = findOtherOutput(reference);
  if (other === null) return [];
  const { sink, line, expected, count, order } = other;
  const text = cutText(line);
  return [
    `the output depends on ${order.depends}: the sequential run writes ${text} to ${sink} ${timesText(expected)}, and ${timesText(count)} if it ${order.how}`,
    order.depends === CLOSURE
      ? 'no run of such a job can be had again'
      : 'no sequential run can judge such a job: let it not depend on that, or say `reference: false` and bring a `check`',
  ];
}

/** The state at a cut as this order and others leave it; an order in which user code throws is left out. */
export function statesInAllOrders(plan: ReferencePlan, cut: Cut): readonly StateAtCut[] {
  return otherOrders.flatMap((order) => {
    const held = cut.inFlight === undefined ? null : heldBackOf(cut.inFlight);
    const run = createReferenceRun(undated(plan), () => undefined, order.late, held);
    try {
      readIn(run, order, cut.positions);
      for (const [split, ended] of cut.ended.entries()) if (ended) endSplit(run, split);
    } catch {
      return [];
    }
    const { watermarks, states, splits, inFlight } = run;
    const maxTimestamps = splits.map(({ maxTimestamp }) => maxTimestamp);
    return [{ plan, watermarks, states, maxTimestamps, unseen: unseenRecords(plan, inFlight) }];
  });
}
