// Datagrams: each by itself, without order, connections or anybody who hears of a loss.
import { describe, expect, test } from 'vitest';
import { seededDecisions, tapeDecisions } from '../../src/sim/millrace-sim.ts';
import type { FaultPlan, PointControls, World, WorldOptions } from '../../src/sim/world-types.ts';
import { MS, logOf, worldOf } from './toys/worlds.ts';
import type { Script } from './toys/recorder.ts';

const latency = { latencyUs: MS, jitterUs: 0 };
const idle: Script = () => {};
const say =
  (...notes: readonly number[]): Script =>
  (_, input, out) => {
    if (input.kind === 'start' && input.incarnation === 1) for (const n of notes) out.send('b', 'note', n);
  };

function datagrams(scripts: Readonly<Record<string, Script>>, options: Partial<WorldOptions> = {}): World {
  return worldOf(scripts, { network: { transport: 'datagram', control: latency, data: latency }, ...options });
}

/** Strikes at the first message alone. */
function atFirstSend(strike: (controls: PointControls) => void): Partial<WorldOptions> {
  const faults: FaultPlan = {
    create: () => ({}),
    rules: [
      {
        fault: 'strike',
        stream: 'strike',
        at: 'send',
        odds: () => 1,
        apply(_, controls) {
          strike(controls);
          return { target: 'b', text: 'struck', hit: true };
        },
      },
    ],
  };
  return { faults, decisions: tapeDecisions([{ stream: 'strike/a/note', index: 0, value: 1 }]) };
}

function notesOf(world: World): readonly string[] {
  return logOf(world, 'b').flatMap((line) => (line.includes('note') ? [line.split(' ')[2] as string] : []));
}

test('a message that takes longer is overtaken, and holds nobody up', () => {
  const world = datagrams(
    { a: say(1, 2), b: idle },
    atFirstSend((controls) => controls.delayMessage(5 * MS)),
  );
  world.run();
  expect(logOf(world, 'b')).toEqual(['0 start 1', '1 note 2 from a', '6 note 1 from a']);
});

test('jitter alone changes the order', () => {
  const orders = Array.from({ length: 20 }, (_, seed) => {
    const jitter = { latencyUs: 200, jitterUs: 800 };
    const network = { transport: 'datagram', control: jitter, data: jitter } as const;
    const world = datagrams({ a: say(1, 2), b: idle }, { network, decisions: seededDecisions(seed) });
    world.run();
    return notesOf(world).join();
  });
  expect(new Set(orders)).toEqual(new Set(['1,2', '2,1']));
});

test('a message comes twice', () => {
  const world = datagrams(
    { a: say(1, 2), b: idle },
    atFirstSend((controls) => controls.duplicateMessage(3 * MS)),
  );
  world.run();
  expect(notesOf(world)).toEqual(['1', '2', '1']);
});

test('only datagrams come twice', () => {
  const world = worldOf(
    { a: say(1), b: idle },
    atFirstSend((controls) => controls.duplicateMessage(0)),
  );
  expect(() => world.run()).toThrow('only datagrams come twice');
});

test('a partition loses what is on its way, and nobody hears of it', () => {
  const world = datagrams({ a: say(1), b: idle });
  world.run({ untilUs: 1 });
  world.controls.partition('a', 'b', true, 10 * MS);
  world.run();
  expect([logOf(world, 'a'), logOf(world, 'b')]).toEqual([['0 start 1'], ['0 start 1']]);
});

test('there is no connection to break', () => {
  const world = datagrams({ a: say(1), b: idle });
  world.run();
  expect(world.controls.breakConnection('a', 'b', 'control')).toBe(false);
});

describe('a crash', () => {
  test('of the receiver loses nothing that arrives when it is back, and nobody hears of it', () => {
    const world = datagrams({ a: say(1), b: idle });
    world.run({ untilUs: 1 });
    world.controls.crash('b', 500);
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 2', '1 note 1 from a']);
    expect(logOf(world, 'a')).toEqual(['0 start 1']);
  });

  test('of the sender leaves what is on its way alone', () => {
    const world = datagrams({ a: say(1, 2), b: idle });
    world.run({ untilUs: 1 });
    world.controls.crash('a', 500);
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '1 note 1 from a', '1 note 2 from a']);
  });

  test.each([0, 1, 2])('of the running step the first %i of 2 leave', (kept) => {
    const world = datagrams(
      { a: say(1, 2), b: idle },
      {
        costs: { stepCostUs: MS, recordCostUs: 0 },
        decisions: tapeDecisions([{ stream: 'crash/a>b/control', index: 0, value: kept }]),
      },
    );
    world.run({ untilUs: 500 });
    world.controls.crash('a', 500);
    world.run();
    expect(notesOf(world)).toEqual(['1', '2'].slice(0, kept));
  });
});

test('who is gone is never started again, also when faults stop', () => {
  const world = datagrams({ a: idle, b: idle });
  world.run();
  expect(world.controls.crash('a', 'never')).toBe(true);
  world.stopFaults();
  world.run();
  expect(world.view.nodes().map(({ status, isGone }) => [status, isGone])).toEqual([
    ['down', true],
    ['running', false],
  ]);
});
