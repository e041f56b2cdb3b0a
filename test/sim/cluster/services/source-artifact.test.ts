// Sources are read by position; artifacts are known by hash.
import { expect, test } from 'vitest';
import { artifactService } from '../../../../src/sim/cluster/services/artifact.ts';
import { sourceService } from '../../../../src/sim/cluster/services/source.ts';

const caller = { node: 'tm-1', incarnation: 1, request: 1 };

test.each([
  ['from the start', 'words', 0, 0, 2, { kind: 'records', position: 0, values: ['a', 'b'], end: false }],
  ['up to the end', 'words', 0, 1, 2, { kind: 'records', position: 1, values: ['b', 'c'], end: true }],
  ['at the end', 'words', 0, 3, 2, { kind: 'records', position: 3, values: [], end: true }],
  ['an empty split', 'words', 1, 0, 2, { kind: 'records', position: 0, values: [], end: true }],
  ['behind the end', 'words', 0, 4, 2, { kind: 'failed', outcome: 'not-applied' }],
  ['a split that is not there', 'words', 2, 0, 2, { kind: 'failed', outcome: 'not-applied' }],
  ['a topic that is not there', 'toString', 0, 0, 2, { kind: 'failed', outcome: 'not-applied' }],
])('reading %s', (_, topic, split, position, maxRecords, expected) => {
  const service = sourceService({ words: { splits: [['a', 'b', 'c'], []] } });
  const completions = service.apply(
    service.create(),
    { kind: 'source-read', topic, split, position, maxRecords },
    caller,
    0,
  );
  expect(completions).toMatchObject([{ caller, answer: expected }]);
});

test('a source remembers how far it was read, ever', () => {
  const service = sourceService({ words: { splits: [['a', 'b', 'c']] } });
  const state = service.create();
  for (const position of [0, 1, 0])
    service.apply(state, { kind: 'source-read', topic: 'words', split: 0, position, maxRecords: 1 }, caller, 0);
  expect(state.readTo).toEqual(new Map([['words/0', 2]]));
});

test('an artifact is loaded by its hash, and another is refused', () => {
  const service = artifactService(['1234']);
  const answerTo = (hash: string): unknown =>
    service.apply(service.create(), { kind: 'artifact-load', hash }, caller, 0)[0]?.answer;
  expect(answerTo('1234')).toEqual({ kind: 'artifact-loaded', hash: '1234' });
  expect(answerTo('1235')).toMatchObject({ kind: 'artifact-refused' });
});
