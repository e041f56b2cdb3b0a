// Small traces by hand.
import { traceHeader } from '../../src/core/protocol/trace-format.ts';
import type { TraceEnding } from '../../src/core/protocol/trace-format.ts';
import type { Stepped, TraceLine } from '../../reports/trace/lines.ts';
import type { Trace } from '../../reports/trace/read-trace.ts';

export const header = traceHeader({
  world: 'simulated',
  scenario: 'by-hand',
  about: 'A trace of a test.',
  seed: 7,
  commit: 'abc',
});

export const ending: TraceEnding = {
  kind: 'verdict',
  at: 1_000,
  verdict: 'pass',
  sentence: 'all is well',
  violations: [],
  oracles: { 'O-exact': 'pass' },
  facts: [['options', 'none']],
  story: null,
  commands: [['repeat', 'npm run sim -- --seed 7']],
};

export function traceOf(lines: readonly TraceLine[], end: TraceEnding | null = ending): Trace {
  return { header, lines, ending: end };
}

/** A step that lasts 10 µs. */
export function step(node: string, at: number, input: string, ...effects: string[]): Stepped {
  return { kind: 'stepped', at, event: at, node, incarnation: 1, input, effects, leavesAt: at + 10 };
}

export function started(node: string, at = 0, incarnation = 1): TraceLine {
  return { kind: 'started', at, node, incarnation };
}

export function stopped(node: string, at: number): TraceLine {
  return { kind: 'stopped', at, node, incarnation: 1, why: 'crash' };
}

export function lost(from: string, at: number, message: string, why: string): TraceLine {
  return { kind: 'lost', at, from, message, why };
}
