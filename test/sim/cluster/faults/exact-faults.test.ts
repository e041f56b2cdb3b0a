// Faults of a cluster without odds: each is asked wherever it may strike, also before anybody leads and around the job, until so many have hit.
import { expect, test } from 'vitest';
import { defineJob, defineScenario, type Scenario } from '../../../../src/scenario/millrace-scenario.ts';
import { faultKinds, type FaultKind } from '../../../../src/scenario/fault-kinds.ts';
import { whyIdle } from '../../../../src/scenario/idle-faults.ts';
import { timelessCluster } from '../../../../src/scenario/sim-options.ts';
import { beginRun, type JobRun } from '../../../../src/sim/cluster/run.ts';
import type { JobRunResult } from '../../../../src/sim/cluster/run-types.ts';
import { hasExactForm } from '../../../../src/sim/cluster/faults/exact-faults.ts';
import { runGuest } from '../../../../src/sim/run-guest.ts';
import { scriptedDecisions, type Choice } from '../../../../src/sim/search/scripted-decisions.ts';
import { quickOptions, quickSim } from '../../../../scenarios/quick-cluster.ts';
import { requestOf, verdictOf } from '../lab.ts';

const tiny = defineScenario({
  name: 'tiny',
  about: 'Sums up three numbers.',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 2 },
  job: defineJob('tiny', (env) =>
    env
      .fromSource<number>('numbers', { topic: 'numbers', splits: 1, recordsPerSecond: 5 })
      .keyBy((number) => number)
      .reduce('sum', (sum, number) => sum + number)
      .sinkTo('sums', { sink: 'sums' }),
  ),
  input: () => ({ numbers: { splits: [[1, 2, 3]] } }),
  options: quickOptions,
  sim: quickSim,
  faults: { 'tm-crash': 1 },
  atLeastFaults: 1,
  reference: true,
});

interface Line {
  readonly kind: string;
  readonly node: string;
  readonly effects: readonly { readonly effect: string; readonly to?: string }[];
}

interface Played {
  /** The questions whether a fault strikes, and their answers. */
  readonly choices: readonly Choice[];
  readonly result: JobRunResult;
  readonly plan: unknown;
  /** Steps of the run until faults stopped. */
  readonly steps: readonly Line[];
}

const nodes = ['jm-1', 'tm-1', 'client-1'];
const spares = ['jm-2', 'tm-2'];
const ruleStreams = [
  'crash',
  'crash-for-good',
  'lease',
  'isolate',
  'drop',
  'lose-barrier',
  'skip-barrier',
  'slow',
  'break-at',
  'cut',
  'cut-one-way',
];
const moreRuleStreams = ['pause', 'fail', 'unanswered', 'wall', 'drift', 'jump'];

function isRule(stream: string): boolean {
  const [rule = '', node = '', ...rest] = stream.split('/');
  return (
    [...ruleStreams, ...moreRuleStreams].includes(rule) && [...nodes, ...spares].includes(node) && rest.length === 1
  );
}

function play(
  kinds: readonly FaultKind[],
  faultsMax: number,
  script: readonly number[],
  scenario: Scenario = tiny,
): Played {
  const decisions = scriptedDecisions(script, isRule);
  const lines: Line[] = [];
  const given = { faults: kinds, exactFaults: { faultsMax }, set: timelessCluster, decisions };
  const request = requestOf(scenario, 1, { ...given, onTrace: (line) => lines.push(JSON.parse(line) as Line) });
  let run: JobRun | null = null;
  const result = runGuest({ begin: (asked) => (run = beginRun({ ...request, ...asked })) }, request);
  const stopped = lines.findIndex(({ kind }) => kind === 'faults-stopped');
  const steps = lines.slice(0, stopped < 0 ? lines.length : stopped).filter(({ kind }) => kind === 'stepped');
  return { choices: decisions.choices(), result, plan: (run as JobRun | null)?.world.plan(), steps };
}

const stepsOf =
  (...struck: readonly string[]) =>
  (steps: readonly Line[]): number =>
    steps.filter(({ node }) => struck.includes(node)).length;

const effectsOf =
  (wanted: string) =>
  (steps: readonly Line[]): number =>
    steps.flatMap(({ node, effects }) => effects.filter(({ effect, to }) => effect === wanted && to !== node)).length;

