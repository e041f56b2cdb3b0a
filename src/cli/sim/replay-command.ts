// `--replay`: repeats the run of a tape, and says whether it was the same run. A regression tape is judged by its verdict alone.
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { regressionFolder } from '../../layout.ts';
import { parseOption, unknownName } from '../../core/base/options.ts';
import type { Guest } from '../../sim/guest.ts';
import { firstDivergentInterval } from '../../sim/search/determinism.ts';
import { EVENTS_PER_HASH } from '../../sim/observe.ts';
import type { AnnotatedEntry, TapeFile } from '../../sim/search/tape-file.ts';
import { exitCodeOf, exitCodes, UsageError } from '../exit-codes.ts';
import type { ExitCode } from '../exit-codes.ts';
import { findScenarioFile, scenarioNames } from '../scenario/scenario-file.ts';
import { findForUser, fromHome, shownPath } from '../files.ts';
import { formatNumber } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';
import { hashOf } from './plan.ts';
import type { SimCommand } from './read-command.ts';
import { reportFailure, tellTape } from './failure.ts';
import { progressOf } from './run-command.ts';
import { runJson } from './run-json.ts';
import { fact } from '../fact-lines.ts';
import { factLines, headLine, verdictLines } from './run-report.ts';
import { runEntries, setUp } from './run-seed.ts';
import type { Onlookers, Run, RunPlan, RunSetup } from './run-seed.ts';
import { annotate, loadTape, scenarioHash } from './tape.ts';
import { openTrace, runTraced } from './trace-file.ts';
import { currentVersion, shortCommit, UNKNOWN_COMMIT } from './version.ts';

export async function replayCommand(
  command: Extract<SimCommand, { kind: 'replay' }>,
  terminal: Terminal,
): Promise<ExitCode> {
  const path = findForUser(command.file);
  const tape = loadTape(path);
  const setup = await setUpTape(tape, path, command.scenario);
  const trace = openTrace(command.trace);
  if (!command.json) terminal.line(headLine(setup, tape.seed, ` (tape ${shownPath(path)})`));
  const run = runTraced(setup, tape.seed, trace, (onTrace) =>
    replay(setup, tape, { ...onTrace, ...progressOf(terminal) }),
  );
  terminal.progress('');
  const isRegression = !relative(regressionFolder, path).startsWith('..');
  const difference = isRegression ? null : compareWithTape(setup, tape, run);
  const told = await tellReplay(setup, tape, run, command.report ? 'always' : 'if it failed', path);
  if (command.json) {
    terminal.line(JSON.stringify(runJson(setup.guest, run, null, difference?.isError === true)));
  } else {
    const lines = [
      ...factLines(setup, run),
      '',
      ...verdictLines(setup.guest, run.result),
      ...noteLines(tape, run, difference),
      ...told,
    ];
    for (const line of lines) terminal.line(line);
  }
  if (command.json && difference !== null) terminal.complain(difference.text);
  return difference?.isError === true ? exitCodes.nonDeterminism : exitCodeOf(run.result.verdict);
}

/** Writes the report, where there is to be one, and tells a failure as the tape has it: what it was shrunk to, most often. */
async function tellReplay(
  setup: RunSetup,
  { decisions: entries, inputLimits }: TapeFile,
  run: Run,
  report: 'always' | 'if it failed',
  path: string,
): Promise<string[]> {
  const taped = { run, entries, inputLimits };
  if (run.result.verdict !== 'pass') {
    const failure = tellTape(setup, taped);
    return [await reportFailure(setup, failure, path), '', ...failure.lines];
  }
  return report === 'always' ? [await reportFailure(setup, { taped, story: null }, path)] : [];
}

/** @param movedTo where the scenario of the tape lies now, if not where the tape says. */
export async function setUpTape(tape: TapeFile, path: string, movedTo: string | null = null): Promise<RunSetup> {
  const file = movedTo === null ? findTaped(tape.scenario.file) : findScenarioFile(movedTo);
  if (!existsSync(file)) {
    const hint = 'if it was moved, say where to: --replay TAPE --scenario FILE';
    throw new UsageError(`${shownPath(path)} is of the scenario ${tape.scenario.file}, which is not there (${hint})`);
  }
  const hash = await hashOf(file);
  const setup = await setUp({ file, hash, ...settingsOf(tape) });
  checkScenario(setup, tape, path);
  checkSettings(setup.guest, tape, path);
  return setup;
}

function settingsOf({ set, faults, exactFaults }: TapeFile): Omit<RunPlan, 'file' | 'hash'> {
  return { set, faults: faults ?? 'scenario', ...(exactFaults === null ? {} : { exactFaults }) };
}

/** A name is that of a scenario of the house, which a package has elsewhere than a checkout. */
function findTaped(nameOrFile: string): string {
  return scenarioNames.includes(nameOrFile) ? findScenarioFile(nameOrFile) : fromHome(nameOrFile);
}

function titleOf({ kind, name }: Pick<Guest, 'kind' | 'name'>): string {
  return `the ${kind} ${name}`;
}

const SCENARIO_LINE = 4; // of a tape

