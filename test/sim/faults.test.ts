// What faults do: crashes, broken and half-open connections, partitions, pauses, requests of unknown outcome, lost leases.
import { describe, expect, test } from 'vitest';
import type { Observation } from '../../src/sim/observation.ts';
import type { TapeEntry } from '../../src/sim/decisions.ts';
import { tapeDecisions } from '../../src/sim/tape-decisions.ts';
import type { FaultPlan, FaultRule, World, WorldOptions } from '../../src/sim/world-types.ts';
import { MS, logOf, totalOf, worldOf } from './toys/worlds.ts';
import type { Script } from './toys/recorder.ts';

const idle: Script = () => {};
const say =
  (...notes: readonly number[]): Script =>
  (_, input, out) => {
    if (input.kind === 'start' && input.incarnation === 1) for (const n of notes) out.send('b', 'note', n);
  };

function decided(...entries: readonly (readonly [string, number])[]): { decisions: WorldOptions['decisions'] } {
  const indexes = new Map<string, number>();
  const tape: TapeEntry[] = entries.map(([stream, value]) => {
    const index = indexes.get(stream) ?? 0;
    indexes.set(stream, index + 1);
    return { stream, index, value };
  });
  return { decisions: tapeDecisions(tape) };
}

function ruleOf(at: FaultRule['at'], stream: string, apply: FaultRule['apply']): { faults: FaultPlan } {
  return { faults: { create: () => ({}), rules: [{ fault: stream, stream, at, odds: () => 1, apply }] } };
}

function statusOf(world: World, address: string): string | undefined {
  return world.view.node(address)?.status;
}

describe('crash', () => {
  const COSTS = { costs: { stepCostUs: MS, recordCostUs: 0 } };

  test.each([0, 1, 2, 3])('of the running step any prefix of a stream leaves: %i of 3', (kept) => {
    const world = worldOf({ a: say(1, 2, 3), b: idle }, { ...COSTS, ...decided(['crash/a>b/control', kept]) });
    world.run({ untilEvents: 2 });
    expect(world.controls.crash('a', 50 * MS)).toBe(true);
    expect(world.controls.crash('a', 50 * MS)).toBe(false);
    world.run();
    const received = logOf(world, 'b').filter((line) => line.includes('note'));
    expect(received.map((line) => line.split(' ')[2])).toEqual(['1', '2', '3'].slice(0, kept));
    expect(logOf(world, 'a')).toEqual(['50 start 2']);
  });

  test.each([
    [0, 3],
    [1, 0],
    [2, 1],
    [3, 2],
  ])('of what has left, decision %i delivers the first %i', (decision, kept) => {
    const world = worldOf({ a: say(1, 2, 3), b: idle }, decided(['crash/a>b/control', decision]));
    world.run({ untilUs: 500 });
    world.controls.crash('a', 50 * MS);
    world.run();
    expect(logOf(world, 'b').filter((line) => line.includes('note'))).toHaveLength(kept);
  });

  test('a rule at a step kills the node at the end of that step: its effects are in part', () => {
    const rule = ruleOf('step', 'crash', (_, controls, point) => ({
      target: point.node,
      text: 'dies',
      hit: controls.crash(point.node, 9 * MS),
    }));
    const world = worldOf(
      { a: say(1, 2, 3), b: idle },
      { ...rule, ...decided(['crash/a/start', 1], ['crash/a>b/control', 2]) },
    );
    world.run();
    expect(logOf(world, 'b').filter((line) => line.includes('note'))).toHaveLength(2);
    expect(logOf(world, 'a')).toEqual(['9 start 2']);
  });

  test('what is in flight to the dead is lost, and what waits there; its peer hears of it', () => {
    const world = worldOf({ a: say(1, 2), b: idle }, COSTS);
    world.run({ untilUs: 2_500 });
    expect(logOf(world, 'b')).toEqual(['0 start 1', '2 note 1 from a']);
    world.controls.crash('b', 20 * MS);
    world.run();
    expect(logOf(world, 'b')).toEqual(['22 start 2']);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '3 lost b control']);
  });

  test.each([
    ['soon', 0, '3 lost b control'],
    ['late', 1, '7 lost b control'],
    ['never', 2, undefined],
  ])('the peer hears of it %s', (_, decision, heard) => {
    const late = ['notice/a/b/control/late', 3_999] as const;
    const world = worldOf({ a: say(1, 2), b: idle }, { ...COSTS, ...decided(['notice/a/b/control', decision], late) });
    world.run({ untilUs: 2_500 });
    world.controls.crash('b', 20 * MS);
    world.run();
    expect(logOf(world, 'a')[1]).toBe(heard);
  });

  test.each([
    ['as if nothing happened', 0, [5, 5]],
    ['never', 1, [0, 0]],
    ['later, when a successor may be there', 2, [0, 5]],
  ])('a write in flight is applied %s', (_, fate, [soon, atLast]) => {
    const ask: Script = (_, input, out) => {
      if (input.kind === 'start' && input.incarnation === 1) out.request(1, { kind: 'add', n: 5 });
    };
    const world = worldOf(
      { a: ask },
      decided(['crash/a/counter/request', fate], ['crash/a/counter/request/late', 30 * MS]),
    );
    world.run({ untilUs: MS });
    world.controls.crash('a', 3 * MS);
    world.run({ untilUs: 10 * MS });
    expect(totalOf(world)).toBe(soon);
    world.run();
    expect(totalOf(world)).toBe(atLast);
    expect(logOf(world, 'a')).toEqual(['4 start 2']); // the answer is not for this incarnation
  });

  test.each([0, 1, 2])('of the requests of the running step any prefix is applied: %i of 2', (kept) => {
    const ask: Script = (_, input, out) => {
      if (input.kind === 'start' && input.incarnation === 1)
        for (const n of [1, 10]) out.request(n, { kind: 'add', n });
    };
    const world = worldOf({ a: ask }, { ...COSTS, ...decided(['crash/a/counter/step', kept]) });
    world.run({ untilUs: 10 });
    world.controls.crash('a', null);
    world.run();
    expect(totalOf(world)).toBe([0, 1, 11][kept]);
    expect(statusOf(world, 'a')).toBe('down');
  });

  test('nor do those who halted before their request came', () => {
    const world = worldOf({
      a: (_, input, out) => {
        if (input.kind !== 'start') return;
        out.request(1, { kind: 'await', above: 9 });
        out.halt('enough');
      },
    });
    world.run();
    expect(world.view.service('counter')).toEqual({ total: 0, waiting: [] });
  });

  test('the dead wait for nothing', () => {
    const world = worldOf({
      a: (_, input, out) => void (input.kind === 'start' && out.request(1, { kind: 'await', above: 9 })),
    });
    world.run({ untilUs: 2 * MS });
    expect(world.view.service('counter')).toMatchObject({ waiting: [{ above: 9 }] });
    world.controls.crash('a', null);
    expect(world.view.service('counter')).toMatchObject({ waiting: [] });
  });
});

