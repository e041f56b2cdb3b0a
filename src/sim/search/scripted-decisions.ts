// Decisions from a list: the questions of some streams are answered in order from it, all others are 0. Every script can be followed by the
// next one in depth-first order, so that all runs of a small world can be had one after the other.
import { DecisionLog } from '../decision-log.ts';
import { SCHEDULE_STREAM } from '../decisions.ts';
import type { Decisions, StreamId, TapeEntry } from '../decisions.ts';

/** A question that was asked, and its answer. */
export interface Choice {
  readonly n: number;
  readonly value: number;
}

/** Decisions of a script. */
export interface ScriptedDecisions extends Decisions {
  fork(): ScriptedDecisions;
  /** The scripted questions so far. */
  choices(): readonly Choice[];
}

/**
 * Answers questions from a list, so that all runs can be tried in turn (`nextScript`). Every other question, and those beyond its end, are answered with 0.
 * @param scripted which streams the script answers; `schedule` alone by default
 */
export function scriptedDecisions(
  script: readonly number[],
  scripted: (stream: string) => boolean = isSchedule,
): ScriptedDecisions {
  return new Script(script, scripted, new DecisionLog(), []);
}

function isSchedule(stream: string): boolean {
  return stream === SCHEDULE_STREAM;
}

/** The script after the run that made these choices, depth first; null if that was the last one. */
export function nextScript(choices: readonly Choice[]): readonly number[] | null {
  for (let last = choices.length - 1; last >= 0; last--) {
    const choice = choices[last] as Choice;
    if (choice.value + 1 < choice.n) return [...choices.slice(0, last).map(({ value }) => value), choice.value + 1];
  }
  return null;
}

class Script implements ScriptedDecisions {
  readonly ordersEvents: boolean;
  readonly #script: readonly number[];
  readonly #scripted: (stream: string) => boolean;
  readonly #log: DecisionLog;
  readonly #choices: Choice[];

  constructor(script: readonly number[], scripted: (stream: string) => boolean, log: DecisionLog, choices: Choice[]) {
    this.ordersEvents = scripted(SCHEDULE_STREAM);
    this.#script = script;
    this.#scripted = scripted;
    this.#log = log;
    this.#choices = choices;
  }

  open(name: string): StreamId {
    return this.#log.names.idOf(name);
  }

  pick(stream: StreamId, n: number, _odds: number): number {
    const index = this.#log.count(stream);
    if (n <= 1 || !this.#scripted(this.#log.names.nameOf(stream))) return 0;
    const value = Math.min(this.#script[this.#choices.length] ?? 0, n - 1);
    this.#choices.push({ n, value });
    if (value !== 0) this.#log.record(stream, index, value);
    return value;
  }

  fork(): ScriptedDecisions {
    return new Script(this.#script, this.#scripted, this.#log.fork(), this.#choices.slice());
  }

  lastAsked(stream: StreamId): Pick<TapeEntry, 'stream' | 'index'> {
    return this.#log.lastAsked(stream);
  }

  tape(): readonly TapeEntry[] {
    return this.#log.entries();
  }

  choices(): readonly Choice[] {
    return this.#choices;
  }
}
