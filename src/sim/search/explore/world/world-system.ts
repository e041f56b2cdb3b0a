// The world of a guest as a transition system: time is order alone, chances and faults are choices, and every step is remembered by what it
// depends on, so that the machines run a few hundred times where states are counted in millions.
import { must } from '../../../../core/base/assert.ts';
import type { TimeUs } from '../../../observation.ts';
import type { Row, Successors, TransitionSystem } from '../transition-system.ts';
import type { EngineSteps, Made, Move } from './engine-steps.ts';
import type { Judges } from './judges.ts';
import { KeyTable } from './key-table.ts';
import { FRAME, JUDGES, nodePlace, SERVICES, widthFor } from './layout.ts';
import { Moves } from './moves.ts';
import type { Frame, WorldParts } from './parts.ts';
import { Reduction } from './reduction.ts';
import { RememberedSteps, type Outcome } from './remembered-steps.ts';
import { nextScript, type Asked } from './script.ts';

export interface WorldBounds {
  /** Faults that may strike in a run. */
  readonly faultsMax: number;
  /** So often the clock moves to the next deadline although something else could happen before. */
  readonly deviationsMax: number;
  /** So many answers to what machines pick are not 0. */
  readonly chancesMax: number;
  /** Nothing later than this is looked at, in world time. */
  readonly untilUs: TimeUs;
}

/** What is left out because it changes nothing. Both can be switched off, to compare. */
export interface WorldShortcuts {
  /** Steps are made once for what they depend on. Default true. */
  readonly remembers?: boolean;
  /** Of steps that nobody can tell apart by their order, one order is looked at. Default true. */
  readonly reduces?: boolean;
}

/** A transition: what happens, and how its questions are answered. */
export interface Transition {
  readonly move: Move;
  readonly script: readonly number[];
}

const CHANCES_MAX = 65_536;

export class WorldSystem implements TransitionSystem {
  readonly width: number;
  /** Called with each transition before its successor is emitted, while somebody listens. */
  onTransition: ((transition: Transition) => void) | null = null;
  readonly #parts: WorldParts;
  readonly #judges: Judges;
  readonly #steps: EngineSteps;
  readonly #memory: RememberedSteps | null;
  readonly #reduction: Reduction | null;
  readonly #bounds: WorldBounds;
  readonly #first: Row;
  readonly #frames = new KeyTable();
  readonly #moves: Moves;
  readonly #nodes: number;
  // The state that is expanded:
  #row: Readonly<Row>;
  readonly #draft: Row;
  #frame: Frame;
  #nowNumber = 0;
  readonly #values: Int32Array;
  #next: Successors | null = null;
  /** Some successor of it was not known before. */
  #reachesNew = false;