describe('connections', () => {
  /** Sends a number each 10 ms. */
  const chatter: Script = (state, input, out) => {
    if (input.kind !== 'start' && input.kind !== 'wake') return;
    state.memory += 1;
    out.send('b', 'note', state.memory);
    if (state.memory < 6) state.wakeAt = input.now + 10;
  };

  test('a break loses the end of what is in flight', () => {
    const world = worldOf({ a: say(1, 2, 3), b: idle }, decided(['break/a>b/control', 2]));
    world.run({ untilUs: 10 });
    expect(world.controls.breakConnection('a', 'b', 'control')).toBe(true);
    expect(world.controls.breakConnection('a', 'b', 'data')).toBe(false);
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '1 note 1 from a', '1 lost a control']);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '1 lost b control']);
  });

  test('until its sender hears of it, everything is lost; a new stream opens afterwards', () => {
    const world = worldOf(
      { a: chatter, b: idle },
      decided(['notice/a/b/control', 1], ['notice/a/b/control/late', 14_999], ['notice/b/a/control', 2]),
    );
    world.run({ untilUs: 5 * MS });
    world.controls.partition('b', 'a', true, 20 * MS); // so that b cannot reset what it does not know
    world.controls.breakConnection('a', 'b', 'control');
    world.run();
    expect(logOf(world, 'b')).toEqual([
      '0 start 1',
      '1 note 1 from a',
      '31 note 4 from a',
      '41 note 5 from a',
      '51 note 6 from a',
    ]);
    expect(logOf(world, 'a').filter((line) => line.includes('lost'))).toEqual(['21 lost b control']);
  });

  test('the receiver replaces a stream by a newer one: what is still on its way in the older comes no more', () => {
    const again: Script = (_, input, out) => {
      if (input.kind === 'start') for (const n of [1, 2]) out.send('b', 'note', n);
      if (input.kind === 'connection-lost') for (const n of [3, 4]) out.send('b', 'note', n);
    };
    const slow = { latencyUs: MS, jitterUs: 20 * MS };
    const delays = [MS, 9 * MS, MS, 0].map((delay) => ['delay/a>b/note', delay] as const);
    const world = worldOf({ a: again, b: idle }, { network: { control: slow, data: slow }, ...decided(...delays) });
    world.run({ untilUs: 500 });
    world.controls.breakConnection('a', 'b', 'control', 'soon'); // and all that is on its way may arrive
    world.run();
    expect(logOf(world, 'b').filter((line) => line.includes('note'))).toEqual([
      '2 note 1 from a',
      '3 note 3 from a',
      '3 note 4 from a',
    ]);
  });

  test('nor does it when the sender dies before the newer stream arrived', () => {
    const again: Script = (_, input, out) => {
      if (input.kind === 'start' && input.incarnation === 1) out.send('b', 'note', 1);
      if (input.kind === 'connection-lost') out.send('b', 'note', 2);
    };
    const slow = { latencyUs: MS, jitterUs: 20 * MS };
    const delays = [20 * MS, 9 * MS].map((delay) => ['delay/a>b/note', delay] as const);
    const world = worldOf({ a: again, b: idle }, { network: { control: slow, data: slow }, ...decided(...delays) });
    world.run({ untilUs: 500 });
    world.controls.breakConnection('a', 'b', 'control', 'soon');
    world.run({ untilUs: 5 * MS });
    world.controls.crash('a', null);
    world.run();
    expect(logOf(world, 'b').filter((line) => line.includes('note'))).toEqual(['11 note 2 from a']);
  });

  test('its receiver hears of a break behind what still came', () => {
    const delays = [MS, 9 * MS].map((delay) => ['delay/a>b/note', delay] as const);
    const slow = { latencyUs: MS, jitterUs: 20 * MS };
    const world = worldOf({ a: say(1, 2), b: idle }, { network: { control: slow, data: slow }, ...decided(...delays) });
    world.run({ untilUs: 500 });
    world.controls.breakConnection('a', 'b', 'control', 'soon');
    world.run();
    expect(logOf(world, 'b').slice(1)).toEqual(['2 note 1 from a', '10 note 2 from a', '10 lost a control']);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '1 lost b control']);
  });

  test('half-open: nobody hears of it; a peer that lives resets the next message', () => {
    const world = worldOf({ a: chatter, b: idle });
    world.run({ untilUs: 5 * MS });
    world.controls.breakConnection('a', 'b', 'control', 'never');
    world.run();
    expect(logOf(world, 'a').filter((line) => line.includes('lost'))).toEqual(['11 lost b control']);
    expect(logOf(world, 'b')).toEqual([
      '0 start 1',
      '1 note 1 from a',
      '21 note 3 from a',
      '31 note 4 from a',
      '41 note 5 from a',
      '51 note 6 from a',
    ]);
  });

  test('half-open: no reset comes back while that way is blocked', () => {
    const world = worldOf({ a: chatter, b: idle });
    world.run({ untilUs: 5 * MS });
    world.controls.partition('b', 'a', true, 20 * MS);
    world.controls.breakConnection('a', 'b', 'control', 'never');
    world.run();
    expect(logOf(world, 'a').filter((line) => line.includes('lost'))).toEqual(['31 lost b control']);
    expect(logOf(world, 'b').filter((line) => line.includes('note'))).toEqual([
      '1 note 1 from a',
      '41 note 5 from a',
      '51 note 6 from a',
    ]);
  });

  test('half-open towards a process that is down: silence', () => {
    const world = worldOf({ a: chatter, b: idle }, decided(['notice/a/b/control', 2]));
    world.run({ untilUs: 5 * MS });
    world.controls.crash('b', null);
    world.run();
    expect(logOf(world, 'a').filter((line) => line.includes('lost'))).toEqual([]);
  });

  test('a receiver does not hear of a stream that was replaced', () => {
    const world = worldOf(
      { a: chatter, b: idle },
      decided(['notice/b/a/control', 1], ['notice/b/a/control/late', 40_000]),
    );
    world.run({ untilUs: 5 * MS });
    world.controls.crash('a', MS);
    world.run();
    expect(logOf(world, 'b').some((line) => line.includes('lost'))).toBe(false);
  });

  test('what a dead incarnation sent arrives after its successor, or before: streams are not ordered', () => {
    const once: Script = (_, input, out) => {
      if (input.kind === 'start') out.send('b', 'note', input.incarnation);
    };
    const world = worldOf(
      { a: once, b: idle },
      {
        network: { control: { latencyUs: MS, jitterUs: 20 * MS }, data: { latencyUs: 0, jitterUs: 0 } },
        ...decided(['delay/a>b/note', 20 * MS]),
      },
    );
    world.run({ untilUs: MS });
    world.controls.crash('a', MS);
    world.run();
    expect(logOf(world, 'b').filter((line) => line.includes('note'))).toEqual(['3 note 2 from a', '21 note 1 from a']);
  });
});

