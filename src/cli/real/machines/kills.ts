// Whom to kill when, in a run of machines: drawn from the seed. A node may die where the scenario's `faults` and `aim` say that it can crash.
import { pickUniformly, type Decisions } from '../../../sim/decisions.ts';
import type { MachinesScenario } from '../../../sim/machines/scenario.ts';
import type { NodeSpec } from '../../../sim/world-types.ts';
import type { TraceLine } from '../../../run/trace.ts';

export interface PlannedKill {
  readonly victim: string;
  /** From when the victim had acted, or from the kill before it was undone. */
  readonly delayMs: number;
  readonly backAfterMs: number;
}

/** A process that was killed. Times in ms since the run began. */
export interface Killed {
  readonly victim: string;
  readonly incarnation: number;
  readonly atMs: number;
  /** When its successor was started; null: not yet. */
  backAtMs: number | null;
}

/** What can be killed: empty where `faults` name no `crash`. */
export function victimsOf({ faults = {}, aim = {} }: MachinesScenario, nodes: readonly NodeSpec[]): readonly string[] {
  if ((faults.crash ?? 0) === 0) return [];
  return aim.crash?.nodes ?? nodes.map(({ address }) => address);
}

const DELAY_MS = 300; // behind the first message of its life: many protocols are done in a second
const SOONEST_BACK_MS = 200;
const LATEST_BACK_MS = 1_000;
const KILLS_MAX = 4;
const ROUND_DELAY_MS = 700;

/** One kill of a plain run. */
export function drawKill(victims: readonly string[], decisions: Decisions): PlannedKill[] {
  return [drawOne(victims, DELAY_MS, decisions)];
}

/** One to four kills of a round, one after the other. */
export function drawKills(victims: readonly string[], decisions: Decisions): PlannedKill[] {
  const kills = 1 + pickUniformly(decisions, 'real/kills', KILLS_MAX);
  return Array.from({ length: kills }, () => drawOne(victims, ROUND_DELAY_MS, decisions));
}

function drawOne(victims: readonly string[], delayMs: number, decisions: Decisions): PlannedKill {
  return {
    victim: victims[pickUniformly(decisions, 'real/victim', victims.length)] as string,
    delayMs: pickUniformly(decisions, 'real/delay', delayMs),
    backAfterMs: SOONEST_BACK_MS + pickUniformly(decisions, 'real/back', LATEST_BACK_MS - SOONEST_BACK_MS),
  };
}

/** Who does it. */
export interface Hands {
  incarnationOf(address: string): number;
  kill(address: string): boolean;
  startAgain(address: string): void;
}

interface Down {
  readonly kill: PlannedKill;
  readonly killed: Killed;
}

/** Kills in the order of the plan: the next waits until the one before is back, and its victim acts. */
export class Killer {
  readonly killed: Killed[] = [];
  readonly #waiting: PlannedKill[];
  readonly #acts: Acts;
  readonly #hands: Hands;
  #down: Down | null = null;
  #dueAtMs: number | null = null;

  constructor(plan: readonly PlannedKill[], acts: Acts, hands: Hands) {
    this.#waiting = [...plan];
    this.#acts = acts;
    this.#hands = hands;
  }

  /** Called now and then. */
  look(nowMs: number): void {
    if (this.#down !== null) return this.#revive(this.#down, nowMs);
    const [next] = this.#waiting;
    if (next === undefined) return;
    if (this.#dueAtMs === null) return this.#aim(next, nowMs);
    if (nowMs >= this.#dueAtMs) this.#kill(next, nowMs);
  }

  #aim({ victim, delayMs }: PlannedKill, nowMs: number): void {
    if (this.#acts.of(victim, this.#hands.incarnationOf(victim)) > 0) this.#dueAtMs = nowMs + delayMs;
  }

  #kill(kill: PlannedKill, nowMs: number): void {
    const { victim } = kill;
    const incarnation = this.#hands.incarnationOf(victim);
    if (!this.#hands.kill(victim)) return; // it halted, and is not back yet
    this.#waiting.shift();
    const killed: Killed = { victim, incarnation, atMs: nowMs, backAtMs: null };
    this.killed.push(killed);
    this.#down = { kill, killed };
  }

  #revive({ kill, killed }: Down, nowMs: number): void {
    if (nowMs < killed.atMs + kill.backAfterMs) return;
    killed.backAtMs = nowMs;
    this.#hands.startAgain(killed.victim);
    this.#down = null;
    this.#dueAtMs = null;
  }

  /** Every victim is back, and takes part again. */
  isUndone(): boolean {
    return this.#down === null && this.killed.every((one) => this.#acts.of(one.victim, one.incarnation + 1) > 0);
  }
}

/** How often each process acted: stepped a message, or an answer where the machines of a scenario send no messages. */
export class Acts {
  readonly #times = new Map<string, number>();
  readonly #firstAtUs = new Map<string, number>();
  readonly #kind: 'message' | 'completed';

  constructor({ messages }: Pick<MachinesScenario, 'messages'>) {
    this.#kind = messages.length > 0 ? 'message' : 'completed';
  }

  note(line: TraceLine): void {
    if (line.kind !== 'stepped' || line.input.kind !== this.#kind) return;
    const key = `${line.incarnation}/${line.node}`;
    this.#times.set(key, (this.#times.get(key) ?? 0) + 1);
    if (!this.#firstAtUs.has(key)) this.#firstAtUs.set(key, line.at);
  }

  of(address: string, incarnation: number): number {
    return this.#times.get(`${incarnation}/${address}`) ?? 0;
  }

  /** Null: it did not act. */
  firstAtMs(address: string, incarnation: number): number | null {
    const at = this.#firstAtUs.get(`${incarnation}/${address}`);
    return at === undefined ? null : at / 1_000;
  }
}
