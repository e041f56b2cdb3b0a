// What remembers: tables of numbers, results by what was read, scripts of answers, and the worlds of jobs that are put together and taken apart.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jobGuest } from '../../../../../src/sim/cluster/job-guest.ts';
import { exploreGuest, requestOf, type GuestBounds } from '../../../../../src/sim/search/explore/explore-guest.ts';
import { createExploredWorld, type ExploredWorld } from '../../../../../src/sim/search/explore/world/explored-world.ts';
import { KeyTable } from '../../../../../src/sim/search/explore/world/key-table.ts';
import { ReadTrie } from '../../../../../src/sim/search/explore/world/read-trie.ts';
import { nextScript, ScriptDecisions } from '../../../../../src/sim/search/explore/world/script.ts';
import { scenario } from '../../../../../scenarios/proofs/recovery-1.ts';

test('a table of keys is a map', () => {
  const key = fc.tuple(fc.nat(7), fc.nat(300), fc.integer({ min: -2, max: 2 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(1_000)), { maxLength: 3_000 }), (entries) => {
      const [table, map] = [new KeyTable(), new Map<string, number>()];
      for (const [[a, b, c], value] of entries) {
        expect(table.get(a, b, c)).toBe(map.get(`${a} ${b} ${c}`) ?? -1);
        table.set(a, b, c, value);
        map.set(`${a} ${b} ${c}`, value);
      }
      expect(table.size).toBe(map.size);
      for (const [[a, b, c]] of entries) expect(table.get(a, b, c)).toBe(map.get(`${a} ${b} ${c}`));
    }),
    { numRuns: 30 },
  );
});

test('a result is found where the same was read, and nowhere else', () => {
  // reads place 0, and then a place that depends on what it found; the result depends on both
  const ask = (argument: number, values: Int32Array): { reads: number[]; result: number } => {
    const first = values[0] as number;
    const second = 1 + ((first + argument) % 3);
    return { reads: [0, second], result: 100 * argument + 10 * first + (values[second] as number) };
  };
  const trie = new ReadTrie();
  const world = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3));
  fc.assert(
    fc.property(fc.nat(2), world, (argument, places) => {
      const values = Int32Array.from(places);
      const { reads, result } = ask(argument, values);
      const seen: number[] = [];
      const known = trie.get(argument, 0, values, seen);
      expect([-1, result]).toContain(known);
      if (known >= 0) expect(seen).toEqual(reads);
      trie.set(argument, 0, values, reads, result);
      expect(trie.get(argument, 0, values)).toBe(result);
    }),
    { numRuns: 2_000 },
  );
});

describe('scripts', () => {
  const decisions = new ScriptDecisions();
  decisions.knowRules((_, name) => name === 'crash/a/start');
  const ask = (script: readonly number[], isPlain: boolean): readonly number[] => {
    decisions.follow(script, isPlain);
    const question = (name: string, n: number): number => decisions.pick(decisions.open(name), n, 0.5);
    const struck = question('crash/a/start', 3);
    if (struck > 0) question('crash/a>b/control', 2);
    question('chance/a/die', 2);
    return decisions.answers();
  };

  test('answer every question in all ways, one after the other', () => {
    const seen: string[] = [];
    let script: readonly number[] | null = [];
    while (script !== null) {
      seen.push(ask(script, false).join(''));
      script = nextScript(decisions.asked());
    }
    expect(seen).toEqual(['00', '01', '100', '101', '110', '111', '200', '201', '210', '211']);
  });

  test('know nothing of faults where none strikes', () => {
    expect([ask([], true), ask([1], true)].map((answers) => answers.join(''))).toEqual(['00', '01']);
    expect(decisions.asked().map(({ sort }) => sort)).toEqual(['chance']);
  });

  test('leave out answers that the bounds do not have', () => {
    ask([1], false);
    expect(decisions.asked().map(({ sort }) => sort)).toEqual(['fault', 'fate', 'chance']);
    expect(nextScript(decisions.asked(), (question) => question === 0)).toEqual([2]);
  });
});

describe('the world of a job', () => {
  const guest = jobGuest({ scenario, data: {}, artifact: 'recovery' });
  const boundsFor = (faults: readonly string[]): GuestBounds => ({
    set: {},
    faults,
    faultsMax: faults.length,
    deviationsMax: 0,
    chancesMax: 0,
    fatesMax: 0,
    reordersMax: 0,
    from: 'first-trigger',
    to: 'first-checkpoint',
    untilMs: 300_000,
    inputLimits: {},
  });

  /** All states, each with the states that it leads to. */
  function reach(bounds: GuestBounds): {
    readonly world: ExploredWorld;
    readonly next: Map<string, readonly string[]>;
  } {
    const world = createExploredWorld({
      begin: (decisions) => guest.begin(requestOf(guest, bounds, decisions)),
      bounds: { ...bounds, untilUs: bounds.untilMs * 1_000 },
    });
    const next = new Map<string, readonly string[]>();
    const waiting: Int32Array[] = [new Int32Array(world.system.width)];
    world.system.begin({ set: (place, part) => void ((waiting[0] as Int32Array)[place] = part), emit: () => true });
    for (let row = waiting.pop(); row !== undefined && next.size < 1_500; row = waiting.pop()) {
      const successors = successorsOf(world, row);
      next.set(row.join(), successors);
      for (const one of successors) if (!next.has(one)) waiting.push(Int32Array.from(one.split(',').map(Number)));
    }
    return { world, next };
  }

  function successorsOf({ system }: ExploredWorld, row: Int32Array): readonly string[] {
    const found: string[] = [];
    const draft = row.slice();
    system.expand(row, {
      set: (place, part) => void (draft[place] = part),
      emit(wrong) {
        expect(wrong ?? null).toBeNull();
        found.push(draft.join());
        draft.set(row);
        return false;
      },
    });
    return found;
  }

  test.each([['message-delay'], ['barrier-loss'], ['store-unknown']])(
    'leads to the same states whenever it is asked, under %s',
    (fault) => {
      const { world, next } = reach(boundsFor([fault]));
      expect(next.size).toBeGreaterThan(300);
      for (const [state, successors] of next)
        expect(successorsOf(world, Int32Array.from(state.split(',').map(Number)))).toEqual(successors);
    },
  );

  test('is the same whether its steps are remembered or made', () => {
    const search = {
      order: 'breadth',
      memory: 'exact',
      statesMax: 100_000,
      bytesMax: 1e9,
      hasTime: () => true,
    } as const;
    for (const faults of [[], ['barrier-loss'], ['store-fail']]) {
      const [remembered, made] = [true, false].map((remembers) =>
        exploreGuest(guest, boundsFor(faults), { ...search, shortcuts: { remembers } }),
      );
      const counts = { outcome: 'complete', unique: made?.unique, total: made?.total, reachedEnd: true };
      expect(remembered).toMatchObject(counts);
    }
  });
});
