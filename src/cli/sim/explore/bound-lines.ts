// The bounds of an exploration in words: all that `complete` rests on. Pure.
import type { Row } from '../../../sim/guest.ts';
import { count, formatSeconds } from '../../terminal.ts';
import type { Tried } from './explore-once.ts';
import type { ExplorePlan } from './explore-plan.ts';

/** A label and a sentence for each bound. */
export function boundRows(plan: ExplorePlan, tried: Tried): readonly Row[] {
  const { bounds, options } = plan;
  const others = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  return [
    ['from', fromText(plan, tried)],
    ['to', toText(plan)],
    ['order', orderText(bounds.deviationsMax)],
    ['faults', faultsText(plan)],
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

function toText({ bounds: { to, untilMs } }: ExplorePlan): string {
  const until = formatSeconds(untilMs);
  return to === null
    ? `${until} of world time; nothing later is looked at`
    : `${to}; nothing behind it is looked at, nor anything later than ${until} of world time`;
}

function orderText(deviationsMax: number): string {
  const plain = 'what waits comes in every order; a timeout comes when nothing else waits';
  return deviationsMax === 0 ? plain : `${plain}, and up to ${count(deviationsMax, 'time')} a run before that`;
}

function faultsText({ bounds: { faults, faultsMax } }: ExplorePlan): string {
  if (faultsMax === 0) return 'none';
  return `up to ${count(faultsMax, 'fault')} a run, wherever one may strike: ${faults.join(', ')}`;
}

function chancesText(chancesMax: number): string {
  const plain = 'what machines pick is 0';
  return chancesMax === 0 ? plain : `${plain}, but for up to ${count(chancesMax, 'time')} a run, when it is anything`;
}

function inputText({ setup, lengths }: ExplorePlan, { inputLimits }: Tried): string {
  if (setup.guest.kind === 'machines') return count(Object.keys(setup.guest.header.roles).length, 'node');
  const splits = Object.entries(lengths).map(([name, length]) => splitText(name, inputLimits[name] ?? length, length));
  return `records ${splits.join(', ')}`;
}

function splitText(name: string, kept: number, length: number): string {
  return kept === length ? `all ${length} of ${name}` : `the first ${kept} of ${length} of ${name}`;
}

function memoryText({ search: { memory } }: ExplorePlan, { explored }: Tried): string {
  if (memory === 'exact') return 'exact: no two states are taken for one';
  const missed = (explored?.missedExpected ?? 0).toExponential(1);
  return `compact: states whose 64 bits of hash agree are taken for one (expected: ${missed} pairs), and states that lead round and round, never to the end, are not looked for`;
}
