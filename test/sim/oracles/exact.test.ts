// O-exact: histories of commits that must fail, and one that must pass.
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../src/core/base/value.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import type { ProcessContext } from '../../../src/core/graph/functions.ts';
import { jobKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import { encodeJob, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import type { OracleContext } from '../../../src/sim/oracles/context.ts';
import { exactOracle } from '../../../src/sim/oracles/exact.ts';
import { History } from './history.ts';
import {
  contextOf,
  JOB,
  putMetadata,
  putSnapshots,
  subtasksOf,
  windowing,
  type CheckpointPlan,
  type Word,
} from './small-job.ts';
import { ENDED } from '../../core/jobmanager/sample-job.ts';

const writer = { sink: 'counts', writer: `${JOB}/out/0`, token: { epoch: 1, attempt: 1 } };
const right: readonly Value[] = [
  { word: 'mill', from: 0, count: 2 },
  { word: 'race', from: 0, count: 3 },
  { word: 'wheel', from: 100, count: 2 },
  { word: 'mill', from: 200, count: 1 },
  { word: 'race', from: 300, count: 1 },
];

function historyOf(changes: Partial<OracleContext> = {}): History {
  const history = new History(exactOracle(contextOf(windowing, changes)));
  history.sink('counts');
  return history;
}

function finishJob(history: History): void {
  history.writeHa(
    'jm-1',
    resultKey(JOB),
    encodeResult({ jobId: JOB, ...ENDED, status: 'FINISHED', reason: null, clean: false }),
    1,
  );
}

describe('passes', () => {
  test('each line once, in whatever parts, order of fields, and however often a commit is repeated', () => {
    const history = historyOf();
    history.commit('tm-1', writer, 't-1', [{ count: 1, from: 300, word: 'race' }, ...right.slice(2, 4)]);
    history.commit('tm-1', writer, 't-1');
    history.commit('tm-2', writer, 't-2', right.slice(0, 2));
    finishJob(history);
    expect(history.finish()).toEqual([]);
  });

  test('a job that is not over may lack lines', () => {
    const history = historyOf();
    history.commit('tm-1', writer, 't-1', right.slice(0, 2));
    expect(history.finish()).toEqual([]);
  });

  test('other values than a sequential run writes, where code varies, each record once', () => {
    const history = historyOf({ varies: { operator: 'one', identity: (line) => (line as unknown as Word).word } });
    history.commit('tm-1', writer, 't-1', [{ word: 'mill', from: 0, count: 9 }, ...right.slice(1)]);
    finishJob(history);
    expect(history.finish()).toEqual([]);
  });

  test('a check of the scenario instead of the reference', () => {
    const history = historyOf({
      reference: false,
      check: (_input, committed) => (committed.length === 1 ? null : 'one line expected'),
    });
    history.commit('tm-1', writer, 't-1', ['anything']);
    finishJob(history);
    expect(history.finish()).toEqual([]);
  });
});

describe('fails', () => {
  test('where code varies, at a record too many, and in the end at one that is missing', () => {
    const varies = { operator: 'one', identity: (line: Value) => (line as unknown as Word).word };
    const doubled = historyOf({ varies });
    doubled.commit('tm-1', writer, 't-1', [...right, { word: 'wheel', from: 100, count: 7 }]);
    expect(doubled.rules).toEqual(['duplicated']);
    const lacking = historyOf({ varies });
    lacking.commit('tm-1', writer, 't-1', right.slice(1));
    finishJob(lacking);
    lacking.finish();
    expect(lacking.rules).toEqual(['missing']);
    const foreign = historyOf({ varies });
    foreign.commit('tm-1', writer, 't-1', [{ word: 'stone', from: 0, count: 1 }]);
    expect(foreign.rules).toEqual(['surplus']);
  });

  test('at the commit that doubles a line', () => {
    const history = historyOf();
    history.commit('tm-1', writer, 't-1', right.slice(0, 2));
    history.commit('tm-1', writer, 't-2', right.slice(1, 3));
    expect(history.sentences).toEqual([
      'sink counts holds {"count":3,"from":0,"word":"race"} twice, which a sequential run writes once | ' +
        'committed by t-1, then by t-2 | ' +
        'duplicated: {"count":3,"from":0,"word":"race"} (committed 2 times, reference 1)',
    ]);
    expect(history.violations[0]).toMatchObject({ rule: 'duplicated', property: 'safety', place: '' });
    expect(history.violations[0]?.evidence[0]?.about).toEqual([{ transaction: 't-1' }, { transaction: 't-2' }]);
  });

  test('at a commit that doubles several', () => {
    const history = historyOf();
    history.commit('tm-1', writer, 't-1', right);
    history.commit('tm-1', writer, 't-2', right.slice(0, 3));
    expect(history.sentences[0]).toContain(
      'writes once (the first of 3 records too many) | committed by t-1, then by t-2',
    );
  });

  test('at the commit of a line that nobody should write', () => {
    const history = historyOf();
    history.commit('tm-1', writer, 't-1', [{ word: 'mill', from: 0, count: 1 }]);
    expect(history.sentences).toEqual([
      'sink counts holds {"count":1,"from":0,"word":"mill"}, which a sequential run never writes | committed by t-1 | ' +
        'surplus: {"count":1,"from":0,"word":"mill"} (never in the reference)',
    ]);
    expect(history.rules).toEqual(['surplus']);
  });

  test('a FINISHED job with a missing line', () => {
    const history = historyOf();
    history.commit('tm-1', writer, 't-1', right.slice(1));
    finishJob(history);
    history.finish();
    expect(history.sentences[0]).toContain(
      'but sink counts lacks {"count":2,"from":0,"word":"mill"} (missing: 1 of 5 records) | ' +
        'missing: {"count":2,"from":0,"word":"mill"} (committed 0 times, reference 1)',
    );
    expect(history.rules).toEqual(['missing']);
  });

  test('with a note, if the input breaks its bound', () => {
    const late = {
      splits: [
        [
          { word: 'mill', at: 10 },
          { word: 'mill', at: 500 },
          { word: 'mill', at: 20 },
        ],
        [],
      ],
    };
    const history = historyOf({ topics: { words: late } });
    finishJob(history);
    history.finish();
    expect(history.sentences[0]).toContain(
      'record 2 of words/0 lies 480 ms behind one that was read before it, and outOfOrdernessMs of words is 10',
    );
    expect(history.sentences[0]).toContain('the sequential run dropped 1 late record, and another order');
  });

  test('by the check of the scenario', () => {
    const history = historyOf({ reference: false, check: () => 'the sum is off by one' });
    finishJob(history);
    expect(history.finish().map(({ text }) => text)).toEqual(['the sum is off by one']);
  });

  test.each([
    [undefined, 'undefined'],
    [true, 'true'],
    [Promise.resolve(null), 'a promise'],
  ])('where the check of the scenario answers what is no judgement: %s', (answer, found) => {
    const history = historyOf({ reference: false, check: () => answer as never });
    finishJob(history);
    const sentence = `the scenario's own check answered ${found}: expected null, or a sentence that says what is wrong`;
    expect(history.finish().map(({ text }) => text)).toEqual([sentence]);
  });

  test('where the check of the scenario throws, with the place', () => {
    const check = (): null => {
      throw new TypeError('no sum');
    };
    const history = historyOf({ reference: false, check });
    finishJob(history);
    history.finish();
    expect(history.sentences[0]).toMatch(
      /^the scenario's own check throws: TypeError: no sum \| at .*exact\.test\.ts:\d+/,
    );
  });

  test("where the job's own code throws in the reference, with the place", () => {
    const key = (): never => {
      throw new Error('no such word');
    };
    const functions = new Map(windowing.program.functions);
    functions.set('per-100', { ...functions.get('per-100'), key });
    const history = historyOf({ program: { functions } });
    const sentence =
      /^the job's own code throws, in window "per-100": no such word \| after record 0 of words\/0: .* \| at .*exact\.test\.ts:\d+/;
    history.commit('tm-1', writer, 't-1', right);
    expect(history.sentences[0]).toMatch(sentence);
    const later = historyOf({ program: { functions } });
    later.observe({ kind: 'faults-stopped' });
    expect(later.sentences[0]).toMatch(sentence);
    expect(later.violations[0]).toMatchObject({
      rule: 'own-code',
      place: expect.stringMatching(/^per-100 at .*exact\.test\.ts:\d+/) as unknown,
    });
  });

  test.each<[string, (value: Word, context: ProcessContext) => void, RegExp, number?]>([
    [
      'the order of splits',
      ({ word, at }, context) => {
        const times = context.state<number>('times');
        times.update((times.value() ?? 0) + 1);
        context.collect({ word, at, number: times.value() });
      },
      /the output depends on the order in which records of several splits meet: the sequential run writes \{.*\} to counts once, and never if it reads split by split, the last one first \| no sequential run can judge/,
    ],
    [
      'when watermarks come',
      ({ word }, context) => context.collect({ word, watermark: context.watermark }),
      /the output depends on when watermarks come between records: .* if it gets its watermarks behind the records \| no sequential run/,
    ],
    [
      'when watermarks come, with one split',
      ({ word }, context) => context.collect({ word, watermark: context.watermark }),
      /the output depends on when watermarks come between records: .* if it gets its watermarks behind the records \| no sequential run/,
      1,
    ],
    [
      'a variable',
      ({ word }, context) => context.collect({ word, calls: (calls += 1) }),
      /the output depends on something outside of its state, such as a variable, .* if it is made again \| no run of such a job can be had again/,
    ],
  ])('with what the output depends on: %s', (_, onRecord, note, splits = 2) => {
    calls = 0;
    const job = defineJob('depending', (env) => {
      env
        .fromSource<Word>('words', { topic: 'words', splits, timestamp: ({ at }) => at, outOfOrdernessMs: 10 })
        .keyBy(({ word }) => word)
        .process('detect', { onRecord })
        .sinkTo('out', { sink: 'counts' });
    });
    const history = new History(exactOracle(contextOf(job)));
    history.commit('tm-1', writer, 't-1', ['what nobody writes']);
    expect(history.sentences[0]).toMatch(note);
  });
});

let calls = 0; // of a job that keeps something outside of its state

describe('a job that starts from a savepoint', () => {
  const NEXT = 'job-2';
  const own = { ...writer, writer: `${NEXT}/out/0` };
  const plan: CheckpointPlan = { id: 1, epoch: 1, attempt: 1, positions: [4, 3] };
  /** Windows that are behind the watermark there. */
  const before = right.filter((line) => (line as { from: number }).from < 100);

  function begun(): History {
    const context = contextOf(windowing, { jobId: NEXT, follows: JOB, sharesSinks: true });
    const history = new History(exactOracle(context));
    history.sink('counts');
    const pointer = putMetadata(history, context, plan, subtasksOf(plan, putSnapshots(history, context, plan)));
    const restore = {
      jobId: JOB,
      savepointId: 's-1',
      allowNonRestoredState: false,
      claimMode: 'NO_CLAIM',
      checkpointId: 1,
      metadata: pointer.metadata,
    } as const;
    const { graph } = context;
    const record = {
      jobId: NEXT,
      submitted: ENDED.submitted,
      graph,
      artifact: 'a',
      wanted: { kind: 'RUNNING' },
      parallelism: [],
      restore,
    } as const;
    history.writeHa('jm-1', jobKey(NEXT), encodeJob(record), 1);
    return history;
  }

  function finishNext(history: History): readonly string[] {
    const record = { jobId: NEXT, ...ENDED, status: 'FINISHED', reason: null, clean: false } as const;
    history.writeHa('jm-1', resultKey(NEXT), encodeResult(record), 1);
    return history.finish().map(({ text }) => text);
  }

  test('passes: what comes behind the savepoint, whatever the other one wrote', () => {
    const history = begun();
    history.commit('jm-1', writer, `${JOB}/out/0/chk-0/e1-a1`, right);
    history.commit('tm-1', own, `${NEXT}/out/0/chk-1/e1-a1`, right.slice(before.length));
    expect(finishNext(history)).toEqual([]);
  });

  test('what was written before the savepoint, again', () => {
    const history = begun();
    history.commit('tm-1', own, `${NEXT}/out/0/chk-1/e1-a1`, right);
    expect(history.sentences[0]).toContain('"from":0');
  });

  test('less than what comes behind it', () => {
    const history = begun();
    history.commit('tm-1', own, `${NEXT}/out/0/chk-1/e1-a1`, right.slice(before.length + 1));
    expect(finishNext(history)[0]).toContain('the job is FINISHED, but sink counts lacks');
  });
});
