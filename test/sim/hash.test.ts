// What the hash of a world tells apart, although a message is hashed without its ends: its link has them.
import { expect, test } from 'vitest';
import { plainDecisions, tapeDecisions } from '../../src/sim/millrace-sim.ts';
import { worldOf } from './toys/worlds.ts';
import type { Script } from './toys/recorder.ts';

const MS = 1_000;
const jitter = { latencyUs: MS, jitterUs: 5 * MS };
const deaf: Script = (state) => void (state.log.length = 0); // so that no state tells who came first

const tell =
  (to: string, isData = false): Script =>
  (state, input, out) => {
    state.log.length = 0;
    if (input.kind !== 'start') return;
    if (isData) out.sendData(to, 'note', 1);
    else out.send(to, 'note', 1);
  };

function hashOf(scripts: Readonly<Record<string, Script>>, delays: Readonly<Record<string, number>> = {}): string {
  const tape = Object.entries(delays).map(([link, value]) => ({ stream: `delay/${link}/note`, index: 0, value }));
  const decisions = tape.length === 0 ? plainDecisions() : tapeDecisions(tape);
  const world = worldOf(scripts, { decisions, network: { control: jitter, data: jitter } });
  world.run();
  return world.hash();
}

test('the same message from another sender, to another receiver, of another class, or to itself', () => {
  const idle = { a: deaf, b: deaf, c: deaf };
  const hashes = [
    hashOf({ ...idle, a: tell('c') }),
    hashOf({ ...idle, b: tell('c') }),
    hashOf({ ...idle, a: tell('b') }),
    hashOf({ ...idle, a: tell('c', true) }),
    hashOf({ ...idle, a: tell('a') }),
    hashOf({ ...idle, a: tell('a', true) }),
    hashOf(idle),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('which of two equal messages came first', () => {
  const both = { a: tell('c'), b: tell('c'), c: deaf };
  const [first, second] = [hashOf(both, { 'a>c': 1_000 }), hashOf(both, { 'b>c': 1_000 })];
  expect(first).not.toBe(second);
});
