// What an oracle says that it does not hear changes nothing in it, and it never objects to that: it is shown it all the same, and watched.
import { describe, expect, test } from 'vitest';
import { scenario as cancel } from '../../../scenarios/cancel.ts';
import { scenario as drain } from '../../../scenarios/drain.ts';
import { scenario as endless } from '../../../scenarios/endless.ts';
import { scenario as hostileStorage } from '../../../scenarios/hostile-storage.ts';
import { scenario as isolatedLeader } from '../../../scenarios/isolated-leader.ts';
import { scenario as ownFailure } from '../../../scenarios/own-failure.ts';
import { scenario as poison } from '../../../scenarios/poison.ts';
import { scenario as rescale } from '../../../scenarios/rescale.ts';
import { scenario as savepoint } from '../../../scenarios/savepoint.ts';
import { scenario as twoJobs } from '../../../scenarios/two-jobs.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';
import { Hasher } from '../../../src/core/base/hasher.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { beginRun } from '../../../src/sim/cluster/run.ts';
import { firstOf, hearingOf, listenerAt, listenersTo } from '../../../src/sim/hearing.ts';
import type { Hears, Observation, Oracle } from '../../../src/sim/observation.ts';
import { runGuest } from '../../../src/sim/run-guest.ts';
import { engineOf } from '../../../src/sim/world.ts';
import type { World } from '../../../src/sim/world-types.ts';
import { requestOf } from '../cluster/lab.ts';

function hashOf(state: unknown): string {
  const hasher = new Hasher();
  hasher.value(state);
  return hasher.digest();
}

/** Shows everything to everybody; `tell` is told who cared for something that it does not hear, and who passed over how much. */
class Watch {
  readonly cared = new Set<string>();
  readonly unheard = new Map<string, number>();

  watch(world: World): void {
    const { settings, oracles: records } = engineOf(world);
    const hearing = hearingOf(settings.oracles);
    const oracles = settings.oracles.map((oracle, index) =>
      this.#watched(oracle, (seen) => (listenersTo(hearing, seen) & listenerAt(index)) !== 0),
    );
    Object.assign(settings, { oracles, hearing: hearingOf(oracles) });
    for (const [index, oracle] of oracles.entries()) {
      const { observe } = oracle; // oxlint-disable-line typescript/unbound-method -- called with its oracle
      Object.assign(records[index] as object, { oracle, observe });
    }
  }

  #watched(oracle: Oracle, hears: (seen: Observation) => boolean): Oracle {
    const { name } = oracle;
    let before: string | null = null; // as long as it heard nothing since
    return {
      name,
      create: () => oracle.create(),
      finish: (...given) => oracle.finish(...given),
      observe: (state, seen, view, violate) => {
        if (hears(seen)) {
          before = null;
          return oracle.observe(state, seen, view, violate);
        }
        before ??= hashOf(state);
        oracle.observe(state, seen, view, (...report) => {
          this.#care(name, seen);
          violate(...report);
        });
        const after = hashOf(state);
        if (after !== before) this.#care(name, seen);
        before = after;
        this.unheard.set(name, (this.unheard.get(name) ?? 0) + 1);
      },
    };
  }

  #care(name: string, seen: Observation): void {
    const what =
      seen.kind === 'stepped' && seen.input.kind === 'message'
        ? (seen.input.message as { kind: string }).kind
        : seen.kind;
    this.cared.add(`${name}: ${what}`);
  }
}

function watchRun(scenario: Scenario, seed: number): Watch {
  const watch = new Watch();
  const request = requestOf(scenario, seed);
  const begin = (given: object): ReturnType<typeof beginRun> => {
    const run = beginRun({ ...request, ...given });
    watch.watch(run.world);
    return run;
  };
  runGuest({ begin }, request);
  return watch;
}

