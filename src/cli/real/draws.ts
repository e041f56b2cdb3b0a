// What a seed decides about a real run besides its input: when clients begin; whom to strike, when, and for how long. Each question has a stream of its own.
import type { ClientStart } from '../../scenario/clients/client-starts.ts';
import type { StrikeKind } from '../../scenario/strikes.ts';
import { pickUniformly, type Decisions } from '../../sim/decisions.ts';
import type { PlannedKill } from './random-kills.ts';
import type { StrikePlan } from './strike.ts';

const DELAY_MS = 1_000; // a checkpoint interval: so any part of it can be hit
const SOONEST_BACK_MS = 200;
const LATEST_BACK_MS = 2_500; // sooner than anybody noticed, or long after
const VICTIMS = 1_000;

export function drawStrike(kind: StrikeKind, decisions: Decisions): StrikePlan {
  return {
    kind,
    victimDraw: pickUniformly(decisions, 'real/victim', VICTIMS),
    delayMs: pickUniformly(decisions, 'real/delay', DELAY_MS),
    backAfterMs: drawBackAfter(decisions),
  };
}

const KILLS_MAX = 2; // each costs a restart of the job, and a round is to end

/** One or two kills, of TaskManagers or of the leader, at any time of a run without faults. */
export function drawKills(plainMs: number, taskManagers: number, decisions: Decisions): PlannedKill[] {
  const count = 1 + pickUniformly(decisions, 'real/kills', KILLS_MAX);
  return Array.from({ length: count }, () => {
    const victim = pickUniformly(decisions, 'real/victim', taskManagers + 1);
    return {
      victim: victim === 0 ? 'leader' : `tm-${victim}`,
      atMs: pickUniformly(decisions, 'real/delay', plainMs),
      backAfterMs: drawBackAfter(decisions),
    };
  });
}

/** When a client begins, in ms behind the start of the cluster. */
export function drawBegin({ address, atMs, late }: ClientStart, decisions: Decisions): number {
  return atMs + late.stepMs * pickUniformly(decisions, `real/begin/${address}`, late.steps + 1);
}

function drawBackAfter(decisions: Decisions): number {
  return SOONEST_BACK_MS + pickUniformly(decisions, 'real/back', LATEST_BACK_MS - SOONEST_BACK_MS);
}
