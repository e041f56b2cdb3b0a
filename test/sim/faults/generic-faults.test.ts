// Each kind of generic fault by itself: it fires, hits, is survived by a toy that survives everything, and its tape repeats it.
import { describe, expect, test } from 'vitest';
import {
  createWorld,
  faultKindsOn,
  genericFaultKinds,
  keyValueStore,
  planGenericFaults,
  seededDecisions,
  tapeDecisions,
  type Decisions,
  type GenericAim,
  type GenericFaultKind,
  type KeyValueState,
  type Observation,
  type Oracle,
  type Transport,
  type World,
} from '../../../src/sim/millrace-sim.ts';
import { tallyClient, tallyServer, type Client } from '../toys/tally.ts';

type Fault = Extract<Observation, { readonly kind: 'fault' }>;

const NODES = ['server', 'a', 'b', 'c'];
const CLIENTS = ['a', 'b', 'c'];
const GOAL = 70; // about as long as faults last
const FAULTS_US = 3_000_000;
const BOUND_US = 15_000_000;

interface Played {
  readonly world: World;
  readonly faults: readonly Fault[];
}

interface Plan {
  readonly weights: Readonly<Partial<Record<GenericFaultKind, number>>>;
  readonly aims?: Readonly<Partial<Record<GenericFaultKind, GenericAim>>>;
  readonly transport?: Transport;
}

/** Keeps the faults, and checks that no node's monotonic clock ever runs back. */
function watcher(faults: Fault[]): Oracle<Map<string, number>> {
  return {
    name: 'watcher',
    create: () => new Map(),
    observe(clocks, seen, _, violate) {
      if (seen.kind === 'fault') faults.push(seen);
      if (seen.kind !== 'stepped') return;
      if (seen.input.now < (clocks.get(seen.node) ?? 0)) violate('back', `the clock of ${seen.node} ran back`, []);
      clocks.set(seen.node, seen.input.now);
    },
    finish: () => {},
  };
}

function worldOf(decisions: Decisions, { weights, aims = {}, transport = 'stream' }: Plan, faults: Fault[]): World {
  const latency = { latencyUs: 200, jitterUs: 800 };
  return createWorld({
    decisions,
    nodes: [
      { address: 'server', machine: tallyServer },
      ...CLIENTS.map((address) => ({ address, machine: tallyClient(GOAL) })),
    ],
    services: [keyValueStore<number>()],
    serviceLatency: { '*': latency },
    network: { control: latency, data: latency, transport },
    costs: { stepCostUs: 20, recordCostUs: 0 },
    oracles: [watcher(faults)],
    faults: planGenericFaults({ weights, aims, nodes: NODES, services: ['kv'], transport, runUs: FAULTS_US }),
    checks: 'strict',
  });
}

function play(decisions: Decisions, plan: Plan): Played {
  const faults: Fault[] = [];
  const world = worldOf(decisions, plan, faults);
  world.run({ untilUs: FAULTS_US });
  world.stopFaults();
  world.run({ untilUs: FAULTS_US + BOUND_US });
  expect(world.finish()).toEqual([]);
  expect(world.thrown).toBeNull();
  return { world, faults };
}

/** Every client that lives has counted to the end, and the map has counted each number once. */
function expectSurvived({ world }: Played): void {
  const { entries } = world.view.service('kv') as KeyValueState<number>;
  for (const client of CLIENTS) {
    const node = world.view.node(client);
    if (node?.isGone === true) continue;
    expect([client, entries.get(client)?.value, (node?.state as Client | undefined)?.reached]).toEqual([
      client,
      GOAL,
      GOAL,
    ]);
  }
}

const ALL: readonly (readonly [GenericFaultKind, Transport])[] = genericFaultKinds.flatMap((kind) =>
  (['stream', 'datagram'] as const).flatMap((transport) =>
    faultKindsOn(transport).includes(kind) ? [[kind, transport] as const] : [],
  ),
);

const SEEDS = 8;
const WEIGHT = 2;
const aims: Plan['aims'] = { 'crash-for-good': { nodes: CLIENTS } };