describe('partition', () => {
  const SENT = [1, 2, 3];

  test('it holds streams back, and their order stays', () => {
    const late: Script = (state, input, out) => {
      if (input.kind === 'start') {
        for (const n of SENT) out.send('b', 'note', n);
        state.wakeAt = 19;
      }
      if (input.kind === 'wake') out.send('b', 'note', 4);
    };
    const world = worldOf({ a: late, b: idle });
    world.run({ untilUs: 500 });
    world.controls.partition('a', 'b', false, 19_500);
    world.run();
    expect(logOf(world, 'b')).toEqual([
      '0 start 1',
      '20 note 1 from a',
      '20 note 2 from a',
      '20 note 3 from a',
      '20 note 4 from a',
    ]);
  });

  test('what is due at the very moment at which it heals stays behind what was held', () => {
    const latency = { latencyUs: MS, jitterUs: 50 * MS };
    const world = worldOf(
      { a: say(1, 2), b: idle },
      { network: { control: latency, data: latency }, ...decided(['delay/a>b/note', 0], ['delay/a>b/note', 19 * MS]) },
    );
    world.run({ untilUs: 500 });
    world.controls.partition('a', 'b', true, 20 * MS - 500); // ends when the second one comes, which was sent before
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '20 note 1 from a', '20 note 2 from a']);
  });

  test('what was held is lost with its connection', () => {
    const world = worldOf({ a: say(1), b: idle });
    world.controls.partition('a', 'b', false, 20 * MS);
    world.run({ untilUs: 5 * MS });
    expect(world.controls.breakConnection('a', 'b', 'control', 'soon')).toBe(true);
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '6 lost a control']);
  });

  test('or it breaks them', () => {
    const world = worldOf({ a: say(...SENT), b: idle }, decided(['partition/a>b/control', 1]));
    world.controls.partition('a', 'b', false, 20 * MS);
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '2 lost a control']);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '2 lost b control']);
  });

  test('one way: the other way stays open', () => {
    const both =
      (to: string): Script =>
      (_, input, out) =>
        void (input.kind === 'start' && out.send(to, 'note', 1));
    const world = worldOf({ a: both('b'), b: both('a') });
    world.controls.partition('a', 'b', true, 20 * MS);
    world.run();
    expect(logOf(world, 'a')).toEqual(['0 start 1', '1 note 1 from b']);
    expect(logOf(world, 'b')).toEqual(['0 start 1', '20 note 1 from a']);
  });
});

