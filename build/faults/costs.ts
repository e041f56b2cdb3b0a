// What each kind of fault costs: seeds of a scenario under that kind alone, beside the same seeds without faults.
import { faultKinds, type FaultKind } from '../../src/scenario/fault-kinds.ts';
import { formatTable } from '../../src/cli/terminal.ts';
import { scenarioLoaders } from '../../scenarios/list.ts';
import { seeRun } from './see.ts';

/** Sums over seeds. */
export interface Cost {
  readonly kind: FaultKind;
  readonly scenario: string;
  readonly seeds: number;
  readonly hits: number;
  /** Those in which it hit most often. */
  readonly phases: readonly string[];
  readonly restarts: number;
  readonly leaderChanges: number;
  readonly lostCheckpoints: number;
  /** By how much the longest time without output is longer than without faults, in ms: of runs in which something hit, in order. */
  readonly silencesMs: readonly number[];
  /** Runs that did not pass. */
  readonly failed: readonly number[];
}

/** Scenarios in the order in which one is taken for a kind: the first that gives it a weight. */
const SCENARIOS = ['word-count', 'hostile', 'hostile-storage'] as const;

export async function scenarioFor(kind: FaultKind): Promise<string> {
  for (const name of SCENARIOS) {
    const load = scenarioLoaders[name];
    if (load === undefined) continue;
    const { scenario } = await load(); // oxlint-disable-line no-await-in-loop -- the first that has it
    if ('faults' in scenario && (scenario.faults[kind] ?? 0) > 0) return name;
  }
  return 'word-count';
}

export async function costsOf(seeds: number, onProgress: (text: string) => void): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  for (const kind of faultKinds) {
    onProgress(kind);
    costs.push(await costOf(kind, seeds)); // oxlint-disable-line no-await-in-loop -- one after the other
  }
  return costs;
}

async function costOf(kind: FaultKind, seeds: number): Promise<Cost> {
  const scenario = await scenarioFor(kind);
  const phases = new Map<string, number>();
  const cost = { hits: 0, restarts: 0, leaderChanges: 0, lostCheckpoints: 0 };
  const silencesMs: number[] = [];
  const failed: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const struck = await seeRun({ scenario, faults: kind, seed }); // oxlint-disable-line no-await-in-loop -- a run takes a core
    if (!struck.passed) failed.push(seed);
    if (struck.struck.length === 0) continue;
    const plain = await seeRun({ scenario, faults: '', seed }); // oxlint-disable-line no-await-in-loop -- likewise
    cost.hits += struck.struck.length;
    cost.restarts += struck.restarts - plain.restarts;
    cost.leaderChanges += struck.leaderChanges - plain.leaderChanges;
    cost.lostCheckpoints += struck.lostCheckpoints - plain.lostCheckpoints;
    silencesMs.push(struck.silenceMs - plain.silenceMs);
    for (const phase of struck.phases) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  const often = [...phases].toSorted(([, a], [, b]) => b - a).map(([phase]) => phase);
  return {
    kind,
    scenario,
    seeds,
    ...cost,
    phases: often.slice(0, 3),
    silencesMs: silencesMs.toSorted((a, b) => a - b),
    failed,
  };
}

const HEADER = ['fault', 'scenario', 'hits', 'mostly', 'restarts', 'leaders', 'lost checkpoints', 'ms without output'];

export function costLines(costs: readonly Cost[]): readonly string[] {
  const rows = costs.map(({ kind, scenario, hits, phases, restarts, leaderChanges, lostCheckpoints, silencesMs }) => [
    kind,
    scenario,
    String(hits),
    phases.join(', '),
    perHit(restarts, hits),
    perHit(leaderChanges, hits),
    perHit(lostCheckpoints, hits),
    silencesMs.length === 0
      ? '–'
      : `${Math.round(silencesMs[silencesMs.length >> 1] ?? 0)}, ${Math.round(silencesMs.at(-1) ?? 0)}`,
  ]);
  return [
    ...formatTable([HEADER, ...rows]),
    '',
    `${costs[0]?.seeds ?? 0} seeds of each kind alone; restarts, new leaders and lost checkpoints are a hit, beyond those of the same seed without faults; ms without output beyond it: median, most`,
  ];
}

function perHit(sum: number, hits: number): string {
  return hits === 0 ? '–' : (sum / hits).toFixed(2);
}
