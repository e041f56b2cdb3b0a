// What a person reads about a sweep. Pure: lines from sums.
import type { Guest } from '../../sim/guest.ts';
import type { Gap } from '../../sim/search/sweep-coverage.ts';
import { hitsOf } from '../../sim/search/sweep-coverage.ts';
import type { SweepSummary } from '../../sim/search/sweep.ts';
import { count, formatNumber, formatSeconds, formatTable } from '../terminal.ts';
import { sumOf } from './run-json.ts';
import { fact } from '../fact-lines.ts';
import { faultsInForce } from './run-seed.ts';
import type { RunSetup } from './run-seed.ts';

type Sweep = Readonly<SweepSummary>;

export function summaryLines(setup: Pick<RunSetup, 'guest' | 'faults'>, sweep: Sweep, wallMs: number): string[] {
  const rate = (amount: number): string => formatNumber((amount * 1_000) / wallMs);
  return [
    fact(
      'seeds',
      `${formatNumber(sweep.seeds)} in ${formatSeconds(wallMs)}, ${((sweep.seeds * 1_000) / wallMs).toFixed(1)} a second`,
    ),
    fact('events', `${formatNumber(sweep.events)}, ${rate(sweep.events)} a second`),
    fact(
      'time',
      `${formatSeconds(sweep.simulatedMs)} simulated, ${rate(sweep.simulatedMs / 1_000)} simulated seconds a second`,
    ),
    ...setup.guest.sumUp(sweep.counts, sweep.seeds).rows.map(([label, text]) => fact(label, text)),
    ...faultLines(setup.guest, sweep, faultsInForce(setup)),
  ];
}

type Faulty = Pick<Guest, 'coverage'>;

function faultLines(guest: Faulty, sweep: Sweep, inForce: readonly string[]): string[] {
  if (inForce.length === 0) return [fact('faults', 'none in force')];
  const fired = sumOf(sweep.faults);
  const head = `${formatNumber(fired)} fired (${(fired / sweep.seeds).toFixed(1)} a seed)`;
  if (guest.coverage === null) return [fact('faults', `${head}: ${describeEach(sweep, inForce)}`)];
  return [fact('faults', `${head}, by the phases in which they hit:`), ...coverageTables(guest, sweep, inForce)];
}

/** Those that never fired are told like the others: they prove nothing. */
function describeEach({ faults }: Sweep, inForce: readonly string[]): string {
  return inForce.map((fault) => `${fault} ${formatNumber(faults[fault] ?? 0)}`).join(', ');
}

const COLUMNS_MAX = 10; // more do not fit into a line

function coverageTables(guest: Faulty, sweep: Sweep, inForce: readonly string[]): string[] {
  const tables = Math.ceil(inForce.length / COLUMNS_MAX);
  return Array.from({ length: tables }, (_, table) => [
    '',
    ...coverageTable(guest, sweep, inForce.slice(table * COLUMNS_MAX, (table + 1) * COLUMNS_MAX)),
  ]).flat();
}

/** Phases down, faults across, times hit. */
export function coverageTable(
  { coverage }: Faulty,
  sweep: Pick<Sweep, 'faults' | 'faultPhases'>,
  faults: readonly string[],
): string[] {
  const heads = faults.map(headOf);
  const height = Math.max(...heads.map((head) => head.length));
  const headRow = (row: number): string[] => ['', ...heads.map((head) => head[row - height + head.length] ?? '')];
  return formatTable(
    [
      ...Array.from({ length: height }, (_, row) => headRow(row)),
      ...(coverage?.phases ?? []).map((phase) => [
        phase,
        ...faults.map((fault) => formatNumber(hitsOf(sweep.faultPhases, fault, phase))),
      ]),
      ['fired', ...faults.map((fault) => formatNumber(sweep.faults[fault] ?? 0))],
    ],
    1,
  );
}

const HEAD_PARTS: Readonly<Record<string, readonly string[]>> = {
  'connection-break': ['connec-', 'tion-', 'break'],
  partition: ['parti-', 'tion'],
};

/** A name on several lines, so that ten of them fit beside each other. */
function headOf(fault: string): readonly string[] {
  return HEAD_PARTS[fault] ?? fault.split(/(?<=-)/);
}

export function gapLines(gaps: readonly Gap[], seeds: number): string[] {
  return gaps.map(
    ({ fault, phase }) =>
      `never seen in ${count(seeds, 'seed')}: ${fault} while ${phase}; no sentence of the scenario excuses it`,
  );
}
