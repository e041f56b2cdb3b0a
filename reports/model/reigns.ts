// Who led, from when to when. Two at a time are possible: a leader that was deposed and does not know it yet.
import type { FactOf } from '../../src/run/facts/history.ts';
import type { TraceFacts } from './facts.ts';
import type { Lanes } from './lanes.ts';
import type { Reign } from './model.ts';
import type { Whys } from './whys.ts';

export function reignsOf({ history }: TraceFacts, whys: Whys, lanes: Lanes, endAt: number): Reign[] {
  const reigns: { -readonly [K in keyof Reign]: Reign[K] }[] = [];
  for (const fact of history) {
    if (fact.kind === 'leader-elected')
      reigns.push({ lane: lanes.indexOf(fact.node), epoch: fact.epoch, from: fact.at, to: endAt, why: '' });
    if (fact.kind !== 'leader-left') continue;
    const reign = reigns.findLast(({ epoch }) => epoch === fact.epoch);
    if (reign !== undefined) Object.assign(reign, { to: fact.at, why: whys.leaderLeft(fact) ?? whyLeft(fact) });
  }
  return reigns;
}

function whyLeft({ why }: FactOf<'leader-left'>): string {
  switch (why) {
    case 'looks for a leader':
      return 'it looks for a leader again';
    case 'elected again':
      return 'it leads again';
    case 'never led':
      return 'it never knew';
    case 'unheard':
      return 'the process ended, and nobody saw why';
    default:
      return `the process ended: ${why}`;
  }
}