describe('a node that is slow', () => {
  const late: Script = (state, input, out) => {
    if (input.kind === 'start') state.wakeAt = 10;
    if (input.kind === 'wake') out.send('b', 'note', 1);
  };
  const costs = { stepCostUs: 2 * MS, recordCostUs: 0 };
  const heardAt = (slow: { factor: number; dataUs: number; forUs: number } | null, isStopped = false): string => {
    const world = worldOf({ a: late, b: idle }, { costs });
    world.run({ untilUs: 5 * MS });
    if (slow !== null) expect(world.controls.slowNode('a', slow)).toBe(true);
    if (isStopped) world.stopFaults();
    world.run();
    return logOf(world, 'b').at(-1) ?? '';
  };

  test('takes longer for a step while it lasts, and no longer', () => {
    expect(heardAt(null)).toBe('13 note 1 from a');
    expect(heardAt({ factor: 3, dataUs: 0, forUs: 50 * MS })).toBe('17 note 1 from a');
    expect(heardAt({ factor: 3, dataUs: 0, forUs: 2 * MS })).toBe('13 note 1 from a');
    expect(heardAt({ factor: 3, dataUs: 0, forUs: 50 * MS }, true)).toBe('13 note 1 from a');
  });

  test('is not made slower, and one that is down is not slow', () => {
    const world = worldOf({ a: late, b: idle }, { costs });
    const slow = { factor: 3, dataUs: 0, forUs: 50 * MS };
    world.run({ untilUs: 5 * MS });
    expect([world.controls.slowNode('a', slow), world.controls.slowNode('a', slow)]).toEqual([true, false]);
    world.controls.crash('b', null);
    expect(world.controls.slowNode('b', slow)).toBe(false);
  });
});

