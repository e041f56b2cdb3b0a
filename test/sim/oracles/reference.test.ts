// The reference, against what one can work out by hand.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { numbersByText, referenceOf } from '../../../src/sim/oracles/reference.ts';
import { textOf } from '../../../src/sim/oracles/text.ts';
import { contextOf, counting, windowing, type Word } from './small-job.ts';

function linesOf(context: Parameters<typeof referenceOf>[0]): Record<string, number> {
  const lines = referenceOf(context).complete().sinks.get('counts');
  return Object.fromEntries(
    [...(lines === undefined ? [] : numbersByText(lines))].map(([text, number]) => [
      text,
      lines?.counts[number] as number,
    ]),
  );
}

describe('the output of a whole run', () => {
  test('a reduce emits after each record', () => {
    expect(linesOf(contextOf(counting))).toEqual({
      '{"count":1,"word":"mill"}': 1,
      '{"count":2,"word":"mill"}': 1,
      '{"count":3,"word":"mill"}': 1,
      '{"count":1,"word":"race"}': 1,
      '{"count":2,"word":"race"}': 1,
      '{"count":3,"word":"race"}': 1,
      '{"count":4,"word":"race"}': 1,
      '{"count":1,"word":"wheel"}': 1,
      '{"count":2,"word":"wheel"}': 1,
    });
  });

  test('a window emits once per key, the last ones at the end of input', () => {
    expect(linesOf(contextOf(windowing))).toEqual({
      '{"count":2,"from":0,"word":"mill"}': 1,
      '{"count":3,"from":0,"word":"race"}': 1,
      '{"count":2,"from":100,"word":"wheel"}': 1,
      '{"count":1,"from":200,"word":"mill"}': 1,
      '{"count":1,"from":300,"word":"race"}': 1,
    });
  });

  test('a bound that the input breaks makes records late, and says so', () => {
    const topic = {
      splits: [
        [
          { word: 'mill', at: 10 },
          { word: 'mill', at: 500 },
          { word: 'mill', at: 20 },
        ],
        [],
      ],
    };
    const run = referenceOf(contextOf(windowing, { topics: { words: topic } })).complete();
    expect(run).toMatchObject({ lateRecords: 1, inBounds: false, isOneOfSeveral: true, recordsIn: 3 });
    expect(referenceOf(contextOf(windowing)).complete()).toMatchObject({
      lateRecords: 0,
      inBounds: true,
      isOneOfSeveral: false,
    });
  });

  test('user code that throws leaves no reference, but a reason', () => {
    const broken = defineJob('broken', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2 })
        .map('fail', (): Value => {
          throw new Error('not my day');
        })
        .sinkTo('out', { sink: 'counts' });
    });
    expect(referenceOf(contextOf(broken)).failure()).toEqual({
      sentence: 'the job\'s own code throws, in map "fail": not my day',
      evidence: expect.arrayContaining(['after record 0 of words/0: {"at":10,"word":"mill"}']) as unknown,
      place: expect.stringMatching(/^fail at .*reference\.test\.ts:\d+:\d+\)?$/) as unknown,
    });
    expect(referenceOf(contextOf(counting)).failure()).toBeNull();
  });

  test('user code that gives what is not data leaves a reason as well', () => {
    const broken = defineJob('broken', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2 })
        .map('fail', () => undefined as never)
        .sinkTo('out', { sink: 'counts' });
    });
    expect(referenceOf(contextOf(broken)).failure()).toEqual({
      sentence: 'the job\'s own code gives what is not data, in map "fail": undefined',
      evidence: ['after record 0 of words/0: {"at":10,"word":"mill"}'],
      place: 'fail gives what is not data',
    });
  });

  test.each<[string, Parameters<typeof defineJob>[1], string]>([
    [
      'a flatMap',
      (env) => {
        env
          .fromSource<Word>('words', { topic: 'words', splits: 2 })
          .flatMap('flood', function* (word): Generator<Word> {
            for (;;) yield word;
          })
          .filter('dam', () => false)
          .sinkTo('out', { sink: 'counts' });
      },
      'flat-map "flood"',
    ],
    [
      'a process',
      (env) => {
        env
          .fromSource<Word>('words', { topic: 'words', splits: 2 })
          .keyBy(({ word }) => word)
          .process<Word>('flood', {
            onRecord: (word, context) => {
              for (;;) context.collect(word);
            },
          })
          .filter('dam', () => false)
          .sinkTo('out', { sink: 'counts' });
      },
      'process "flood"',
    ],
  ])('%s that emits without end leaves a reason as well', (_, build, where) => {
    expect(referenceOf(contextOf(defineJob('flood', build))).failure()).toEqual({
      sentence: `the job's own code gives too much, in ${where}: more than 1000000 records in one call`,
      evidence: ['after record 0 of words/0: {"at":10,"word":"mill"}'],
      place: 'flood gives too much',
    });
  });

  test('timers fire once, in the order of their times', () => {
    const ringing = defineJob('ringing', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2, timestamp: (word) => word.at, outOfOrdernessMs: 10 })
        .keyBy(({ word }) => word)
        .process('bell', {
          onRecord: (record, context) => {
            const rung = context.state<number>('records');
            rung.update((rung.value() ?? 0) + 1);
            context.registerEventTimeTimer(Math.ceil(record.at / 1_000) * 1_000);
          },
          onTimer: (timestamp, context) => {
            context.collect({ word: context.key, timestamp, records: context.state<number>('records').value() });
            context.state('records').clear();
          },
        })
        .sinkTo('out', { sink: 'counts' });
    });
    expect(linesOf(contextOf(ringing))).toEqual({
      '{"records":3,"timestamp":1000,"word":"mill"}': 1,
      '{"records":4,"timestamp":1000,"word":"race"}': 1,
      '{"records":2,"timestamp":1000,"word":"wheel"}': 1,
    });
  });

  test('a timer at the end of all time fires at the end of input', () => {
    const last = defineJob('last', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2, timestamp: (word) => word.at, outOfOrdernessMs: 10 })
        .keyBy(({ word }) => word)
        .process('last', {
          onRecord: (_, context) => context.registerEventTimeTimer(Number.MAX_SAFE_INTEGER),
          onTimer: (_, context) => context.collect(context.key),
        })
        .sinkTo('out', { sink: 'counts' });
    });
    expect(linesOf(contextOf(last))).toEqual({ '"mill"': 1, '"race"': 1, '"wheel"': 1 });
  });

  test('a filter passes on what its function holds to be true, as the machines do', () => {
    const truthy = defineJob('truthy', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits: 2 })
        .filter('not-mill', ({ word }) => word.replace('mill', '') as unknown as boolean)
        .map('word', ({ word }) => word)
        .sinkTo('out', { sink: 'counts' });
    });
    expect(linesOf(contextOf(truthy))).toEqual({ '"race"': 4, '"wheel"': 2 });
  });
});

