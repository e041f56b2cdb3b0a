// The strikes of a round: processes killed at times that were drawn beforehand, whatever they are doing then.
import type { RealFacts } from './facts.ts';
import { describeVictim, type Hands, type Striker, type Struck } from './strike.ts';

export interface PlannedKill {
  /** `leader`: whoever leads then, or led last. All others are TaskManagers. */
  readonly victim: string;
  /** After the start of the cluster. */
  readonly atMs: number;
  readonly backAfterMs: number;
}

export function createRandomKills(kills: readonly PlannedKill[], firstJobManager: string, hands: Hands): Striker {
  const waiting = kills.toSorted((a, b) => a.atMs - b.atMs);
  const struck: Struck[] = [];
  const down = new Map<string, { readonly struck: Struck; readonly backAtMs: number }>();
  const revive = (node: string, nowMs: number): void => {
    down.get(node)!.struck.backAtMs = nowMs;
    down.delete(node);
    hands.startAgain(node);
  };
  const kill = ({ victim, backAfterMs }: PlannedKill, facts: RealFacts, nowMs: number): void => {
    const node = victim === 'leader' ? (facts.leader?.node ?? firstJobManager) : victim;
    if (down.has(node)) return; // it is dead already
    const what = describeVictim(victim === 'leader' ? 'jm-crash' : 'tm-crash', node, facts, nowMs);
    hands.kill(node);
    struck.push(what);
    down.set(node, { struck: what, backAtMs: nowMs + backAfterMs });
  };
  return {
    struck,
    look(facts, nowMs) {
      for (const [node, { backAtMs }] of down) if (nowMs >= backAtMs) revive(node, nowMs);
      while (waiting[0] !== undefined && waiting[0].atMs <= nowMs) kill(waiting.shift()!, facts, nowMs);
    },
    end() {
      waiting.length = 0;
    },
  };
}