describe('pause', () => {
  const watchful: Script = (state, input) => {
    if (input.kind === 'start') state.wakeAt = 10;
  };

  test('inputs queue; a due wake goes before them', () => {
    const world = worldOf({ a: say(1, 2), b: watchful });
    world.controls.pause('b', 1);
    world.run({ untilUs: 100 });
    expect(world.controls.pause('b', 30 * MS)).toBe(true);
    world.run({ untilUs: 20 * MS });
    expect(statusOf(world, 'b')).toBe('paused');
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '30 wake', '30 note 1 from a', '30 note 2 from a']);
  });

  test('a second one that ends earlier does not shorten it', () => {
    const world = worldOf({ b: watchful });
    world.run({ untilUs: 100 });
    world.controls.pause('b', 30 * MS);
    world.controls.pause('b', 5 * MS);
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '30 wake']);
  });

  test('a deadline that is not due when it resumes comes at its time', () => {
    const world = worldOf({ b: watchful });
    world.run({ untilUs: 100 });
    world.controls.pause('b', 5 * MS);
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '10 wake']);
  });

  test('a later incarnation is not paused by what paused the one before', () => {
    const world = worldOf({ b: watchful });
    world.run({ untilUs: 100 });
    world.controls.pause('b', 50 * MS);
    world.controls.crash('b', MS);
    world.run({ untilUs: 5 * MS });
    world.controls.pause('b', 10 * MS);
    world.run();
    expect(logOf(world, 'b')).toEqual(['1 start 2', '15 wake']);
  });

  test('a paused node can die, and starts afresh', () => {
    const world = worldOf({ a: say(1), b: watchful });
    world.run({ untilUs: 100 });
    world.controls.pause('b', 5 * MS);
    world.controls.crash('b', 2 * MS);
    world.run();
    expect(logOf(world, 'b')).toEqual(['2 start 2', '10 wake']);
  });
});

