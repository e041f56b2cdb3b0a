// Faults without odds: each is asked wherever it may strike, until so many have hit, and equal pasts have equal plans.
import { describe, expect, test } from 'vitest';
import {
  faultKindsOn,
  genericFaultKinds,
  hashState,
  NEVER,
  nextScript,
  scriptedDecisions,
  type GenericAim,
  type GenericFaultKind,
  type Machine,
  type MachinesScenario,
} from '../../../src/sim/millrace-sim.ts';
import { planExactFaults } from '../../../src/sim/faults/plan.ts';
import { machinesGuest } from '../../../src/sim/machines/machines-guest.ts';
import type { Choice } from '../../../src/sim/search/scripted-decisions.ts';

interface Greeting {
  readonly bodies: { readonly hello: { readonly from: string } };
  readonly request: { readonly kind: 'never-served' };
  readonly answer: never;
}

/** Says hello once to each peer when it starts, and hears who else does. */
const greeter = (peers: readonly string[]): Machine<{ readonly heard: string[] }, Greeting> => ({
  role: 'greeter',
  create: () => ({ heard: [] }),
  step(state, input, out) {
    if (input.kind === 'start') for (const peer of peers) out.send(peer, 'hello', { from: 'me' });
    if (input.kind === 'message') state.heard.push(input.message.from);
  },
  wakeAt: () => NEVER,
  hasWork: () => false,
  checkInvariants: () => {},
});

function greeting(names: readonly string[], aim: MachinesScenario['aim'] = {}): MachinesScenario {
  return {
    name: 'greeting',
    about: 'Everybody says hello.',
    messages: ['hello'],
    nodes: names.map((address) => ({ address, machine: greeter(names.filter((peer) => peer !== address)) })),
    aim,
    runMs: 100,
  };
}

interface Explored {
  /** The questions whether a fault strikes, and their answers. */
  readonly choices: readonly Choice[];
  readonly plan: unknown;
  /** Places where one could strike, counted by somebody else: steps, or messages. */
  readonly points: number;
}

const ruleStreams = ['crash/', 'pause/', 'slow/', 'clock-offset/', 'crash-for-good/'];
const isRule = (stream: string): boolean =>
  ruleStreams.some((rule) => stream.startsWith(rule)) && !stream.includes('>');

/** A run in which a script says which faults strike. */
function playScript(scenario: MachinesScenario, fault: string, faultsMax: number, script: readonly number[]): Explored {
  const guest = machinesGuest(scenario);
  const decisions = scriptedDecisions(script, isRule);
  const lines: string[] = [];
  const onTrace = (line: string): void => void lines.push(line);
  const request = {
    set: guest.timeless,
    faults: [fault],
    exactFaults: { faultsMax },
    checks: 'checked',
    onTrace,
  } as const;
  const { world } = guest.begin({ ...request, decisions });
  world.run({ untilUs: 200_000 });
  const steps = lines.map((line) => JSON.parse(line) as Line).filter(({ kind }) => kind === 'stepped');
  const points = fault === 'message-delay' ? steps.flatMap(({ effects }) => effects) : steps;
  return { choices: decisions.choices(), plan: world.plan(), points: points.length };
}

/** Of a trace. All that the greeters do is to send. */
interface Line {
  readonly kind: string;
  readonly effects: readonly unknown[];
}

function explore(scenario: MachinesScenario, fault: string, faultsMax: number): readonly Explored[] {
  const runs: Explored[] = [];
  for (let script: readonly number[] | null = []; script !== null;) {
    const run = playScript(scenario, fault, faultsMax, script);
    runs.push(run);
    script = nextScript(run.choices);
  }
  return runs;
}

const hitsOf = ({ choices }: Explored): number => choices.filter(({ value }) => value !== 0).length;

describe.each([
  ['crash', 1],
  ['crash', 2],
  ['pause', 2],
  ['message-delay', 1],
  ['message-delay', 2],
] as const)('%s, at most %d', (fault, faultsMax) => {
  const runs = explore(greeting(['a', 'b']), fault, faultsMax);

  test('every point is asked until so many have hit, and none afterwards', () => {
    expect(Math.max(...runs.map(hitsOf))).toBe(faultsMax);
    for (const run of runs) {
      const { choices, points } = run;
      if (hitsOf(run) < faultsMax) expect(choices.length).toBe(points);
      else expect(choices.at(-1)?.value).not.toBe(0);
    }
  });

  test('the same number of faults makes the same plan', () => {
    for (const run of runs) expect(run.plan).toEqual({ hits: hitsOf(run) });
    expect(new Set(runs.map(({ plan }) => hashState(plan))).size).toBe(faultsMax + 1);
  });
});

test('with one crash at the most, each point has one run for each way, and one is left alone', () => {
  const runs = explore(greeting(['a', 'b']), 'crash', 1);
  expect(runs.length).toBe(1 + 2 * (runs[0]?.points ?? 0));
});

test('none is asked where none may hit', () => {
  expect(playScript(greeting(['a', 'b']), 'crash', 0, [1]).choices).toEqual([]);
});

test('what begins with the run is asked for each node, until it has hit', () => {
  const runs = explore(greeting(['a', 'b', 'c']), 'clock-offset', 2);
  expect(runs.map(({ choices }) => choices.map(({ value }) => value).join('')).toSorted()).toEqual([
    '000',
    '001',
    '010',
    '011',
    '100',
    '101',
    '11',
  ]);
});

test('enough nodes live, whatever is asked', () => {
  const deaths = explore(greeting(['a', 'b', 'c']), 'crash-for-good', 3).map(hitsOf);
  expect(Math.max(...deaths)).toBe(1);
});

test('an aim holds', () => {
  const aim: GenericAim = { nodes: ['b'], kinds: ['hello'] };
  const [plain] = explore(greeting(['a', 'b'], { crash: aim }), 'crash', 1);
  expect(plain?.choices.length).toBe(1);
});

test('a fault lasts one of two times at the most', () => {
  const waysOf = (kind: GenericFaultKind, transport: 'stream' | 'datagram'): readonly (number | undefined)[] => {
    const options = { weights: { [kind]: 1 }, nodes: ['a', 'b'], transport, runUs: 1_000_000 };
    return planExactFaults(options, { faultsMax: 1 }).rules.map(({ ways }) => ways);
  };
  const ways = genericFaultKinds.map((kind) => [
    kind,
    ...waysOf(kind, faultKindsOn('stream').includes(kind) ? 'stream' : 'datagram'),
  ]);
  const twofold = ['crash', 'message-duplicate', 'clock-drift'];
  expect(ways).toEqual(genericFaultKinds.map((kind) => [kind, twofold.includes(kind) ? 2 : 1]));
});
