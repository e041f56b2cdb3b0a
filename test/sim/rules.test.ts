// The promises of the world to its machines, watched from outside under every kind of fault.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Observation, Oracle, Violate } from '../../src/sim/observation.ts';
import { decisionsOf, runArbitrary } from '../../src/testing/run-arbitrary.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';
import type { Decisions } from '../../src/sim/decisions.ts';
import type { World } from '../../src/sim/world-types.ts';
import type { Envelope } from '../../src/core/base/vocabulary.ts';
import { NOTES_PER_INCARNATION, crowd } from './toys/worlds.ts';
import type { Recorded } from './toys/recorder.ts';

interface Seen {
  /** Last note by receiver, its incarnation, sender and its incarnation. */
  readonly notes: Map<string, number>;
  readonly busyUntil: Map<string, number>;
  readonly incarnations: Map<string, number>;
  readonly asked: Map<string, number>;
  now: number;
}

const promises: Oracle<Seen> = {
  name: 'promises',
  create: () => ({ notes: new Map(), busyUntil: new Map(), incarnations: new Map(), asked: new Map(), now: 0 }),
  observe(seen, observation, view, violate) {
    if (view.now < seen.now) violate('time', 'time ran back', []);
    seen.now = view.now;
    if (observation.kind === 'started') checkStarted(seen, observation, violate);
    if (observation.kind === 'stepped') checkStep(seen, observation, view.now, violate);
  },
  finish: () => {},
};

function checkStarted(seen: Seen, started: Observation & { kind: 'started' }, violate: Violate): void {
  if (started.incarnation <= (seen.incarnations.get(started.node) ?? 0))
    violate('incarnation', 'an incarnation came again', []);
  seen.incarnations.set(started.node, started.incarnation);
  seen.busyUntil.delete(started.node);
}

function checkStep(seen: Seen, step: Observation & { kind: 'stepped' }, now: number, violate: Violate): void {
  if (step.incarnation !== seen.incarnations.get(step.node)) violate('dead', 'a dead incarnation was stepped', []);
  if (now < (seen.busyUntil.get(step.node) ?? 0)) violate('busy', 'a busy node was stepped', []);
  seen.busyUntil.set(step.node, step.leavesAt);
  const process = `${step.node}/${step.incarnation}`;
  if (step.input.kind === 'completed') {
    const key = `${process}/${step.input.request}`;
    if ((seen.asked.get(key) ?? 0) <= 0) violate('answer', 'an answer to nothing, or a second one', [key]);
    seen.asked.set(key, 0);
  }
  for (const effect of step.effects) if (effect.effect === 'request') seen.asked.set(`${process}/${effect.id}`, 1);
  if (step.input.kind !== 'message') return;
  const { kind, from, body } = step.input.message as Envelope<string, number>;
  if (kind !== 'note') return;
  const key = `${process} ${from}/${Math.floor(body / NOTES_PER_INCARNATION)}`;
  if (body <= (seen.notes.get(key) ?? 0)) violate('note', 'a note came twice, or out of order', [key]);
  seen.notes.set(key, body);
}

function play(decisions: Decisions): World {
  const world = crowd(decisions, { oracles: [promises] });
  world.run({ untilEvents: 1_500 });
  return world;
}

test('order, time, incarnations and answers are kept under all faults', () => {
  fc.assert(
    fc.property(
      runArbitrary((decisions) => void play(decisions)),
      (run) => {
        const world = play(decisionsOf(run));
        expect(world.violations).toEqual([]);
        expect(world.thrown).toBe(null);
      },
    ),
    { numRuns: 60 },
  );
});

test('the crowd meets every fault, and recovers when they stop', () => {
  const faults = new Set<string>();
  const other = new Set<string>();
  const witness: Oracle<null> = {
    name: 'witness',
    create: () => null,
    observe(_, observation) {
      if (observation.kind === 'fault' && observation.hit) faults.add(observation.fault);
      else if (observation.kind === 'lost') other.add(observation.why);
      else if (observation.kind === 'stepped') other.add(observation.input.kind);
    },
    finish: () => {},
  };
  for (let seed = 0; seed < 10; seed++) {
    const world = crowd(seededDecisions(seed), { oracles: [witness] });
    world.run({ untilEvents: 3_000 });
    world.stopFaults();
    const { now } = world.view;
    world.run({ untilUs: now + 100_000 });
    for (const node of world.view.nodes()) {
      expect(node.status).toBe('running');
      expect((node.state as Recorded).wakeAt).toBeGreaterThan((now + 80_000) / 1_000);
    }
  }
  expect([...faults].toSorted()).toEqual(['break', 'crash', 'delay', 'partition', 'pause', 'unknown']);
  expect([...other].toSorted()).toEqual([
    'completed',
    'connection-broke',
    'connection-broken',
    'connection-lost',
    'message',
    'nobody-there',
    'partition',
    'receiver-died',
    'sender-died',
    'start',
    'wake',
    'work',
  ]);
});