describe('requests', () => {
  const ask: Script = (_, input, out) => {
    if (input.kind === 'start') {
      out.request(1, { kind: 'add', n: 5 });
      out.request(2, { kind: 'get' });
    }
  };
  const unknown = ruleOf('request', 'store-unknown', (_, controls, point) => {
    controls.unknownRequest({ kind: 'timed-out' });
    return { target: point.node, text: 'unknown', hit: true };
  });
  const fail = ruleOf('request', 'store-fail', (_, controls, point) => {
    controls.failRequest({ kind: 'not-available' });
    return { target: point.node, text: 'fails', hit: true };
  });

  test('one that fails is not applied', () => {
    const world = worldOf({ a: ask }, { ...fail, ...decided(['store-fail/a/add', 1]) });
    world.run();
    expect(totalOf(world)).toBe(0);
    expect(logOf(world, 'a')).toEqual(['0 start 1', '4 answer 1 failed not-applied', '4 answer 2 total 0']);
  });

  test.each([
    ['applied', 0, [5, 5]],
    ['not applied', 1, [0, 0]],
    ['applied later', 2, [0, 5]],
  ])('one of unknown outcome was %s', (_, fate, [soon, atLast]) => {
    const stream = 'unknown/counter/add/a';
    const world = worldOf(
      { a: ask },
      { ...unknown, ...decided(['store-unknown/a/add', 1], [stream, fate], [`${stream}/late`, 50 * MS]) },
    );
    world.run({ untilUs: 10 * MS });
    expect(logOf(world, 'a')).toContain('4 answer 1 failed unknown');
    expect(totalOf(world)).toBe(soon);
    world.run();
    expect(totalOf(world)).toBe(atLast);
    expect(logOf(world, 'a')).toHaveLength(3);
  });

  test('applied later means: even after the node died', () => {
    const stream = 'unknown/counter/add/a';
    const world = worldOf(
      { a: ask },
      { ...unknown, ...decided(['store-unknown/a/add', 1], [stream, 2], [`${stream}/late`, 50 * MS]) },
    );
    world.run({ untilUs: 10 * MS });
    world.controls.crash('a', null);
    world.run();
    expect(totalOf(world)).toBe(5);
  });

  test('the answer may hang until the timeout', () => {
    const stream = 'unknown/counter/add/a';
    const world = worldOf(
      { a: ask },
      { ...unknown, requestTimeoutUs: 500 * MS, ...decided(['store-unknown/a/add', 1], [`${stream}/hang`, 1]) },
    );
    world.run();
    expect(logOf(world, 'a')).toEqual(['0 start 1', '4 answer 2 total 5', '500 answer 1 failed unknown']);
    expect(totalOf(world)).toBe(5);
  });

  test('a read of unknown outcome just failed', () => {
    const world = worldOf({ a: ask }, { ...unknown, ...decided(['store-unknown/a/get', 1]) });
    world.run();
    expect(logOf(world, 'a')).toContain('4 answer 2 failed not-applied');
  });

  test('a node that is cut off from a service loses answers, and its requests fail', () => {
    const persistent: Script = (_, input, out) => {
      if (input.kind === 'start') out.request(1, { kind: 'add', n: 1 });
      if (input.kind === 'completed' && input.request < 4) out.request(input.request + 1, { kind: 'add', n: 1 });
    };
    const world = worldOf({ a: persistent, b: ask }, decided(['cut/counter/a', 0], ['cut/counter/a', 1]));
    world.run({ untilUs: MS });
    world.controls.cutService('a', 'counter', 9 * MS);
    world.run();
    expect(logOf(world, 'a')).toEqual([
      '0 start 1',
      '4 answer 1 failed unknown', // it was applied: the answer did not come through
      '8 answer 2 failed not-applied',
      '2008 answer 3 failed unknown', // this one hung
      '2012 answer 4 total 7',
    ]);
    expect(logOf(world, 'b')[1]).toBe('4 answer 1 total 6');
  });
});