/** Where each kind may strike in a run without faults, counted from its trace. */
const pointsOf: Readonly<Partial<Record<FaultKind, (steps: readonly Line[]) => number>>> = {
  'tm-crash': stepsOf('tm-1'),
  'jm-crash': stepsOf('jm-1'),
  pause: stepsOf(...nodes),
  partition: (steps) => 2 * stepsOf(...nodes)(steps),
  'message-delay': effectsOf('send'),
  'connection-break': effectsOf('send'),
  'store-fail': effectsOf('request'),
};

const SAMPLES = 5;

const spare: Scenario = { ...tiny, cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 } };
const worldFor = (kind: FaultKind): Scenario => (whyIdle(tiny, kind) === null ? tiny : spare);

test.each(faultKinds.filter(hasExactForm))('%s is asked at each of its points, until it has hit', (kind) => {
  const scenario = worldFor(kind);
  const plain = play([kind], 1, [], scenario);
  const asked = plain.choices.length;
  expect(verdictOf(plain.result)).toBe('pass');
  expect(asked).toBe(pointsOf[kind]?.(plain.steps) ?? asked);
  expect(asked).toBeGreaterThan(SAMPLES);
  let hits = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const at = Math.floor(((asked - 1) * sample) / (SAMPLES - 1));
    const { choices, result, plan } = play([kind], 1, [...Array.from({ length: at }, () => 0), 1], scenario);
    hits += result.faultLog.length;
    expect(verdictOf(result)).toBe('pass');
    expect(result.faultLog.every(({ fault, hit }) => fault === kind && hit)).toBe(true);
    expect(plan).toMatchObject({ hits: result.faultLog.length });
    if (result.faultLog.length === 1) expect(choices.length).toBe(at + 1);
  }
  expect(hits).toBeGreaterThan(0);
});

test.each(faultKinds.filter((kind) => !hasExactForm(kind)))('%s has odds alone, and says so', (kind) => {
  expect(() => play([kind], 1, [])).toThrow(`${kind} has odds alone: not all runs can be tried with it`);
});

test('a crash is asked before anybody leads, and a process is back at once or when it was given up', () => {
  const first = [1, 2].map((way) => play(['jm-crash'], 1, [way]).result.faultLog[0]);
  expect(first.map((fault) => [fault?.atMs, fault?.text])).toEqual([
    [0, 'jm-1 died at start, down for 0 ms'],
    [0, 'jm-1 died at start, down for 1200 ms'],
  ]);
});

test('with two faults at the most, a second one is asked until it has hit as well', () => {
  const { choices, plan } = play(['tm-crash', 'store-fail'], 2, [0, 1, 0, 0, 1]);
  expect(choices.map(({ value }) => value)).toEqual([0, 1, 0, 0, 1]);
  expect(plan).toEqual({ hits: 2, skipped: new Map(), burstAt: Number.NEGATIVE_INFINITY }); // faults as choices do not rest
});

test('the same faults make the same plan, wherever they struck', () => {
  const plans = [[1], [0, 1], [0, 0, 2]].map((script) => play(['tm-crash'], 1, script).plan);
  expect(plans).toEqual(plans.map(() => ({ hits: 1, skipped: new Map(), burstAt: Number.NEGATIVE_INFINITY })));
});

test('a process dies for good where those that are left are enough', () => {
  const spare = { ...tiny, cluster: { jobManagers: 2, taskManagers: 2, slotsPerTaskManager: 2 } };
  const waysOf = (kind: FaultKind, script: readonly number[], scenario?: Scenario): readonly number[] => [
    ...new Set(play([kind], 1, script, scenario).choices.map(({ n }) => n - 1)),
  ];
  for (const [kind, node] of [
    ['tm-crash', 'tm-1'],
    ['jm-crash', 'jm-1'],
  ] as const) {
    expect(waysOf(kind, [])).toEqual([2]);
    expect(waysOf(kind, [], spare)).toEqual([2, 1]); // comes back in two ways, or does not
    const { result } = play([kind], 1, [0, 1], spare);
    expect(result.faultLog.map(({ text }) => text)).toEqual([`${node} died at start and never comes back`]);
    expect(verdictOf(result)).toBe('pass');
  }
});
