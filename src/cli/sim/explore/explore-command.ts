// `--explore`: every run of a guest inside the bounds, what is said of it, and a tape if something is wrong.
import { rmSync } from 'node:fs';
import { exitCodes, UsageError, type ExitCode } from '../../exit-codes.ts';
import { fact } from '../../fact-lines.ts';
import { checkOutputFolder, createFile, shownPath, toUser } from '../../files.ts';
import { formatSeconds, wrapText, type Terminal } from '../../terminal.ts';
import { boundRows, smallerText } from './bound-lines.ts';
import { certificateOf, certificateText, type Certificate } from './certificate.ts';
import { exploredTapePath, tellCounterexample, type ToldCounterexample } from './counterexample.ts';
import { exploreOnce, type Tried, type Watch } from './explore-once.ts';
import { planExploration, type ExplorePlan, type InputLimits } from './explore-plan.ts';
import { exploreInShares } from './shares.ts';
import { exploreFitting, exploreWhole, type Fitted } from './fit-space.ts';
import { openKept, type KeptFiles } from './kept-search.ts';
import type { ExploreCommand } from './read-explore.ts';
import { countRows, verdictLinesOf } from './verdict.ts';

export async function exploreCommand(command: ExploreCommand, terminal: Terminal): Promise<ExitCode> {
  const plan = await planExploration(command);
  checkOutputFolder();
  const certificateFile = command.certificate === null ? null : createFile(toUser(command.certificate)); // refuses at once what cannot be written
  const kept = await openKept(command, plan);
  const say = (line: string): void => (command.json ? undefined : terminal.line(line));
  say(wrapText('', `${plan.setup.guest.name}, every run inside bounds: ${plan.setup.guest.about}`));
  const tell = (sentence: string): void => say(fact('tried', sentence));
  const { fitted, cpuMs, isInterrupted } = await exploreTimed(plan, terminal, tell, kept);
  const found = foundOf(fitted);
  const keptFile = kept?.end(found.outcome === 'stopped') ?? null;
  const told = await tellFound(fitted, terminal);
  const certificate = await certificateOf(fitted.plan, fitted);
  certificateFile?.write(certificateText(certificate));
  certificateFile?.publish();
  for (const row of [...boundRows(fitted.plan, fitted), ...countRows(plan, found, cpuMs)]) say(fact(...row));
  say('');
  for (const line of told?.lines ?? verdictLinesOf(fitted.plan, found, smallerText(fitted), isInterrupted)) say(line);
  if (keptFile !== null) say(fact('kept', `${keptFile}: the same line with --go-on goes on from there`));
  if (command.certificate !== null) say(fact('certificate', shownPath(toUser(command.certificate))));
  if (command.json) terminal.line(JSON.stringify({ ...exploreJson(certificate, told, cpuMs), kept: keptFile }));
  return told?.code ?? (found.outcome === 'stopped' ? exitCodes.stopped : exitCodes.pass);
}

const MS_PER_MINUTE = 60_000;

/** @param tell of each try that was too much. @param kept with it no job is made smaller */
export async function exploreTimed(
  plan: ExplorePlan,
  terminal: Pick<Terminal, 'progress'>,
  tell: (sentence: string) => void,
  kept: KeptFiles | null = null,
): Promise<{ readonly fitted: Fitted; readonly cpuMs: number; readonly isInterrupted: boolean }> {
  const before = process.cpuUsage();
  const isInterrupted = (): boolean => kept?.isInterrupted() === true;
  const until = plan.minutesMax === null ? Infinity : performance.now() + plan.minutesMax * MS_PER_MINUTE;
  const watch: Watch = { hasTime: () => !isInterrupted() && performance.now() < until, terminal, kept };
  const explore = (sized: ExplorePlan, inputLimits: InputLimits): Promise<Tried> =>
    plan.shares === 1 ? exploreOnce(sized, inputLimits, watch) : exploreInShares(sized, inputLimits, until, terminal);
  const fitted = await (kept === null ? exploreFitting(plan, explore, tell) : exploreWhole(plan, explore));
  const { user, system } = process.cpuUsage(before);
  return { fitted, cpuMs: (user + system) / 1_000, isInterrupted: isInterrupted() };
}

/** Throws if nothing was explored. */
export function foundOf({ plan: { bounds, setup }, explored }: Fitted): NonNullable<Fitted['explored']> {
  if (explored !== null) return explored;
  throw new UsageError(
    `the plain run of ${setup.guest.name} is not at ${bounds.from} within ${formatSeconds(bounds.untilMs)} of world time, so that there is nothing to explore`,
  );
}

async function tellFound(
  { plan, explored, inputLimits }: Fitted,
  terminal: Terminal,
): Promise<ToldCounterexample | null> {
  const counterexample = explored?.counterexample ?? null;
  if (counterexample !== null) return tellCounterexample(plan, counterexample, inputLimits, terminal);
  rmSync(exploredTapePath(plan.setup.guest.name), { force: true }); // of an earlier exploration
  return null;
}

/** The object that `--json` prints: a contract with scripts, as that of a run. */
function exploreJson(certificate: Certificate, told: ToldCounterexample | null, cpuMs: number): object {
  return {
    scenario: certificate.scenario.name,
    guest: certificate.scenario.kind,
    verdict: certificate.verdict.outcome,
    reason: certificate.verdict.reason,
    sentence: told?.sentence ?? null,
    reachedEnd: certificate.verdict.reachedEnd,
    ...certificate.counts,
    bounds: certificate.bounds,
    ...certificate.search,
    code: certificate.code,
    cpuMs: Math.round(cpuMs),
    tape: told === null ? null : shownPath(told.tape),
  };
}