describe('fault plans', () => {
  const noted = (): { seen: Observation[]; options: Partial<WorldOptions> } => {
    const seen: Observation[] = [];
    const observe = (_: unknown, observation: Observation): void => void seen.push(observation);
    return { seen, options: { oracles: [{ name: 'noted', create: () => null, observe, finish: () => {} }] } };
  };

  test('a message may be dropped, delayed with its stream, or replaced', () => {
    const rule = ruleOf('send', 'mangle', (_, controls, point) => {
      if (point.at !== 'send') return null;
      if (point.message.body === 1) controls.dropMessage();
      if (point.message.body === 2) controls.delayMessage(7 * MS);
      if (point.message.body === 3) controls.replaceMessage({ ...point.message, body: 33 });
      return { target: point.node, text: `mangles ${String(point.message.body)}`, hit: point.message.body !== 3 };
    });
    const { seen, options } = noted();
    const tape = decided(['mangle/a/note', 1], ['mangle/a/note', 1], ['mangle/a/note', 1]);
    const world = worldOf({ a: say(1, 2, 3, 4), b: idle }, { ...rule, ...options, ...tape });
    world.run();
    expect(logOf(world, 'b')).toEqual(['0 start 1', '8 note 2 from a', '8 note 33 from a', '8 note 4 from a']);
    expect(seen.filter(({ kind }) => kind === 'fault' || kind === 'lost')).toMatchObject([
      { kind: 'fault', fault: 'mangle', target: 'a', text: 'mangles 1', hit: true },
      { kind: 'lost', message: { body: 1 }, why: 'struck' },
      { kind: 'fault', text: 'mangles 2', hit: true },
      { kind: 'fault', text: 'mangles 3', hit: false },
    ]);
  });

  test('a control of another point is a mistake of the guest', () => {
    const rule = ruleOf('step', 'wrong', (_, controls) => {
      controls.dropMessage();
      return null;
    });
    expect(() => worldOf({ a: idle }, { ...rule, ...decided(['wrong/a/start', 1]) }).run()).toThrow(
      'dropMessage at a step point',
    );
  });

  test('rules are asked for their kinds only, and not at all at odds 0', () => {
    const asked: string[] = [];
    const rule = (at: FaultRule['at'], kinds: string[], odds: number): FaultRule => ({
      fault: at,
      stream: at,
      at,
      kinds,
      odds: (_, point) => (asked.push(`${at} ${point.kind}`), odds),
      apply: () => ({ target: '', text: '', hit: true }),
    });
    const rules = [rule('step', ['note', 'total', 'wake'], 1), rule('send', ['note'], 0), rule('request', ['add'], 1)];
    const scripts: Record<string, Script> = {
      a: (_, input, out) => {
        if (input.kind !== 'start') return;
        out.send('b', 'note', 1);
        out.send('b', 'other', 1);
        out.request(1, { kind: 'add', n: 1 });
        out.request(2, { kind: 'get' });
      },
      b: idle,
    };
    const tape = decided(['send/a/note', 1], ['request/a/add', 1], ['step/b/note', 1]);
    const { seen, options } = noted();
    const world = worldOf(scripts, { faults: { create: () => null, rules }, ...options, ...tape });
    world.run();
    expect(asked).toEqual(['send note', 'request add', 'step note', 'step total', 'step total']);
    expect(seen.filter(({ kind }) => kind === 'fault')).toMatchObject([{ fault: 'request' }, { fault: 'step' }]);
  });

  test('a filter remembers: it may renumber everything behind what it took out', () => {
    interface Taken {
      count: number;
    }
    const faults: FaultPlan<Taken> = {
      create: () => ({ count: 0 }),
      rules: [],
      filter(plan, message) {
        if (message.body === 2) {
          plan.count += 1;
          return null;
        }
        return { ...message, body: (message.body as number) - plan.count };
      },
    };
    const world = worldOf({ a: say(1, 2, 3, 4), b: idle }, { faults });
    world.run();
    expect(logOf(world, 'b').slice(1)).toEqual(['1 note 1 from a', '1 note 2 from a', '1 note 3 from a']);
    expect(world.plan()).toEqual({ count: 1 });
  });

  test('when faults stop, a node that was cut off reaches its service again', () => {
    const ask: Script = (state, input, out) => {
      if (input.kind === 'start') state.wakeAt = 20;
      if (input.kind === 'wake') out.request(1, { kind: 'get' });
    };
    const world = worldOf({ a: ask });
    world.controls.cutService('a', 'counter', 9_000_000);
    world.run({ untilUs: 10 * MS });
    world.stopFaults();
    world.run();
    expect(logOf(world, 'a')).toEqual(['0 start 1', '20 wake', '24 answer 1 total 0']);
  });

  test('when faults stop, everything that can go on goes on at once', () => {
    const stream = 'unknown/counter/add/a';
    const everything = ruleOf('request', 'store-unknown', (_, controls, point) => {
      controls.unknownRequest({ kind: 'timed-out' });
      return { target: point.node, text: 'unknown', hit: true };
    });
    const ask: Script = (_, input, out) => {
      if (input.kind !== 'start') return;
      out.request(1, { kind: 'add', n: 5 });
      out.send('c', 'note', 1);
    };
    const { seen, options } = noted();
    const tape = decided(
      ['store-unknown/a/add', 1],
      [stream, 2],
      [`${stream}/late`, 4_000_000 - 1],
      ['store-unknown/d/add', 1],
    );
    const world = worldOf({ a: ask, b: idle, c: idle, d: ask }, { ...everything, ...options, ...tape });
    world.run({ untilUs: 100 });
    world.controls.partition('a', 'c', false, 9_000_000);
    world.controls.crash('b', null);
    world.controls.pause('c', 9_000_000);
    world.controls.cutService('a', 'counter', 9_000_000);
    world.run({ untilUs: 50 * MS });
    expect(totalOf(world)).toBe(5); // d's
    world.stopFaults();
    world.run();
    expect(totalOf(world)).toBe(10);
    expect(statusOf(world, 'b')).toBe('running');
    expect(logOf(world, 'c')).toEqual(['0 start 1', '50 note 1 from d', '50 note 1 from a']);
    expect(world.view.now).toBeLessThan(60 * MS);
    expect(seen.some(({ kind }) => kind === 'faults-stopped')).toBe(true);
  });
});
