// `--rounds N`: so many runs, one after the other, with processes killed at random times. Nothing may be lost, doubled or left behind.
import { mixSeed } from '../../sim/seeded-decisions.ts';
import { SEED_MAX } from '../../sim/search/seed-range.ts';
import { exitCodeOf, gravest } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { fact } from '../fact-lines.ts';
import { checkOutputFolder, shownPath } from '../files.ts';
import { drawSeed } from '../seed.ts';
import { count, formatSeconds } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { drawKills } from './draws.ts';
import { keepEvidence, type Evidence } from './evidence.ts';
import { realJson } from './json.ts';
import { createRandomKills } from './random-kills.ts';
import type { RealCommand } from './read-command.ts';
import {
  describeLeftovers,
  describeStrike,
  hasLeftovers,
  leaderChangesOf,
  restartsOf,
  verdictLines,
  whatRan,
} from './report.ts';
import { runReal, type RealRun } from './run.ts';
import type { Surroundings } from '../children/guarded.ts';
import { setUpReal } from './run-command.ts';
import type { StrikerOf } from './watch.ts';

export type RoundsCommand = Extract<RealCommand, { kind: 'rounds' }>;

const KILLS_UNTIL_MS = 1_000; // behind the end of reading: the end of a job is worth a kill as well

const randomKills: StrikerOf = ({ decisions, plainMs, cluster }, upAtMs, hands) => {
  const kills = drawKills(plainMs + KILLS_UNTIL_MS, cluster.taskManagers, decisions);
  return createRandomKills(
    kills.map((kill) => ({ ...kill, atMs: kill.atMs + upAtMs })),
    'jm-1',
    hands,
  );
};

export async function roundsCommand(
  command: RoundsCommand,
  terminal: Terminal,
  { guard, abort }: Surroundings,
): Promise<ExitCode> {
  const setup = await setUpReal(command);
  const first = command.seed ?? drawSeed();
  const { scenario } = setup;
  if (!command.json)
    terminal.line(`${scenario.name}, ${count(command.rounds, 'round')} from seed ${first}, on real processes`);
  checkOutputFolder();
  const runs: RealRun[] = [];
  for (let round = 1; round <= command.rounds; round++) {
    const run = await runReal({
      setup,
      seed: seedOf(first, round),
      guard,
      abort,
      strikerOf: randomKills,
      strike: { kind: null, isAskedFor: false },
      keep: false,
      onProgress: (text) => terminal.progress(`round ${round}: ${text}`),
    });
    terminal.progress('');
    runs.push({ ...run, lines: [] }); // only its verdict is wanted from here on
    const evidence = await keepEvidence(scenario, run, false);
    if (!command.json) for (const line of roundLines(round, run, evidence)) terminal.line(line);
  }
  if (command.json) terminal.line(JSON.stringify(roundsJson(scenario.name, first, runs)));
  else for (const line of summaryLines(runs)) terminal.line(line);
  return gravest(runs.map(({ verdict }) => exitCodeOf(verdict)));
}

/** Round 1 has the seed that was given, so that a failing round is repeated with its own. */
function seedOf(first: number, round: number): number {
  return round === 1 ? first : mixSeed(first, `round-${round}`) % (SEED_MAX + 1);
}

function roundLines(round: number, run: RealRun, { trace, report }: Evidence): string[] {
  const strikes =
    run.struck.length === 0 ? 'the job ended before the first kill' : run.struck.map(describeStrike).join('; ');
  const { facts } = run;
  const recovery = `${count(restartsOf(facts), 'restart')}, ${count(leaderChangesOf(facts), 'change')} of leader`;
  const head = `${run.verdict === 'pass' ? 'PASS' : 'FAIL'}  round ${round}, seed ${run.seed}, ${formatSeconds(run.wallMs)}: ${strikes}; ${recovery}`;
  const left = hasLeftovers(run) ? [fact('left over', describeLeftovers([run]))] : [];
  const verdict =
    trace === null || report === null
      ? []
      : [...verdictLines(run), fact('trace', shownPath(trace)), fact('report', shownPath(report))];
  const lines = [...verdict, ...left];
  return [head, ...lines.map((line) => `      ${line}`)];
}

function summaryLines(runs: readonly RealRun[]): string[] {
  const sum = (of: (run: RealRun) => number): number => runs.reduce((total, run) => total + of(run), 0);
  const failed = runs.filter(({ verdict }) => verdict !== 'pass');
  const kills = sum(({ struck }) => struck.length);
  const ofLeaders = sum(({ struck }) => struck.filter(({ epoch }) => epoch > 0).length);
  const ofRunners = sum(({ struck }) => struck.filter(({ attempts }) => attempts.length > 0).length);
  return [
    '',
    ...runs.slice(0, 1).flatMap((run) => whatRan(run).map(([label, text]) => fact(label, text))),
    fact(
      'kills',
      `${kills}: ${ofLeaders} of leaders, ${ofRunners} of TaskManagers with tasks, ${kills - ofLeaders - ofRunners} of others`,
    ),
    fact(
      'recovery',
      `${count(
        sum(({ facts }) => restartsOf(facts)),
        'restart',
      )}, ${count(
        sum(({ facts }) => leaderChangesOf(facts)),
        'change',
      )} of leader`,
    ),
    fact(
      'checkpoints',
      `${count(
        sum(({ facts }) => facts.completed.length),
        'checkpoint',
      )} completed, ${sum(({ facts }) => facts.aborted.length)} aborted`,
    ),
    fact('left over', describeLeftovers(runs)),
    fact('time', formatSeconds(sum(({ wallMs }) => wallMs))),
    failed.length === 0
      ? `PASS  ${count(runs.length, 'round')}: nothing lost, nothing doubled, processes and scratch folders are gone`
      : `FAIL  ${failed.length} of ${count(runs.length, 'round')}: seeds ${failed.map(({ seed }) => seed).join(', ')}`,
  ];
}

function roundsJson(scenario: string, seed: number, runs: readonly RealRun[]): object {
  const failed = runs.filter(({ verdict }) => verdict !== 'pass').length;
  return {
    scenario,
    seed,
    passed: runs.length - failed,
    failed,
    rounds: runs.map((run) => realJson(scenario, run, null)),
  };
}
