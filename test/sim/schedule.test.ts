// Order is a decision: every interleaving of a small world can be had, and none that breaks the rules.
import { describe, expect, test } from 'vitest';
import { nextScript, scriptedDecisions } from '../../src/sim/search/scripted-decisions.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';
import { tapeDecisions } from '../../src/sim/tape-decisions.ts';
import type { World, WorldOptions } from '../../src/sim/world-types.ts';
import { MS, logOf, worldOf } from './toys/worlds.ts';
import type { Script } from './toys/recorder.ts';

/** Makes every run of a world, and returns what `result` says of each. */
function explore(
  scripts: Readonly<Record<string, Script>>,
  result: (world: World) => string,
  options: Partial<WorldOptions> = {},
): string[] {
  const results: string[] = [];
  for (let script: readonly number[] | null = []; script !== null;) {
    const decisions = scriptedDecisions(script);
    const world = worldOf(scripts, { decisions, ...options });
    expect(world.run()).toBe('idle');
    results.push(result(world));
    script = nextScript(decisions.choices());
  }
  return results;
}

const idle: Script = () => {};
const say =
  (...notes: readonly number[]): Script =>
  (_, input, out) => {
    if (input.kind === 'start') for (const n of notes) out.send('hub', 'note', n);
  };

function heard(world: World): string {
  return logOf(world, 'hub')
    .filter((line) => line.includes('note'))
    .map((line) => line.split(' ')[2])
    .join('');
}

describe('exploration', () => {
  test('three messages from three senders to one node come in all six orders', () => {
    const orders = new Set(explore({ hub: idle, a: say(1), b: say(2), c: say(3) }, heard));
    expect([...orders].filter((order) => order.length === 3).toSorted()).toEqual([
      '123',
      '132',
      '213',
      '231',
      '312',
      '321',
    ]);
  });

  test('messages of one stream keep their order in every run', () => {
    const orders = new Set(explore({ hub: idle, a: say(1, 2), b: say(7) }, heard));
    expect([...orders].filter((order) => order.length === 3).toSorted()).toEqual(['127', '172', '712']);
  });

  test('time never runs back, and a jump over a deadline lets the node wake first', () => {
    const patient: Script = (state, input) => {
      if (input.kind === 'start') state.wakeAt = 5;
    };
    const logs = explore({ hub: patient, a: say(1) }, (world) => logOf(world, 'hub').join(', '), {
      network: { control: { latencyUs: 9 * MS, jitterUs: 0 }, data: { latencyUs: 0, jitterUs: 0 } },
    });
    for (const log of logs) {
      const times = log.split(', ').map((line) => Number(line.split(' ')[0]));
      expect(times).toEqual(times.toSorted((left, right) => left - right));
      expect(log.indexOf('wake')).toBeLessThan(log.includes('note') ? log.indexOf('note') : log.length);
    }
    expect(new Set(logs)).toContain('0 start 1, 9 wake, 9 note 1 from a'); // the message was chosen, and jumped over the deadline
    expect(new Set(logs)).toContain('0 start 1, 5 wake, 9 note 1 from a');
  });

  test('the first script is the plain run', () => {
    const scripts = { hub: idle, a: say(1, 2), b: say(7) };
    const plain = worldOf(scripts);
    plain.run();
    const scripted = worldOf(scripts, { decisions: scriptedDecisions([]) });
    scripted.run();
    expect(scripted.hash()).toBe(plain.hash());
  });

  test('a bound of time is kept, also when a dead node has left an alarm behind', () => {
    const tick: Script = (state, input) => {
      state.wakeAt = input.now + 5;
    };
    const world = worldOf({ a: tick, b: tick, c: tick }, { decisions: scriptedDecisions([]) });
    world.run({ untilUs: 7 * MS });
    world.controls.crash('c', 'never');
    expect(world.run({ untilUs: 50 * MS, untilEvents: 100 })).toBe('until');
    expect([world.view.now, world.view.events]).toEqual([50 * MS, 6 + 18]);
  });

  test('a chosen order is on the tape, and the tape repeats it', () => {
    const scripts = { hub: idle, a: say(1), b: say(2), c: say(3) };
    const original = worldOf(scripts, { decisions: scriptedDecisions([1, 2, 1, 3, 2, 1]) });
    original.run();
    expect(original.tape().every(({ stream }) => stream === 'schedule')).toBe(true);
    const replayed = worldOf(scripts, { decisions: tapeDecisions(original.tape()) });
    replayed.run();
    expect(heard(replayed)).not.toBe('123');
    expect(replayed.hash()).toBe(original.hash());
  });
});

test('random sources are not asked for an order', () => {
  const world = worldOf({ hub: idle, a: say(1), b: say(2) }, { decisions: seededDecisions(5) });
  world.run();
  expect(world.tape()).toEqual([]);
});
