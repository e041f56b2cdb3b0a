// What a person reads about one run. Pure: lines from results.
import type { RunResult } from '../../sim/cluster/run-types.ts';
import { fact } from '../fact-lines.ts';
import { count, formatNumber, formatSeconds, wrapText } from '../terminal.ts';
import { faultsInForce } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';

/** The head of a run: what is run, and where from. */
export function headLine(setup: Pick<RunSetup, 'scenario' | 'faults' | 'set'>, seed: number, from = ''): string {
  return wrapText('', `${setup.scenario.name}, seed ${seed}: ${setup.scenario.about}${from}`);
}

/** Everything about a run but its verdict. */
export function factLines(setup: RunSetup, run: Run): string[] {
  return factsOf(setup, run).map(([name, text]) => fact(name, text));
}

export function factsOf(setup: RunSetup, run: Run): readonly (readonly [string, string])[] {
  const { result, wallMs } = run;
  const { checkpoints } = result;
  return [
    ['options', describeCounts(result.drawn, ' ') || 'all at their defaults'],
    ['faults', describeFaults(setup, result)],
    ['checkpoints', `${checkpoints.completed} completed, ${describeAborted(checkpoints.aborted)}`],
    ['recovery', `${count(result.restarts, 'restart')}, ${count(result.leaderChanges, 'change')} of leader`],
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
export function verdictLines(result: RunResult): string[] {
  if (result.verdict === 'pass') return [wrapText('PASS  ', result.sentence), ...comparedLines(result)];
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
    ...comparedLines(result),
  ];
}

function comparedLines(result: RunResult): string[] {
  return [fact('compared', describeCompared(result)), ...result.unjudged.map((text) => fact('order', text))];
}

/** The evidence of the first violation, or where a machine threw. */
export function evidenceLines({ violations, thrownAt }: RunResult, indent: string): string[] {
  const lines = violations[0]?.evidence.map(({ text }) => text) ?? thrownAt;
  return lines.map((line) => wrapText(indent, line));
}

export function describeCompared(result: RunResult): string {
  const { compared, recordsIn } = result;
  const outputs = Object.values(result.committed).reduce((sum, values) => sum + values.length, 0);
  if (!result.finished) return `nothing at the end: the job did not finish (${count(outputs, 'record')} committed)`;
  if (compared === null)
    return `${count(outputs, 'committed record')} by the scenario's own check (${count(recordsIn, 'record')} read)`;
  return `${count(compared.groups, 'group')} of ${count(compared.records, 'record')} with a sequential reference run`;
}

function describeFaults(setup: RunSetup, result: RunResult): string {
  const inForce = faultsInForce(setup);
  if (inForce.length === 0) return 'none in force';
  const fired = Object.entries(result.faults).filter(([, times]) => times > 0);
  const silent = inForce.filter((fault) => (result.faults[fault] ?? 0) === 0);
  const head = fired.length === 0 ? 'none fired' : fired.map(([fault, times]) => `${fault} ${times}`).join(', ');
  return silent.length === 0 ? head : `${head}; not this time: ${silent.join(', ')}`;
}

function describeAborted(aborted: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(aborted).filter(([, times]) => times > 0);
  const total = reasons.reduce((sum, [, times]) => sum + times, 0);
  if (total === 0) return 'none aborted';
  return `${total} aborted (${reasons.map(([reason, times]) => `${reason}: ${times}`).join(', ')})`;
}

/** A run ends with the first violation: what the others would have said of the rest is not known. */
function describeOracles({ oracles, verdict }: RunResult): string {
  const names = (isWanted: (opinion: string) => boolean): string =>
    Object.entries(oracles)
      .flatMap(([name, opinion]) => (isWanted(opinion) ? [name] : []))
      .join(', ');
  const failed = names((opinion) => opinion !== 'pass');
  const passed = names((opinion) => opinion === 'pass');
  if (verdict === 'pass') return `all pass: ${passed}`;
  return `${failed === '' ? '' : `FAIL: ${failed}; `}nothing to object until then: ${passed}`;
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
