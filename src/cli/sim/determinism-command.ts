// `--check-determinism`: a seed twice in this process and once in a fresh one; the first event that differs is shown with both sides.
import { diffStates } from '../../core/base/state.ts';
import { readTraceLine } from '../../run/read-trace.ts';
import { textsOf } from '../../run/texts.ts';
import { LineReader } from '../../run/trace-lines.ts';
import { cutToDifference, firstDivergence, noteEvents } from '../../sim/search/determinism.ts';
import type { Divergence, EventNote } from '../../sim/search/determinism.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { formatNumber } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { runInFreshProcess } from './fresh-process.ts';
import { commandOf, prepare } from './plan.ts';
import type { SimCommand } from './read-command.ts';
import { drawSeed } from '../seed.ts';
import { progressOf } from './run-command.ts';
import { runJson } from './run-json.ts';
import { commandLine, fact } from '../fact-lines.ts';
import { headLine, verdictLines } from './run-report.ts';
import { planOf, runSeed } from './run-seed.ts';
import type { Run, RunSetup } from './run-seed.ts';
import { stateAfter } from './state-after.ts';

export type DeterminismCommand = Extract<SimCommand, { kind: 'check-determinism' }>;

/** Runs that were compared, and where they parted, if they did. */
interface Comparison {
  readonly sides: readonly [string, string];
  readonly divergence: Divergence | null;
  /** The states after the event, run once more: [left, right]. */
  readonly states: () => Promise<readonly [unknown, unknown]>;
}

export async function determinismCommand(command: DeterminismCommand, terminal: Terminal): Promise<ExitCode> {
  const setup = await prepare(command);
  const seed = command.seed ?? drawSeed();
  if (!command.json) terminal.line(headLine(setup, seed));
  const first = runSeed(setup, seed, progressOf(terminal)); // looked at like any other run, so that it has the same trace hash
  const firstEvents = noteRun(setup, seed, terminal);
  await endOfTurn(); // a callback that user code left behind, which no run waits for, is called now: a second run sees what it did
  const inProcess = compareHere(setup, seed, firstEvents, terminal);
  const failed = inProcess.divergence === null ? await compareFresh(setup, seed, firstEvents, terminal) : inProcess;
  terminal.progress('');
  const isSame = failed.divergence === null;
  const lines = isSame ? tellSame(setup, first, firstEvents.length) : await tellDivergence(setup, seed, failed);
  if (command.json) terminal.line(JSON.stringify(runJson(setup.guest, first, null, !isSame)));
  for (const line of lines) {
    if (!command.json) terminal.line(line);
    else if (!isSame) terminal.complain(line);
  }
  return isSame ? exitCodeOf(first.result.verdict) : exitCodes.nonDeterminism;
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function noteRun(setup: RunSetup, seed: number, terminal: Terminal): readonly EventNote[] {
  const { notes, onEvent } = noteEvents();
  runSeed(setup, seed, { onEvent, ...progressOf(terminal) });
  return notes;
}

function compareHere(setup: RunSetup, seed: number, events: readonly EventNote[], terminal: Terminal): Comparison {
  const divergence = firstDivergence(events, noteRun(setup, seed, terminal));
  return {
    sides: ['first run', 'second run'],
    divergence,
    states: async () => {
      const left = stateHere(setup, seed, divergence!.index);
      await endOfTurn();
      return [left, stateHere(setup, seed, divergence!.index)];
    },
  };
}

async function compareFresh(
  setup: RunSetup,
  seed: number,
  events: readonly EventNote[],
  terminal: Terminal,
): Promise<Comparison> {
  terminal.progress('running the seed in a fresh process');
  const plan = planOf(setup);
  const fresh = await runInFreshProcess({ plan, seed, wanted: 'events' });
  const divergence = firstDivergence(events, fresh.events);
  return {
    sides: ['here', 'fresh process'],
    divergence,
    states: async () => {
      const there = await runInFreshProcess({ plan, seed, wanted: divergence!.index });
      return [stateHere(setup, seed, divergence!.index), there.state];
    },
  };
}

function stateHere(setup: RunSetup, seed: number, index: number): unknown {
  const { state, onEvent } = stateAfter(index);
  runSeed(setup, seed, { onEvent });
  return state();
}

function tellSame(setup: RunSetup, { result, seed }: Run, events: number): string[] {
  return [
    fact('events', `${formatNumber(events)}, each with the same hash in two runs here and one in a fresh process`),
    fact('trace hash', result.traceHash),
    '',
    ...verdictLines(setup.guest, result),
    commandLine('try', `${commandOf(setup)} --seed ${seed}`),
  ];
}

const SHOWN_CHARACTERS = 80; // of a line: around its first difference

async function tellDivergence(
  setup: RunSetup,
  seed: number,
  { sides, divergence, states }: Comparison,
): Promise<string[]> {
  const { index, left, right } = divergence!;
  const pair = (one: string, other: string): string[] => {
    if (one === other) return [`  both  ${nameOfStep(setup, one) ?? cutToDifference(one, other, SHOWN_CHARACTERS)[0]}`];
    const width = Math.max(...sides.map((side) => side.length));
    return cutToDifference(one, other, SHOWN_CHARACTERS).map((text, at) => `  ${sides[at]!.padEnd(width)}  ${text}`);
  };
  const lines = [
    `FAIL  seed ${seed} is not repeatable: event ${formatNumber(index)} is the first that differs`,
    ...pair(...firstDifferentLine(left, right)),
  ];
  const difference = diffStates(...(await states()));
  if (difference !== null) {
    lines.push(`run once more, the states after that event differ at ${difference.path.slice(1)}`);
    lines.push(...pair(difference.left, difference.right));
  }
  return [...lines, commandLine('repeat', `${commandOf(setup)} --seed ${seed} --check-determinism`)];
}

/** What a line of a trace tells of a step: where, when, and of what. Of any other line: null. */
function nameOfStep(setup: RunSetup, text: string): string | null {
  const line = readTraceLine(text, new LineReader());
  if (!line.ok || line.value.kind !== 'stepped') return null;
  const { at, node, input } = line.value;
  return `${(at / 1e6).toFixed(6)} s  ${node}: ${textsOf(setup.guest.header).input(input)}`;
}

/** What could be seen of an event is a line for each thing; the first pair of lines that differs, or the first if only states differ. */
function firstDifferentLine(left: EventNote | null, right: EventNote | null): readonly [string, string] {
  const [ones, others] = [left, right].map((note) => note?.text.split('\n') ?? ['the run is over']) as [
    string[],
    string[],
  ];
  const at = Math.max(
    0,
    ones.findIndex((line, index) => line !== others[index]),
  );
  return [ones[at] ?? 'nothing', others[at] ?? 'nothing'];
}
