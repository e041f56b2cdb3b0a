// What a machine may not do in a step of a checked world: call what no run can repeat, or keep something outside of its state.
import { describe, expect, test } from 'vitest';
import { guardGlobals } from '../../src/realm/globals.ts';
import { seededDecisions } from '../../src/sim/seeded-decisions.ts';
import type { World } from '../../src/sim/world-types.ts';
import type { Script } from './toys/recorder.ts';
import { logOf, worldOf } from './toys/worlds.ts';

guardGlobals();

const ticks =
  (script: Script): Script =>
  (state, input, out) => {
    if (input.kind === 'start') state.wakeAt = input.now + 1;
    if (input.kind === 'wake' && state.log.length < 20) state.wakeAt = input.now + 1;
    script(state, input, out);
  };

function run(script: Script, twice = true): World {
  const world = worldOf({ a: ticks(script) }, { twice, decisions: seededDecisions(1) });
  world.run({ untilUs: 1_000_000 });
  return world;
}

const told = (world: World): readonly string[] =>
  world.violations.map(({ oracle, rule, text }) => `${oracle} ${rule}: ${text}`);

test.each<[string, Script, string]>([
  ['reads a clock', (state) => void (state.memory = Date.now()), 'Date.now(), which reads a clock'],
  ['draws', (state) => void (state.memory = Math.random()), 'Math.random(), which draws at random'],
  ['leaves work', () => queueMicrotask(() => undefined), 'queueMicrotask(), which leaves work for later'],
])('a machine that %s is told so, with its node and input', (_, script, sentence) => {
  const world = run(script, false);
  expect(told(world)[0]).toBe(
    `machine unrepeatable-call: the machine of a, at start, called ${sentence}: what it does must follow from what it is given alone`,
  );
  expect(world.violations[0]?.evidence[0]?.text).toContain('own-step.test.ts');
});

test('also if it catches the refusal', () => {
  const world = run((state) => {
    try {
      state.memory = Date.now();
    } catch {
      state.memory = 0;
    }
  }, false);
  expect(world.thrown).toBeNull();
  expect(told(world)[0]).toContain('called Date.now()');
});

describe('a step that is made twice', () => {
  test('finds what a machine keeps in a closure, and says where it shows', () => {
    let steps = 0;
    const world = run((state) => void (state.memory = steps += 1));
    expect(told(world)[0]).toBe(
      'machine unrepeatable-step: the machine of a, at start, did something else when the step was made again with the same state and input: it keeps something outside of its state',
    );
    expect(world.violations[0]?.evidence.map(({ text }) => text)).toEqual(['at .memory: first 1', 'then 2']);
  });

  test('finds it in what it sends as well', () => {
    let sent = 0;
    const world = run((_, input, out) => {
      if (input.kind === 'wake') out.send('a', 'note', (sent += 1));
    });
    expect(told(world)[0]).toContain('the machine of a, at wake, did something else');
  });

  test('is given the same picks, and takes effect once', () => {
    const script: Script = (state, input, out) => {
      state.memory += out.pick('luck', 1_000);
      if (input.kind === 'wake') out.send('a', 'note', state.memory);
    };
    const [twice, once] = [run(script), run(script, false)];
    expect(told(twice)).toEqual([]);
    expect(logOf(twice, 'a')).toEqual(logOf(once, 'a'));
    expect(twice.hash()).toBe(once.hash());
    expect(twice.tape()).toEqual(once.tape());
  });
});
