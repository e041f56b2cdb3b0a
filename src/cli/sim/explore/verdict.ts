// What came of an exploration, in words. Pure.
import type { GuestExplored } from '../../../sim/search/explore/explore-guest.ts';
import type { Growth } from '../../../sim/search/explore/world/growth.ts';
import type { Row } from '../../../sim/guest.ts';
import { count, formatNumber, formatSeconds, wrapText } from '../../terminal.ts';
import type { ExplorePlan } from './explore-plan.ts';

/** Counts and costs. */
export function countRows({ search, shares }: ExplorePlan, explored: GuestExplored, cpuMs: number): readonly Row[] {
  const { unique, total, depth, engineSteps, nodeStates, bytes } = explored;
  const deep = search.order === 'depth' ? '' : `, ${count(depth, 'step')} deep`;
  const nodes = Object.entries(nodeStates).map(([address, states]) => `${address} ${formatNumber(states)}`);
  return [
    ['states', `${formatNumber(unique)} different ones of ${formatNumber(total)} that were reached${deep}`],
    ...(shares === 1 ? [] : [['threads', `${shares}; states may be counted in several of them`] as const]),
    ['nodes', `states of each by itself: ${nodes.join(', ')}`],
    ['effort', `${count(engineSteps, 'step')} of machines, ${formatSeconds(cpuMs)} of CPU time, ${megabytes(bytes)}`],
  ];
}

function megabytes(bytes: number): string {
  return `${formatNumber(bytes / 1_000_000)} MB`;
}

/**
 * `COMPLETE` with what it says, or `STOPPED` with what is left.
 *
 * @param smaller how the job was made smaller to fit; null: it is whole. @param isInterrupted no bound was as short as the patience
 */
export function verdictLinesOf(
  plan: ExplorePlan,
  explored: GuestExplored,
  smaller: string | null,
  isInterrupted = false,
): readonly string[] {
  if (explored.outcome === 'stopped') return stoppedLines(plan, explored, isInterrupted);
  return [
    wrapText('COMPLETE  ', 'every run inside these bounds was looked at, and nothing is wrong with any'),
    ...(smaller === null ? [] : [`of a smaller job, as the whole has too many runs: ${smaller}`].map(indented)),
    ...(isVacuous(plan, explored) ? [vacuity(plan)] : wayOut(plan, explored)).map(indented),
  ];
}

const indented = (text: string): string => wrapText('          ', text);

function wayOut({ bounds: { to, isForEver } }: ExplorePlan, { isEndInReach }: GuestExplored): readonly string[] {
  if (isForEver !== true || !isEndInReach || to === null) return [];
  return [`wherever a run is, it can still get to ${to}: none is stuck for ever`];
}

/** No run gets to the last moment inside the bounds: what lies behind the bound of time is not known of any. */
export function isVacuous({ bounds }: ExplorePlan, { reachedEnd }: GuestExplored): boolean {
  return bounds.to !== null && !reachedEnd;
}

function vacuity({ bounds }: ExplorePlan): string {
  if (bounds.isForEver === true) return `but no run is ever at ${bounds.to}`;
  return `but no run is at ${bounds.to} within ${formatSeconds(bounds.untilMs)} of world time: --until-ms says how far to look`;
}

/** The space may have no end by this. */
function growthText({ node, field, values, states }: Growth): string {
  return `${node} has ${formatNumber(states)} different states, and ${field} takes ${formatNumber(values)} values in them: where that rises for ever, the space has no end`;
}

const boundNames = { states: '--states-max', bytes: '--memory-max-mb', time: '--minutes-max' } as const;

function stoppedLines(
  { search }: ExplorePlan,
  { reason, waiting: left, growth }: GuestExplored,
  isInterrupted: boolean,
): readonly string[] {
  const waiting = formatNumber(left);
  const { statesMax, bytesMax } = search;
  const values = { states: formatNumber(statesMax), bytes: megabytes(bytesMax), time: 'the time is over' };
  const bound = isInterrupted || reason === null ? 'Ctrl-C' : `${boundNames[reason]} (${values[reason]})`;
  return [
    wrapText('STOPPED  ', `by ${bound}: nothing is wrong so far, and nothing is proven`),
    wrapText('         ', `${waiting} states were not followed: what comes behind them is not known`),
    ...(growth === null ? [] : [wrapText('         ', growthText(growth))]),
  ];
}