describe('what an oracle does not hear', () => {
  const scenarios = {
    wordCount,
    cancel,
    drain,
    endless,
    hostileStorage,
    isolatedLeader,
    ownFailure,
    poison,
    rescale,
    savepoint,
    twoJobs,
  };

  for (const [name, scenario] of Object.entries(scenarios))
    test(`does not matter to it: ${name}`, () => {
      expect([...watchRun(scenario, 1).cared]).toEqual([]);
    });

  test('is most of what happens', () => {
    const { unheard } = watchRun(wordCount, 1);
    for (const name of ['O-fence', 'O-store', 'O-commit', 'O-life', 'observer'])
      expect(unheard.get(name), name).toBeGreaterThan(500);
  });
});

describe('listeners', () => {
  const step = (input: object, effects: readonly object[] = []): Observation =>
    ({ kind: 'stepped', node: 'a', incarnation: 1, input, effects, leavesAt: 0 }) as unknown as Observation;
  const of = (hears: Oracle['hears'], seen: Observation): boolean =>
    listenersTo(hearingOf([{}, hears === undefined ? {} : { hears }]), seen) >> 1 === 1;
  const started: Observation = { kind: 'started', node: 'a', incarnation: 1 };
  const ping = { kind: 'message', message: { kind: 'ping' } };

  test.each<[string, Oracle['hears'], Observation, boolean]>([
    ['everything by default', undefined, step({ kind: 'work' }), true],
    ['observations by kind', { observations: ['started'] }, started, true],
    ['no others', { observations: ['stopped'] }, started, false],
    ['no steps with them', { observations: 'all' }, step({ kind: 'work' }), false],
    ['messages by kind', { inputs: ['ping'] }, step(ping), true],
    ['other inputs by kind', { inputs: ['work'] }, step({ kind: 'work' }), true],
    ['every step', { inputs: 'all' }, step({ kind: 'wake' }), true],
    ['what leaves by kind', { sends: ['pong'] }, step(ping, [{ effect: 'send', kind: 'pong' }]), true],
    ['not what comes as what leaves', { sends: ['ping'] }, step(ping), false],
    ['requests by kind', { requests: ['read'] }, step(ping, [{ effect: 'request', request: { kind: 'read' } }]), true],
    ['all requests', { requests: 'all' }, step(ping, [{ effect: 'request', request: { kind: 'read' } }]), true],
    ['notes by kind', { notes: ['done'] }, step(ping, [{ effect: 'note', note: { kind: 'done' } }]), true],
    [
      'one of several effects',
      { notes: ['done'] },
      step(ping, [{ effect: 'halt' }, { effect: 'note', note: { kind: 'done' } }]),
      true,
    ],
    [
      'an end only with all steps',
      { sends: 'all', requests: 'all', notes: 'all' },
      step(ping, [{ effect: 'halt' }]),
      false,
    ],
  ])('hear %s', (_, hears, seen, heard) => {
    expect(of(hears, seen)).toBe(heard);
  });

  test('of more than 31 oracles the last are shown what one of them hears', () => {
    const oracles = [
      ...Array.from({ length: 33 }, () => ({ hears: {} })),
      { hears: { observations: ['started'] as const } },
    ];
    const listeners = listenersTo(hearingOf(oracles), started);
    expect([0, 29, 30, 33].map((index) => (listeners & listenerAt(index)) !== 0)).toEqual([false, false, true, true]);
  });

  test('are found one after the other, as many as there are', () => {
    const some: Hears = { observations: ['started'] };
    const heard = [0, 3, 29, 30, 31, 40];
    const oracles = Array.from({ length: 41 }, (_, index) => ({ hears: heard.includes(index) ? some : {} }));
    const listeners = listenersTo(hearingOf(oracles), started);
    const found: number[] = [];
    for (let index = firstOf(listeners, 0); index < oracles.length; index = firstOf(listeners, index + 1))
      found.push(index);
    expect(found).toEqual([0, 3, 29, ...Array.from({ length: 11 }, (_, index) => 30 + index)]);
    expect(firstOf(0, 0)).toBeGreaterThan(oracles.length);
  });
});
