// What a person, or a script, reads about a run of machines. Pure: lines from results.
import { count, formatSeconds, wrapText } from '../../terminal.ts';
import { fact } from '../../fact-lines.ts';
import type { Killed } from './kills.ts';
import type { MachinesRun } from './run-types.ts';
import { describeKill } from './with-kills.ts';

type Fact = readonly [string, string];

export function factLines(run: MachinesRun): string[] {
  return factsOf(run).map(([label, text]) => fact(label, text));
}

export function factsOf(run: MachinesRun): readonly Fact[] {
  const { killed, drawn, upAtMs, endedAtMs, wallMs } = run;
  const { called, answered, delivered, restarts } = countLines(run);
  const drawnText = Object.entries(drawn).map(([name, value]) => `${name}=${value}`);
  return [
    ...(drawnText.length === 0 ? [] : [['drawn', drawnText.join(', ')] as const]),
    ...(killed.length === 0
      ? [['strike', 'none: no process was killed'] as const]
      : killed.flatMap((one) => killFacts(one, run))),
    ...(called === 0 ? [] : [['calls', `${answered} of ${count(called, 'call')} were answered`] as const]),
    ['messages', `${count(delivered, 'message')} arrived; ${count(restarts, 'restart')} of processes`],
    [
      'time',
      `${formatSeconds(upAtMs)} until all processes were up, ${formatSeconds(endedAtMs)} until the end, ${formatSeconds(wallMs)} in all`,
    ],
  ];
}

function killFacts(killed: Killed, { acts }: MachinesRun): Fact[] {
  const { victim, incarnation, atMs } = killed;
  const againAtMs = acts.firstAtMs(victim, incarnation + 1);
  const after =
    againAtMs === null ? 'nothing behind it' : `took part again ${formatSeconds(againAtMs - atMs)} behind it`;
  return [
    ['strike', describeKill(killed)],
    ['proof', `${victim} had stepped ${count(acts.of(victim, incarnation), 'message')} before the kill, and ${after}`],
  ];
}

interface Totals {
  /** Calls that clients noted, and those of them that were answered. */
  readonly called: number;
  readonly answered: number;
  readonly delivered: number;
  /** Processes that were started again. */
  readonly restarts: number;
}

function countLines({ lines }: Pick<MachinesRun, 'lines'>): Totals {
  const steps = lines.filter((line) => line.kind === 'stepped');
  const notes = steps.flatMap(({ effects }) =>
    effects.flatMap((effect) => (effect.effect === 'note' ? effect.note.kind : [])),
  );
  const times = (kind: string): number => notes.filter((one) => one === kind).length;
  return {
    called: times('called'),
    answered: times('returned'),
    delivered: steps.filter(({ input }) => input.kind === 'message').length,
    restarts: lines.filter((line) => line.kind === 'started' && line.incarnation > 1).length,
  };
}

/** `PASS` or `FAIL` with its sentence and evidence, and who judged. */
export function verdictLines(run: MachinesRun): string[] {
  const names = Object.keys(run.oracles);
  return [
    wrapText(run.verdict === 'pass' ? 'PASS  ' : 'FAIL  ', run.sentence),
    ...run.evidence.map((line) => wrapText('      ', line)),
    fact('judged by', names.length === 0 ? 'isOver' : names.join(', ')),
  ];
}

/** One line of a round. */
export function roundLine(round: number, run: MachinesRun): string {
  const strikes =
    run.killed.length === 0 ? 'the machines were done before the first kill' : run.killed.map(describeKill).join('; ');
  const { called, answered } = countLines(run);
  const calls = called === 0 ? '' : `; ${answered} of ${count(called, 'call')} were answered`;
  return `${run.verdict === 'pass' ? 'PASS' : 'FAIL'}  round ${round}, seed ${run.seed}, ${formatSeconds(run.wallMs)}: ${strikes}${calls}`;
}

/** The object that --json prints: the fields of a simulated run, null where the real world has none. */
export function machinesJson(scenario: string, run: MachinesRun): object {
  const { seed, verdict, sentence, killed, oracles, drawn } = run;
  const { called, answered, delivered, restarts } = countLines(run);
  return {
    guest: 'machines',
    scenario,
    seed,
    verdict,
    traceHash: null,
    events: run.lines.length,
    simulatedMs: null,
    wallMs: Math.round(run.wallMs),
    faults: killed.length === 0 ? {} : { crash: killed.length },
    drawn,
    oracles,
    output: null,
    sentence,
    calls: { called, answered },
    messages: { delivered },
    restarts,
    strikes: killed.map(({ victim, incarnation, atMs, backAtMs }) => ({
      kind: 'kill',
      victim,
      incarnation,
      atMs: Math.round(atMs),
      backAtMs: backAtMs === null ? null : Math.round(backAtMs),
    })),
  };
}
