// What a person reads about one run. Pure: lines from results.
import type { ExactFaults, Guest, Row, RunResult } from '../../sim/guest.ts';
import { fact } from '../fact-lines.ts';
import { count, formatNumber, formatSeconds, wrapText } from '../terminal.ts';
import { faultsInForce } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';

/** The head of a run: what is run, and where from. */
export function headLine(setup: Pick<RunSetup, 'guest' | 'exactFaults'>, seed: number, from = ''): string {
  const { guest, exactFaults } = setup;
  const which = exactFaults === undefined ? `seed ${seed}` : 'one of all runs inside bounds';
  return wrapText('', `${guest.name}, ${which}: ${guest.about}${from}`);
}

/** Everything about a run but its verdict. */
export function factLines(setup: RunSetup, run: Run): string[] {
  return factsOf(setup, run).map(([name, text]) => fact(name, text));
}

export function factsOf(setup: RunSetup, run: Run): readonly Row[] {
  const { result, wallMs } = run;
  return [
    ['options', describeCounts(result.drawn, ' ') || 'as the scenario sets them'],
    ['faults', describeFaults(setup, result)],
    ...setup.guest.tell(result).rows,
    [
      'time',
      `${formatSeconds(result.simulatedMs)} simulated in ${formatSeconds(wallMs)} (${describeRatio(result.simulatedMs, wallMs)})`,
    ],
    ['events', `${formatNumber(result.events)}, ${formatNumber((result.events * 1_000) / wallMs)} a second`],
    ['trace hash', result.traceHash],
    ['oracles', describeOracles(result)],
  ];
}

/** `PASS` or `FAIL` with its sentence, what was compared with what, and the evidence of a failure. */
export function verdictLines(guest: Pick<Guest, 'tell'>, result: RunResult): string[] {
  const comparison = guest.tell(result).comparison.map(([label, text]) => fact(label, text));
  if (result.verdict === 'pass') return [wrapText('PASS  ', result.sentence), ...comparison];
  const [, ...others] = result.violations;
  return [
    wrapText('FAIL  ', result.sentence),
    ...evidenceLines(result, ' '.repeat(6)),
    ...(others.length === 0
      ? []
      : [
          wrapText(
            '      ',
            `and ${count(others.length, 'violation')} more, first of ${others[0]!.oracle}: ${others[0]!.text}`,
          ),
        ]),
    ...comparison,
  ];
}

/** The evidence of the first violation, or where a machine threw. */
export function evidenceLines({ violations, thrownAt }: RunResult, indent: string): string[] {
  const lines = violations[0]?.evidence.map(({ text }) => text) ?? thrownAt;
  return lines.map((line) => wrapText(indent, line));
}

function describeFaults(setup: RunSetup, result: RunResult): string {
  const inForce = faultsInForce(setup);
  if (inForce.length === 0) return 'none in force';
  const fired = Object.entries(result.faults).filter(([, times]) => times > 0);
  const silent = inForce.filter((fault) => (result.faults[fault] ?? 0) === 0);
  const head = fired.length === 0 ? 'none fired' : fired.map(([fault, times]) => `${fault} ${times}`).join(', ');
  const seen = silent.length === 0 ? head : `${head}; not this time: ${silent.join(', ')}`;
  return setup.exactFaults === undefined ? seen : `${seen}; ${describeExact(setup.exactFaults)}`;
}

function describeExact({ faultsMax }: ExactFaults): string {
  return `each was asked wherever it may strike, until ${count(faultsMax, 'fault')} hit`;
}

/** A run ends with the first violation: what the others would have said of the rest is not known. */
function describeOracles({ oracles, verdict }: RunResult): string {
  const names = (isWanted: (opinion: string) => boolean): string =>
    Object.entries(oracles)
      .flatMap(([name, opinion]) => (isWanted(opinion) ? [name] : []))
      .join(', ');
  if (Object.keys(oracles).length === 0) return 'none; invariants and the contract of machines are checked';
  const failed = names((opinion) => opinion !== 'pass');
  const passed = names((opinion) => opinion === 'pass');
  if (verdict === 'pass') return `all pass: ${passed}`;
  const objections = failed === '' ? [] : [`FAIL: ${failed}`];
  return [...objections, ...(passed === '' ? [] : [`nothing to object until then: ${passed}`])].join('; ');
}

function describeRatio(simulatedMs: number, wallMs: number): string {
  const ratio = simulatedMs / wallMs;
  return ratio >= 10 ? `${formatNumber(ratio)} times as fast` : `${ratio.toFixed(1)} times as fast`;
}

function describeCounts(counts: Readonly<Record<string, number>>, between: string): string {
  return Object.entries(counts)
    .map(([name, value]) => `${name}${between}${value}`)
    .join(', ');
}
