// How long the steps of a machine take: each by what was put in.
import type { Input, Machine } from '../../src/core/base/machine.ts';
import type { ClusterVocabulary } from '../../src/core/protocol/ports.ts';

/** In ms. */
export interface StepTimes {
  readonly count: number;
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class StepClock {
  #times = new Map<string, number[]>();

  /** The machine, with a watch beside it. */
  time<S>(machine: Machine<S, ClusterVocabulary>): Machine<S, ClusterVocabulary> {
    return {
      ...machine,
      step: (state, input, out) => {
        const before = performance.now();
        machine.step(state, input, out);
        this.#note(nameOf(input), performance.now() - before);
      },
    };
  }

  #note(name: string, tookMs: number): void {
    const times = this.#times.get(name);
    if (times === undefined) this.#times.set(name, [tookMs]);
    else times.push(tookMs);
  }

  /** Since the last time: of all steps under the name `all`, then of each kind of input, those first that took longest together. */
  take(): readonly (readonly [name: string, times: StepTimes])[] {
    const taken = [...this.#times].map(([name, times]) => [name, sumUp(times)] as const);
    const all = sumUp([...this.#times.values()].flat());
    this.#times = new Map();
    return [['all', all], ...taken.toSorted(([, a], [, b]) => b.totalMs - a.totalMs)];
  }
}

function nameOf(input: Input<ClusterVocabulary>): string {
  if (input.kind === 'message') return input.message.kind;
  return input.kind === 'completed' ? `answer ${input.answer.kind}` : input.kind;
}

function sumUp(times: readonly number[]): StepTimes {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return {
    count: sorted.length,
    totalMs: sorted.reduce((sum, time) => sum + time, 0),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: sorted.at(-1) ?? 0,
  };
}