describe('the state at a cut', () => {
  const stateAt = (positions: readonly number[], context = contextOf(windowing)) => {
    const { watermarks, states } = referenceOf(context).stateAt({
      positions,
      ended: [positions[0] === 5, positions[1] === 4],
    });
    const windows = [...(states[1]?.windows ?? [])].flatMap(([start, keys]) =>
      [...keys].map(([key, { accumulator }]) => `${start} ${key} ${textOf(accumulator)}`),
    );
    return { watermark: watermarks[1], windows: windows.sort() };
  };

  test.each([
    { positions: [0, 0], watermark: Number.MIN_SAFE_INTEGER, windows: [] },
    { positions: [3, 0], watermark: Number.MIN_SAFE_INTEGER, windows: ['0 "mill" 2', '0 "race" 1'] },
    { positions: [3, 2], watermark: 34, windows: ['0 "mill" 2', '0 "race" 3'] },
    { positions: [4, 3], watermark: 109, windows: ['100 "wheel" 2'] },
    { positions: [5, 3], watermark: 109, windows: ['100 "wheel" 2', '200 "mill" 1'] },
    { positions: [5, 4], watermark: Number.MAX_SAFE_INTEGER, windows: [] },
  ])('at $positions', ({ positions, watermark, windows }) => {
    expect(stateAt(positions)).toEqual({ watermark, windows });
  });

  test('does not depend on the cuts that were asked for before', () => {
    const context = contextOf(windowing);
    const cuts = [
      [4, 3],
      [3, 2],
      [5, 4],
      [3, 0],
      [4, 3],
    ];
    expect(cuts.map((cut) => stateAt(cut, context))).toEqual(cuts.map((cut) => stateAt(cut)));
  });
});
