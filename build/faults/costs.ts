// What each kind of fault costs: seeds of a scenario under that kind alone, beside the same seeds without faults.
import type { FaultKind } from '../../src/scenario/fault-kinds.ts';
import { formatTable } from '../../src/cli/terminal.ts';
import { scenarioLoaders } from '../../scenarios/list.ts';
import { seerOf, type SeenAlone } from './see.ts';

/** Sums over seeds. */
export interface Cost {
  readonly kind: FaultKind;
  readonly scenario: string;
  readonly seeds: number;
  readonly hits: number;
  /** In how many runs it hit in each. */
  readonly phases: ReadonlyMap<string, number>;
  readonly restarts: number;
  readonly leaderChanges: number;
  readonly lostCheckpoints: number;
  /** By how much the longest time without output is longer than without faults, in ms: of runs in which something hit. */
  readonly silencesMs: readonly number[];
  /** Runs that did not pass. */
  readonly failed: readonly number[];
}

/** The first if it gives a kind a weight; else the one in which its weight is largest. */
const SCENARIOS = ['word-count', 'hostile', 'hostile-storage', 'poison'] as const;

export async function scenarioFor(kind: FaultKind): Promise<string> {
  let [found, largest]: [string, number] = [SCENARIOS[0], 0];
  for (const name of SCENARIOS) {
    const load = scenarioLoaders[name];
    if (load === undefined) continue;
    const { scenario } = await load(); // oxlint-disable-line no-await-in-loop -- a few, in their order
    const weight = scenario.faults[kind] ?? 0;
    if (weight > 0 && name === SCENARIOS[0]) return name;
    if (weight > largest) [found, largest] = [name, weight];
  }
  return found;
}

/** Of these seeds, each kind by itself. */
export async function costsOf(
  seeds: readonly number[],
  kinds: readonly FaultKind[],
  onProgress: (text: string) => void,
): Promise<readonly Cost[]> {
  const plain = plainRuns();
  const costs: Cost[] = [];
  for (const kind of kinds) {
    onProgress(kind);
    costs.push(await costOf(kind, seeds, plain)); // oxlint-disable-line no-await-in-loop -- one after the other
  }
  return costs;
}

type PlainRuns = (scenario: string) => Promise<(seed: number) => SeenAlone>;

/** Many kinds have the same scenario: each seed of it runs once without faults. */
function plainRuns(): PlainRuns {
  const seers = new Map<string, (seed: number) => SeenAlone>();
  const seen = new Map<string, SeenAlone>();
  return async (scenario) => {
    const see = seers.get(scenario) ?? (await seerOf({ scenario, faults: '' }));
    seers.set(scenario, see);
    return (seed) => {
      const run = seen.get(`${scenario} ${seed}`) ?? see(seed);
      seen.set(`${scenario} ${seed}`, run);
      return run;
    };
  };
}

async function costOf(kind: FaultKind, seeds: readonly number[], plainRunsOf: PlainRuns): Promise<Cost> {
  const scenario = await scenarioFor(kind);
  const see = await seerOf({ scenario, faults: kind });
  const plainOf = await plainRunsOf(scenario);
  const phases = new Map<string, number>();
  const cost = { hits: 0, restarts: 0, leaderChanges: 0, lostCheckpoints: 0 };
  const silencesMs: number[] = [];
  const failed: number[] = [];
  for (const seed of seeds) {
    const struck = see(seed);
    if (!struck.passed) failed.push(seed);
    if (struck.struck.length === 0) continue;
    const plain = plainOf(seed);
    cost.hits += struck.struck.length;
    cost.restarts += struck.restarts - plain.restarts;
    cost.leaderChanges += struck.leaderChanges - plain.leaderChanges;
    cost.lostCheckpoints += struck.lostCheckpoints - plain.lostCheckpoints;
    silencesMs.push(struck.silenceMs - plain.silenceMs);
    for (const phase of struck.phases) phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  return { kind, scenario, seeds: seeds.length, ...cost, phases, silencesMs, failed };
}

const OFTEN = 3;

function mostly({ phases }: Cost): string {
  const often = [...phases].toSorted(([, a], [, b]) => b - a).slice(0, OFTEN);
  return often.map(([phase]) => phase).join(', ');
}

/** The median and the most. */
function silenceOf({ silencesMs }: Cost): string {
  if (silencesMs.length === 0) return '–';
  const inOrder = silencesMs.toSorted((a, b) => a - b);
  return `${Math.round(inOrder[inOrder.length >> 1] ?? 0)}, ${Math.round(inOrder.at(-1) ?? 0)}`;
}

const HEADER = ['fault', 'scenario', 'hits', 'mostly', 'restarts', 'leaders', 'lost checkpoints', 'ms without output'];

export function costLines(costs: readonly Cost[]): readonly string[] {
  const rows = costs.map((cost) => [
    cost.kind,
    cost.scenario,
    String(cost.hits),
    mostly(cost),
    perHit(cost.restarts, cost.hits),
    perHit(cost.leaderChanges, cost.hits),
    perHit(cost.lostCheckpoints, cost.hits),
    silenceOf(cost),
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
