// The same decisions give the same run, and the hash says so; whatever differs shows in it.
import { describe, expect, test } from 'vitest';
import { scriptedDecisions } from '../../src/sim/search/scripted-decisions.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';
import { tapeDecisions } from '../../src/sim/tape-decisions.ts';
import type { EventRecord, WorldOptions } from '../../src/sim/world-types.ts';
import { crowd, worldOf } from './toys/worlds.ts';
import type { Script } from './toys/recorder.ts';

function hashOf(seed: number, options: Partial<WorldOptions> = {}): string {
  const world = crowd(seededDecisions(seed), options);
  world.run({ untilEvents: 2_500 });
  expect(world.hashes).toHaveLength(2);
  return world.hash();
}

describe('a run', () => {
  test('of the same seed has the same hash, of another seed another', () => {
    const hashes = Array.from({ length: 20 }, (_, seed) => hashOf(seed));
    expect(new Set(hashes).size).toBe(20);
    expect(Array.from({ length: 20 }, (_, seed) => hashOf(seed))).toEqual(hashes);
  });

  test('is the same in one go, in pieces and event by event', () => {
    const expected = hashOf(11);
    const pieces = crowd(seededDecisions(11));
    for (let until = 0; pieces.view.events < 2_000; until += 1_234) pieces.run({ untilUs: until, untilEvents: 2_000 });
    while (pieces.view.events < 2_500) pieces.step();
    expect(pieces.hash()).toBe(expected);
  });

  test('is the same whether or not somebody looks', () => {
    const lines: string[] = [];
    const trace = { onLine: (line: string) => void lines.push(line) };
    expect(hashOf(12, { trace, onEvent: () => {} })).toBe(hashOf(12));
    expect(hashOf(12, { checks: 'strict' })).toBe(hashOf(12));
    expect(lines.length).toBeGreaterThan(2_000);
    for (const line of lines.slice(0, 100)) expect(JSON.parse(line)).toHaveProperty('kind');
  });

  test('is repeated by its tape', () => {
    const world = crowd(seededDecisions(13));
    world.run({ untilEvents: 2_500 });
    const tape = tapeDecisions(world.tape());
    const replayed = crowd(tape);
    replayed.run({ untilEvents: 2_500 });
    expect(replayed.hash()).toBe(world.hash());
    expect(replayed.hashes).toEqual(world.hashes);
    expect(tape.divergences()).toEqual([]);
  });

  test('bare runs take the same course, without a hash', () => {
    const bare = crowd(seededDecisions(14), { checks: 'bare' });
    const checked = crowd(seededDecisions(14));
    bare.run({ untilEvents: 2_500 });
    checked.run({ untilEvents: 2_500 });
    expect(bare.hash()).toBe('');
    expect(bare.view.now).toBe(checked.view.now);
    expect(bare.tape()).toEqual(checked.tape());
  });
});

/** Two hosts speak; `twist` is what differs between two runs. */
function duel(
  twist: Script,
  options: Partial<WorldOptions> = {},
): { hash: string; records: { hash: string; text: string }[] } {
  const records: { hash: string; text: string }[] = [];
  const onEvent = (record: EventRecord): void => void records.push({ hash: record.hash, text: record.describe() });
  const talk: Script = (state, input, out) => {
    twist(state, input, out);
    if (input.kind === 'start' && state.memory === 0) out.send('b', 'note', 1);
    if (input.kind === 'message' && input.message.body < 9)
      out.send(input.message.from, 'note', input.message.body + 1);
  };
  const world = worldOf({ a: talk, b: talk }, { onEvent, ...options });
  world.run();
  return { hash: world.hash(), records };
}

function firstDifference(left: ReturnType<typeof duel>, right: ReturnType<typeof duel>): string | undefined {
  return left.records.find((record, index) => record.hash !== right.records[index]?.hash)?.text;
}

describe('what differs shows', () => {
  const plain: Script = () => {};

  test('an effect more', () => {
    expect(duel((_, input, out) => void (input.kind === 'start' && out.sendData('b', 'other', 1))).hash).not.toBe(
      duel(plain).hash,
    );
    expect(duel(plain).hash).toBe(duel(plain).hash);
  });

  test('the order of two effects', () => {
    const both =
      (first: number, second: number): Script =>
      (_, input, out) => {
        if (input.kind !== 'start') return;
        out.sendData('b', 'other', first);
        out.sendData('b', 'other', second);
      };
    expect(duel(both(1, 2)).hash).not.toBe(duel(both(2, 1)).hash);
  });

  test('the order in which two messages come at one time, at the first of them', () => {
    const texts = [0, 1].map((order) => {
      const records: EventRecord[] = [];
      const note =
        (n: number): Script =>
        (_, input, out) =>
          void (input.kind === 'start' && out.send('c', 'note', n));
      const decisions = scriptedDecisions([0, 0, 0, order]); // a, b and c start; then one of two messages
      const onEvent = (record: EventRecord): void => void records.push({ ...record });
      worldOf({ a: note(1), b: note(2), c: () => {} }, { decisions, onEvent }).run();
      return records.map(({ hash }) => hash);
    });
    const [first, second] = texts as [string[], string[]];
    expect(first.slice(0, 3)).toEqual(second.slice(0, 3));
    expect(first[3]).not.toBe(second[3]);
  });

  test('a state alone, at the end', () => {
    const left = duel((state) => void (state.memory += 0.5));
    const right = duel((state) => void (state.memory += 0.25));
    expect(left.hash).not.toBe(right.hash);
    expect(firstDifference(left, right)).toBe(undefined);
  });

  test('a state alone, at its first event, where every step is hashed', () => {
    const twist =
      (n: number): Script =>
      (state, input) => {
        if (input.kind === 'message' && input.message.body === 4) state.memory += n;
      };
    const options = { hashEveryStep: true };
    expect(firstDifference(duel(twist(0.5), options), duel(twist(0.25), options))).toContain(
      '"from":"b","to":"b","kind":"note","body":4',
    );
  });

  test('a field of a message, at the event that sent it', () => {
    const twist =
      (n: number): Script =>
      (_, input, out) => {
        if (input.kind === 'message' && input.message.body === 6) out.sendData(input.message.from, 'other', n);
      };
    expect(firstDifference(duel(twist(0.5)), duel(twist(0.25)))).toMatch(
      /"kind":"note","body":6}.*"to":"b","kind":"other","body":0.5/,
    );
  });
});
