// One process of a script: a machine with its state, stepped under the rules of every host, its invariants checked after each step.
import { type Input, type Machine, NEVER } from '../../src/core/base/machine.ts';
import { type Effect, Outbox } from '../../src/core/base/outbox.ts';
import { checkTree, deepFreeze } from '../../src/core/base/state.ts';
import type { ClusterVocabulary } from '../../src/core/protocol/ports.ts';

type WithoutClock<T> = T extends unknown ? Omit<T, 'now' | 'wallTime'> : never;
export type ScriptInput = WithoutClock<Input<ClusterVocabulary>>;

const WAKES_MAX = 1_000;

export class Node<S> {
  readonly name: string;
  readonly machine: Machine<S, ClusterVocabulary>;
  state: S;
  incarnation = 0;
  isAlive = false;
  /** Stopped: it does nothing, and what is for it waits. */
  isPaused = false;
  readonly #out = new Outbox<ClusterVocabulary>(true);

  constructor(name: string, machine: Machine<S, ClusterVocabulary>) {
    this.name = name;
    this.machine = machine;
    this.state = machine.create();
  }

  /** What came while it was stopped. */
  #backlog: ScriptInput[] = [];

  get isActive(): boolean {
    return this.isAlive && !this.isPaused;
  }

  get hasWork(): boolean {
    return this.isActive && this.machine.hasWork(this.state);
  }

  get wakeAt(): number {
    return this.isActive ? this.machine.wakeAt(this.state) : NEVER;
  }

  start(now: number): readonly Effect[] {
    this.isAlive = true;
    this.incarnation += 1;
    this.state = this.machine.create();
    this.#backlog = [];
    return this.#step({ kind: 'start', incarnation: this.incarnation }, now);
  }

  resume(now: number): readonly Effect[] {
    this.isPaused = false;
    const backlog = this.#backlog.splice(0);
    return [...this.wake(now), ...backlog.flatMap((input) => this.step(input, now))];
  }

  /** As often as a deadline is due: before any other input. */
  wake(now: number): readonly Effect[] {
    const effects: Effect[] = [];
    for (let wakes = 0; this.wakeAt <= now; wakes++) {
      if (wakes > WAKES_MAX) throw new Error(`${this.name} is woken for ever`);
      effects.push(...this.#step({ kind: 'wake' }, now));
    }
    return effects;
  }

  step(input: ScriptInput, now: number): readonly Effect[] {
    if (this.isPaused) this.#backlog.push(input);
    return this.isActive ? [...this.wake(now), ...this.#step(input, now)] : [];
  }

  #step(input: ScriptInput, now: number): readonly Effect[] {
    this.#out.clear();
    this.#out.address = this.name;
    this.machine.step(this.state, deepFreeze({ ...input, now, wallTime: now }), this.#out);
    this.machine.checkInvariants(this.state);
    const flaw = checkTree(this.state);
    if (flaw !== null) throw new Error(`${this.name}: ${flaw}`);
    return deepFreeze([...this.#out.effects]);
  }
}