/** Decisions of one scenario mean nothing in another one. */
function checkScenario({ guest, file }: RunSetup, { scenario }: TapeFile, path: string): void {
  if (guest.kind === scenario.kind && guest.name === scenario.name) return;
  throw new UsageError(
    `${shownPath(path)}, line ${SCENARIO_LINE}: it is of ${titleOf(scenario)}, and ${shownPath(file)} is ${titleOf(guest)}: its decisions mean nothing there`,
  );
}

/** What a tape sets is read like a command line: nothing that is not known is passed over. */
function checkSettings({ options, faultKinds }: Guest, tape: TapeFile, path: string): void {
  const refuse = (reason: string): never => {
    throw new UsageError(`${shownPath(path)}: ${reason}`);
  };
  for (const [name, value] of Object.entries(tape.set)) {
    const read = parseOption(options, name, String(value));
    if (!read.ok) refuse(`set ${read.reason}`);
  }
  const unknown = tape.faults?.find((name) => !faultKinds.includes(name));
  if (unknown !== undefined) refuse(unknownName('fault', unknown, faultKinds));
}

export function replay(setup: RunSetup, tape: TapeFile, onlookers: Onlookers = {}): Run {
  return runEntries(setup, tape.seed, tape.decisions, tape.inputLimits, onlookers);
}

interface Difference {
  readonly text: string;
  /** The same code made another run of the same decisions. */
  readonly isError: boolean;
}

/** Whether the run was that of the tape; if not, from where on, and whose fault it is. */
function compareWithTape(setup: RunSetup, tape: TapeFile, run: Run): Difference | null {
  if (run.result.traceHash === tape.traceHash) return null;
  const { commit, v8 } = currentVersion();
  const changes = [
    ...(scenarioHash(setup) === tape.scenario.hash ? [] : ['the scenario or its data has changed']),
    ...(isSameCommit(commit, tape.commit)
      ? []
      : [`it was written at commit ${shortCommit(tape.commit)}, this is ${shortCommit(commit)}`]),
    ...(v8 === tape.v8 ? [] : [`it was written with V8 ${tape.v8}, this is ${v8}`]),
  ];
  const where = describeDivergence(tape, run);
  if (changes.length > 0)
    return { text: `this is not the run of the tape: ${where}; ${changes.join('; ')}`, isError: false };
  return { text: `NOT REPEATABLE: the same code made another run of the same tape: ${where}`, isError: true };
}

/** Where git cannot say which commit this is, it may be any. */
function isSameCommit(one: string, other: string): boolean {
  return one === other && one !== UNKNOWN_COMMIT;
}

/** Between which events the two runs parted, by the hashes of the tape, and the first fault that was another one. */
function describeDivergence(tape: TapeFile, run: Run): string {
  const interval = firstDivergentInterval(tape.hashes, run.result.hashes, EVENTS_PER_HASH);
  const agreed = Math.min(tape.hashes.length, run.result.hashes.length) * EVENTS_PER_HASH;
  const { from, to } = interval ?? { from: agreed, to: Math.max(tape.events, run.result.events) };
  const place = `they part between event ${formatNumber(from + 1)} and event ${formatNumber(to)}`;
  const fault = firstOtherFault(tape.decisions, run);
  return fault === null ? place : `${place}, and the first fault that differs is ${fault}`;
}

/** The first fault here that did something else on the tape, or nothing; else the first one of the tape that did nothing here. */
function firstOtherFault(decisions: readonly AnnotatedEntry[], { entries, result }: Run): string | null {
  const onTape = textsOf(decisions);
  const here = textsOf(annotate(entries, result));
  const inOrder = result.faultLog.flatMap(({ decision }) => (decision === undefined ? [] : [keyOf(decision)]));
  const other = [...inOrder, ...onTape.keys()].find((key) => onTape.get(key) !== here.get(key));
  if (other === undefined) return null;
  return `"${onTape.get(other) ?? 'none'}" on the tape, "${here.get(other) ?? 'none'}" here`;
}

/** What the decisions did that were faults. */
function textsOf(decisions: readonly AnnotatedEntry[]): ReadonlyMap<string, string> {
  return new Map(decisions.flatMap((entry) => (entry.text === undefined ? [] : [[keyOf(entry), entry.text] as const])));
}

function keyOf({ stream, index }: Pick<AnnotatedEntry, 'stream' | 'index'>): string {
  return `${stream} ${index}`;
}

function noteLines(tape: TapeFile, run: Run, difference: Difference | null): string[] {
  const { kind, sentence } = tape.verdict;
  const recorded = kind === run.result.verdict ? [] : [fact('recorded', `${kind}: ${sentence}`)];
  const same =
    run.result.traceHash === tape.traceHash ? [fact('replay', 'the same run as on the tape, event by event')] : [];
  const unused = tape.decisions.length - run.entries.length;
  const left =
    unused === 0 ? [] : [fact('not asked', `${unused} of the ${tape.decisions.length} decisions of the tape`)];
  return [...same, ...recorded, ...left, ...(difference === null ? [] : [fact('note', difference.text)])];
}