describe.each(ALL)('%s on a %s transport', (kind, transport) => {
  const plan: Plan = { weights: { [kind]: WEIGHT }, aims, transport };

  test('fires, hits, is survived, and the tape repeats it', () => {
    let fired = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const played = play(seededDecisions(seed), plan);
      fired += played.faults.length;
      expect(played.faults.filter(({ fault, hit }) => fault !== kind || !hit)).toEqual([]);
      for (const { target, text } of played.faults) for (const end of target.split('>')) expect(text).toContain(end);
      expectSurvived(played);
      const tape = tapeDecisions(played.world.tape());
      const again = play(tape, plan);
      expect(again.faults).toEqual(played.faults);
      expect(again.world.hash()).toBe(played.world.hash());
      expect(tape.divergences()).toEqual([]);
    }
    // The mean is the weight, but for kinds that run out of what they can strike: one client of three dies for good, a clock runs as it does.
    expect(fired / SEEDS).toBeGreaterThan(kind === 'crash-for-good' ? 0.5 : WEIGHT / 2);
    expect(fired / SEEDS).toBeLessThan(WEIGHT * 1.7);
  });
});

test('all kinds together are survived', () => {
  for (const transport of ['stream', 'datagram'] as const) {
    const weights = Object.fromEntries(faultKindsOn(transport).map((kind) => [kind, 1]));
    for (let seed = 1; seed <= 20; seed++) {
      const played = play(seededDecisions(seed), { weights, aims, transport });
      expectSurvived(played);
      const again = play(tapeDecisions(played.world.tape()), { weights, aims, transport });
      expect(again.world.hash()).toBe(played.world.hash());
    }
  }
});

describe('aims', () => {
  const fired = (kind: GenericFaultKind, aim: GenericAim, transport: Transport = 'stream'): readonly Fault[] =>
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap(
      (seed) => play(seededDecisions(seed), { weights: { [kind]: 3 }, aims: { [kind]: aim }, transport }).faults,
    );

  test('say which nodes', () => {
    expect(new Set(fired('crash', { nodes: ['b'] }).map(({ target }) => target))).toEqual(new Set(['b']));
    expect(new Set(fired('message-loss', { nodes: ['a'] }, 'datagram').map(({ target }) => target))).toEqual(
      new Set(['a>server']),
    );
  });

  test('say at which kinds of messages, requests and inputs', () => {
    const texts = fired('message-delay', { kinds: ['counted'] }).map(({ text }) => text);
    expect(texts.length).toBeGreaterThan(8);
    expect(texts.every((text) => text.startsWith('counted from server'))).toBe(true);
    expect(fired('request-fail', { kinds: ['kv-put'] }).every(({ text }) => text.startsWith('kv-put'))).toBe(true);
    expect(fired('pause', { kinds: ['wake'] }).every(({ text }) => text.includes('at wake'))).toBe(true);
  });

  test('say for how long', () => {
    const lengths = fired('pause', { shortestMs: 30, longestMs: 480 }).map(
      ({ text }) => /for (\d+) ms/.exec(text)?.[1],
    );
    expect(new Set(lengths)).toEqual(new Set(['30', '60', '120', '240', '480']));
  });

  test('say how many must live', () => {
    const gone = (aim: GenericAim): number[] =>
      [1, 2, 3, 4, 5, 6].map((seed) => {
        const { world } = play(seededDecisions(seed), {
          weights: { 'crash-for-good': 50 },
          aims: { 'crash-for-good': aim },
        });
        return world.view.nodes().filter(({ isGone }) => isGone).length;
      });
    expect(gone({ nodes: CLIENTS })).toEqual([1, 1, 1, 1, 1, 1]);
    expect(gone({ nodes: CLIENTS, mustLive: 1 })).toEqual([2, 2, 2, 2, 2, 2]);
    expect(gone({ nodes: CLIENTS, mustLive: 3 })).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

test('a plan that cannot be is refused', () => {
  const plan = (options: Plan) => () => worldOf(seededDecisions(1), options, []);
  expect(plan({ weights: { 'message-loss': 1 } })).toThrow('message-loss cannot come on the transport stream');
  expect(plan({ weights: { crash: 1 }, aims: { crash: { nodes: ['d'] } } })).toThrow('names d, which is no node');
});
