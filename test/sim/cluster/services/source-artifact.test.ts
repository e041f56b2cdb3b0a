// What only simulated sources have, and artifacts. The contract of sources is in test/conformance/source.test.ts.
import { expect, test } from 'vitest';
import { artifactService } from '../../../../src/sim/cluster/services/artifact.ts';
import { sourceService } from '../../../../src/sim/cluster/services/source.ts';

const caller = { node: 'tm-1', incarnation: 1, request: 1 };

test('a source remembers how far it was read, ever', () => {
  const service = sourceService({ words: { splits: [['a', 'b', 'c']] } });
  const state = service.create();
  for (const position of [0, 1, 0])
    service.apply(
      state,
      { kind: 'source-read', topic: 'words', split: 0, position, mark: '', maxRecords: 1 },
      caller,
      0,
    );
  expect(state.readTo).toEqual(new Map([['words/0', 2]]));
});

test('a split of an endless topic never ends, and one that is late has nothing yet', () => {
  const service = sourceService({ words: { splits: [['a'], ['b']], endless: true, fromMs: [0, 7] } });
  const answerAt = (split: number, position: number, now: number): unknown =>
    service.apply(
      service.create(),
      { kind: 'source-read', topic: 'words', split, position, mark: '', maxRecords: 9 },
      caller,
      now,
    )[0]?.answer;
  expect(answerAt(0, 0, 0)).toEqual({ kind: 'records', position: 0, values: ['a'], end: false, mark: '' });
  expect(answerAt(0, 1, 0)).toEqual({ kind: 'records', position: 1, values: [], end: false, mark: '' });
  expect(answerAt(1, 0, 6_999)).toEqual({ kind: 'records', position: 0, values: [], end: false, mark: '' });
  expect(answerAt(1, 0, 7_000)).toEqual({ kind: 'records', position: 0, values: ['b'], end: false, mark: '' });
});

test('an artifact is loaded by its hash, and another is refused', () => {
  const service = artifactService(['1234']);
  const answerTo = (hash: string): unknown =>
    service.apply(service.create(), { kind: 'artifact-load', hash }, caller, 0)[0]?.answer;
  expect(answerTo('1234')).toEqual({ kind: 'artifact-loaded', hash: '1234' });
  expect(answerTo('1235')).toMatchObject({ kind: 'artifact-refused' });
});