  constructor(
    steps: EngineSteps,
    parts: WorldParts,
    judges: Judges,
    bounds: WorldBounds,
    { remembers = true, reduces = true }: WorldShortcuts = {},
  ) {
    const { nodes, services } = steps.engine;
    this.#nodes = nodes.length;
    this.width = widthFor(nodes.length);
    this.#parts = parts;
    this.#judges = judges;
    this.#steps = steps;
    this.#bounds = bounds;
    this.#moves = new Moves(parts);
    this.#first = new Int32Array(this.width);
    steps.rowOf(steps.engine, 0, 0, this.#first);
    this.#first[JUDGES] = judges.first;
    this.#row = this.#first;
    this.#draft = new Int32Array(this.width);
    this.#frame = parts.frames.valueOf(this.#first[FRAME] as number);
    this.#values = new Int32Array(1 + nodes.length + services.length);
    this.#memory = remembers ? new RememberedSteps(steps, parts, judges) : null;
    this.#reduction =
      this.#memory !== null && reduces ? new Reduction(steps.engine, parts, judges, this.#memory) : null;
  }

  /** Bytes that are held for what is remembered, but for the parts themselves. */
  get bytes(): number {
    return this.#judges.bytes + this.#frames.bytes + (this.#memory?.bytes ?? 0) + (this.#reduction?.bytes ?? 0);
  }

  /** In how many of the states with several moves some of them were enough, from 0 to 1; 0 where that is not tried. */
  get reducedShare(): number {
    return this.#reduction === null || this.#reduction.tried === 0
      ? 0
      : this.#reduction.succeeded / this.#reduction.tried;
  }

  begin(next: Successors): void {
    this.#first.forEach((part, place) => next.set(place, part));
    next.emit();
  }

  /** False for a state behind the last moment that is looked at. */
  isInside(row: Readonly<Row>): boolean {
    return this.#parts.frames.valueOf(row[FRAME] as number).now <= this.#bounds.untilUs;
  }

  /** Part numbers of a state as judges see them. */
  valuesOf(row: Readonly<Row>, values: Int32Array): void {
    values[0] = this.#judges.times.numberOf(this.#parts.frames.valueOf(row[FRAME] as number).now);
    for (let node = 0; node < this.#nodes; node++) values[1 + node] = row[nodePlace(node)] as number;
    values.set(this.#parts.serviceTuples.valueOf(row[SERVICES] as number), 1 + this.#nodes);
  }

  expand(row: Readonly<Row>, next: Successors): void {
    this.#next = next;
    this.#look(row);
    this.#moves.find(row, this.#frame.now);
    const { ready, later } = this.#moves;
    const isDeviation = ready.length > 0;
    const mayDeviate = isDeviation && this.#frame.deviations < this.#bounds.deviationsMax;
    this.#reachesNew = false;
    const chosen = mayDeviate || this.#mayStrike() ? ready : this.#reduced(ready);
    for (const move of chosen) this.#take(move, false);
    if (chosen.length < ready.length && !this.#reachesNew)
      for (const move of ready) if (!chosen.includes(move)) this.#take(move, false);
    if (!isDeviation || mayDeviate) for (const move of later) this.#take(move, isDeviation);
  }

  #look(row: Readonly<Row>): void {
    this.#row = row;
    this.#frame = this.#parts.frames.valueOf(row[FRAME] as number);
    this.valuesOf(row, this.#values);
    this.#nowNumber = this.#values[0] as number;
    this.#memory?.begin(row, this.#frame, this.#nowNumber);
  }

  #reduced(ready: readonly Move[]): readonly Move[] {
    if (this.#reduction === null || this.#memory === null || ready.length < 2) return ready;
    const chosen = this.#reduction.choose(this.#row, ready);
    this.#memory.begin(this.#row, this.#frame, this.#nowNumber);
    return chosen;
  }

  // ---- What comes of it

  #take(move: Move, isDeviation: boolean): void {
    if (move.at > this.#bounds.untilUs) return this.#leave(move, isDeviation);
    if (!this.#takeRemembered(move, isDeviation))
      this.#takeInAllWays(move, isDeviation, ({ isFault }, answer) => !isFault || answer === 0);
    if (this.#mayStrike()) this.#strike(move, isDeviation);
  }

  /** The clock passes the last moment that is looked at. */
  #leave(move: Move, isDeviation: boolean): void {
    this.onTransition?.({ move, script: [] });
    this.#next?.set(FRAME, this.#frameAt(move.at, isDeviation ? 1 : 0, 0));
    this.#next?.emit();
  }

  #mayStrike(): boolean {
    return this.#steps.engine.settings.faults !== null && hitsOf(this.#frame.plan) < this.#bounds.faultsMax;
  }

  /** All ways in which at least one fault strikes. */
  #strike(move: Move, isDeviation: boolean): void {
    this.#takeInAllWays(
      move,
      isDeviation,
      () => true,
      (asked) => asked.some(isStrike),
    );
  }

  /** Lets the engine make the step in each way in which its questions can be answered. */
  #takeInAllWays(
    move: Move,
    isDeviation: boolean,
    mayAnswer: (asked: Asked, answer: number) => boolean,
    isWanted: (asked: readonly Asked[]) => boolean = () => true,
  ): void {
    let script: readonly number[] | null = [];
    while (script !== null) {
      const made: Made = this.#steps.make(this.#row, move, script, false);
      if (isWanted(made.asked)) this.#emitMade(move, made, script, isDeviation);
      script = nextScript(made.asked, (question, answer) => mayAnswer(made.asked[question] as Asked, answer));
    }
  }

  #emitMade(move: Move, made: Made, script: readonly number[], isDeviation: boolean): void {
    const next = must(this.#next, 'a state that is expanded');
    const frame = this.#parts.frames.valueOf(made.row[FRAME] as number);
    if (frame.chances > this.#bounds.chancesMax || hitsOf(frame.plan) > this.#bounds.faultsMax) return;
    this.onTransition?.({ move, script });
    let judges = this.#row[JUDGES] as number;
    for (const { observation, values } of made.seen) judges = this.#judges.judge(judges, observation, values);
    for (let place = 0; place < this.width; place++) next.set(place, made.row[place] as number);
    if (isDeviation) next.set(FRAME, this.#parts.frames.numberOf({ ...frame, deviations: this.#frame.deviations + 1 }));
    next.set(JUDGES, judges);
    if (next.emit(this.#takeWrong(made.wrong))) this.#reachesNew = true;
  }

  #takeWrong(wrong: string | null): string | null {
    const { violation } = this.#judges;
    this.#judges.violation = null;
    if (violation !== null) return `${violation.oracle}: ${violation.text}`;
    return wrong;
  }

  /** False where the step depends on more than is remembered. */
  #takeRemembered(move: Move, isDeviation: boolean): boolean {
    const outcomes = this.#memory?.outcomesOf(move) ?? null;
    if (outcomes === null) return false;
    for (const outcome of outcomes) {
      if (this.#frame.chances + outcome.chances <= this.#bounds.chancesMax)
        this.#emitOutcome(move, outcome, isDeviation);
    }
    return true;
  }

  #emitOutcome(move: Move, outcome: Outcome, isDeviation: boolean): void {
    const memory = must(this.#memory, 'a memory');
    const next = must(this.#next, 'a state that is expanded');
    this.#draft.set(this.#row);
    if (!memory.write(move, outcome, this.#draft)) {
      const made = this.#steps.make(this.#row, move, outcome.script, false);
      return this.#emitMade(move, made, outcome.script, isDeviation);
    }
    for (let place = 0; place < this.width; place++) next.set(place, this.#draft[place] as number);
    next.set(JUDGES, this.#judged(move, outcome, memory.changedBy(move)));
    if (move.at !== this.#frame.now || isDeviation || outcome.chances > 0)
      next.set(FRAME, this.#frameAt(move.at, isDeviation ? 1 : 0, outcome.chances));
    this.onTransition?.({ move, script: outcome.script });
    if (next.emit(this.#takeWrong(null))) this.#reachesNew = true;
  }

  /** @param place of what changes, as judges see it */
  #judged(move: Move, { seen }: Outcome, place: number): number {
    const values = this.#values;
    const before = values[place] as number;
    values[0] = this.#timeOf(move.at);
    let judges = this.#row[JUDGES] as number;
    for (let at = 0; at < seen.length; at++) {
      const { observation, part } = seen[at] as Outcome['seen'][number];
      values[place] = part;
      judges = this.#judges.judge(judges, observation, values);
    }
    values[place] = before;
    values[0] = this.#nowNumber;
    return judges;
  }

  #timeOf(at: TimeUs): number {
    return at === this.#frame.now ? this.#nowNumber : this.#judges.times.numberOf(at);
  }

  #frameAt(now: TimeUs, deviations: number, chances: number): number {
    const frame = this.#row[FRAME] as number;
    const time = this.#timeOf(now);
    const used = deviations * CHANCES_MAX + chances;
    const known = this.#frames.get(frame, time, used);
    if (known >= 0) return known;
    const changed = this.#parts.frames.numberOf({
      ...this.#frame,
      now,
      deviations: this.#frame.deviations + deviations,
      chances: this.#frame.chances + chances,
    });
    this.#frames.set(frame, time, used, changed);
    return changed;
  }
}

function isStrike({ isFault, answer }: Asked): boolean {
  return isFault && answer !== 0;
}

/** Plans without odds count what hit something. */
function hitsOf(plan: unknown): number {
  return (plan as { readonly hits?: number } | null)?.hits ?? 0;
}
