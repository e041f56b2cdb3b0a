// The bounds of an exploration in words: all that `complete` rests on. Pure.
import type { Row } from '../../../sim/guest.ts';
import { CHANCES_MANY } from '../../../sim/search/explore/world/script.ts';
import { count, formatSeconds } from '../../terminal.ts';
import type { Tried } from './explore-once.ts';
import type { ExplorePlan } from './explore-plan.ts';
import type { Fitted } from './fit-space.ts';

/** A label and a sentence for each bound. */
export function boundRows(plan: ExplorePlan, tried: Tried): readonly Row[] {
  const { bounds, options } = plan;
  const others = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return [
    ['from', fromText(plan, tried)],
    ['to', toText(plan)],
    ['order', orderText(plan)],
    ['left out', leftOutText(plan, tried)],
    ...symmetryRows(plan),
    ...entriesRows(plan),
    ['faults', faultsText(plan)],
    ...(bounds.faultsMax === 0 ? [] : [['left open', fatesText(bounds.fatesMax)] as const]),
    ['chances', chancesText(bounds.chancesMax)],
    ['input', inputText(plan, tried)],
    ['memory', memoryText(plan, tried)],
    ['options', `nothing takes time${others.length === 0 ? '' : `; ${others.join(', ')}`}`],
  ];
}

function fromText({ bounds }: ExplorePlan, { startUs }: Tried): string {
  const at = startUs === null ? '' : `, at ${formatSeconds(startUs / 1_000)}`;
  return `${bounds.from}${at}; until then everything happens plainly`;
}

function toText({ bounds: { to, untilMs, mustArrive, isForEver } }: ExplorePlan): string {
  if (isForEver === true) return forEverText(to);
  const until = formatSeconds(untilMs);
  if (to !== null && mustArrive === true)
    return `${to}, where every run must be within ${until} of world time; nothing behind it is looked at`;
  return to === null
    ? `${until} of world time; nothing later is looked at`
    : `${to}; nothing behind it is looked at, nor anything later than ${until} of world time`;
}

function forEverText(to: string | null): string {
  const one = 'states that differ in nothing but what has passed are one, and wall clocks stand still';
  return to === null ? `no end: ${one}` : `${to}; nothing behind it is looked at, and no moment is too late: ${one}`;
}

function orderText({ bounds: { deviationsMax, reordersMax } }: ExplorePlan): string {
  const all = 'what waits comes in every order';
  const some = `what waits comes in turn, but up to ${count(reordersMax ?? 0, 'time')} at each moment`;
  const plain = `${reordersMax === null ? all : some}; a timeout comes when nothing else waits`;
  return deviationsMax === 0 ? plain : `${plain}, and up to ${count(deviationsMax, 'time')} a run before that`;
}

/** Of orders that nobody can tell apart. */
function leftOutText({ bounds, search }: ExplorePlan, { explored }: Tried): string {
  if (bounds.reordersMax !== null || bounds.isForEver === true || search.shortcuts?.reduces === false)
    return 'no order';
  const { leftOutShare = 0 } = explored ?? {};
  if (leftOutShare === 0) return 'no order: looking for some did not pay';
  return `orders that neither machines nor oracles can tell apart, ${Math.round(100 * leftOutShare)} % of all choices`;
}

function symmetryRows({ symmetric }: ExplorePlan): readonly Row[] {
  if (symmetric.length === 0) return [];
  const groups = symmetric.map((group) => group.join(', ')).join('; ');
  return [['symmetry', `of states that differ in nothing but which of these is which, one: ${groups}`]];
}

function entriesRows({ search: { shortcuts } }: ExplorePlan): readonly Row[] {
  if (shortcuts?.mergesEntries !== true) return [];
  return [
    ['entries', 'of states that differ in nothing but the order of entries in maps and sets, one; nobody can tell'],
  ];
}

function faultsText({ bounds: { faults, faultsMax } }: ExplorePlan): string {
  if (faultsMax === 0) return 'none';
  return `up to ${count(faultsMax, 'fault')} a run, wherever one may strike, and as long as it can last: ${faults.join(', ')}`;
}

function fatesText(fatesMax: number | null): string {
  const open = 'how much of a stream arrives, who hears of a break and when, what becomes of a request';
  return fatesMax === null
    ? `${open}: anything`
    : `${open}: what is plain, but for up to ${count(fatesMax, 'time')} a run`;
}

function chancesText(chancesMax: number): string {
  const plain = 'what machines pick is 0';
  if (chancesMax === 0) return plain;
  return `${plain}, but for up to ${count(chancesMax, 'time')} a run, when it is anything (the first or the last of ${CHANCES_MANY} or more)`;
}

/** In which way the job is smaller than its scenario says; null: it is not. */
export function smallerText({ plan, inputLimits, explored }: Fitted): string | null {
  const { parallelismMax = 0 } = plan.bounds.set;
  const isCut = Object.entries(inputLimits).some(([name, kept]) => kept < (plan.lengths[name] ?? 0));
  const text = [
    ...(isCut ? [`the first ${count(Math.max(...Object.values(inputLimits)), 'record')} of each split`] : []),
    ...(parallelismMax === 0 ? [] : [parallelismText(plan, parallelismMax, Object.keys(explored?.nodeStates ?? {}))]),
  ].join(', ');
  return text === '' ? null : text;
}

/** @param nodes that there are */
function parallelismText({ setup }: ExplorePlan, parallelismMax: number, nodes: readonly string[]): string {
  const { roles } = setup.guest.header;
  const all = Object.keys(roles).filter((address) => roles[address] === 'task-manager');
  const kept = nodes.filter((address) => all.includes(address)).length;
  return `at most ${count(parallelismMax, 'subtask')} of each operator and as many splits of each source, on ${kept} of ${count(all.length, 'TaskManager')}`;
}

function inputText(plan: ExplorePlan, { inputLimits, explored }: Tried): string {
  const { setup, lengths, bounds } = plan;
  if (setup.guest.kind === 'machines') return count(Object.keys(setup.guest.header.roles).length, 'node');
  const { parallelismMax = 0 } = bounds.set;
  const nodes = Object.keys(explored?.nodeStates ?? {});
  const size = parallelismMax === 0 ? '' : `; ${parallelismText(plan, parallelismMax, nodes)}`;
  const splits = Object.entries(lengths).map(([name, length]) => splitText(name, inputLimits[name] ?? length, length));
  return `records ${splits.join(', ')}${size}`;
}

function splitText(name: string, kept: number, length: number): string {
  return kept === length ? `all ${length} of ${name}` : `the first ${kept} of ${length} of ${name}`;
}

function memoryText({ search: { memory } }: ExplorePlan, { explored }: Tried): string {
  if (memory === 'exact')
    return 'exact: states are compared; parts of them (a node, an inbox, a service) are known by 64 bits of hash';
  const missed = (explored?.missedExpected ?? 0).toExponential(1);
  return `compact: states whose 64 bits of hash agree are taken for one (expected: ${missed} pairs), and states that lead round and round, never to the end, are not looked for`;
}
