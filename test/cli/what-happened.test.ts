// The list of what had to happen: decisions as people read them, and no more lines than somebody reads.
import { expect, test } from 'vitest';
import type { StoryEvent } from '../../src/sim/story.ts';
import { describeDecision } from '../../src/sim/describe-decision.ts';
import { lineOf } from '../../src/cli/sim/what-happened.ts';
import { tellEvents } from '../../src/sim/tell-story.ts';

test.each([
  ['delay/tm-2>jm-1/acknowledge-checkpoint', 773, 'acknowledge-checkpoint from tm-2 to jm-1 took 0.773 ms longer'],
  ['store/ha/ha-write/jm-1/request', 2_000, 'ha-write of jm-1 took 2 ms longer to the service ha'],
  ['store/ha/ha-written/jm-1/answer', 1, 'ha-written took 0.001 ms longer back to jm-1'],
  ['notice/tm-2/tm-1/data', 1, 'tm-2 heard late that its data connection with tm-1 broke'],
  ['notice/tm-2/tm-1/data', 2, 'tm-2 never heard that its data connection with tm-1 broke'],
  ['notice/tm-2/tm-1/data/late', 9, null],
  ['unknown/ha/ha-write/jm-1', 1, 'ha-write of jm-1 was not applied'],
  ['unknown/ha/ha-write/jm-1', 2, 'ha-write of jm-1 was to be applied later'],
  ['unknown/ha/ha-write/jm-1/hang', 1, null],
  ['schedule', 2, 'the 3. of the events that could happen came first'],
  ['options/cost/tm-1', 3, 'tm-1 was drawn to be 4 times as slow'],
  ['options/batchSizeRecords', 3, 'batchSizeRecords was drawn: 61'],
  ['options/leaseMs', 3, 'option leaseMs was drawn, 3 off its plain value'],
  ['workload/lines-0', 479, 'the input asked for "lines-0", and 479 was drawn'],
  ['crash/tm-1/heartbeat', 1, null],
])('%s = %i', (stream, value, text) => {
  expect(describeDecision({ stream, index: 0, value }, { batchSizeRecords: 61 })).toBe(text);
});

const milestone = (atUs: number, text: string): StoryEvent => ({ kind: 'milestone', atUs, text });
const decision = (atUs: number, stream: string): StoryEvent => ({
  kind: 'decision',
  atUs,
  entry: { stream, index: 0, value: 5 },
});

test('decisions are marked, what followed is not', () => {
  const events: StoryEvent[] = [
    milestone(3_000, 'jm-1 became leader'),
    decision(1_000_000, 'delay/a>b/heartbeat'),
    decision(12_345_678, 'crash/tm-1/heartbeat'),
    { kind: 'fault', atUs: 12_345_678, text: 'tm-1 died', decision: null },
  ];
  expect(tellEvents(events).map(lineOf)).toEqual([
    '       0.003 s  jm-1 became leader',
    ' >     1.000 s  heartbeat from a to b took 0.005 ms longer',
    ' >    12.346 s  tm-1 died',
  ]);
});

test('of many lines, early ones of what followed and late delays are left out, and counted', () => {
  const events = Array.from({ length: 20 }, (_, at) => [
    milestone(at * 1_000, `milestone ${at}`),
    decision(at * 1_000, `delay/a>b/kind-${at}`),
  ]).flat();
  const lines = tellEvents(events).map(lineOf);
  expect(lines.length).toBe(1 + 16 + 8 + 1);
  expect(lines[0]).toContain('… (4 earlier lines of what followed)');
  expect(lines.join('\n')).not.toContain('milestone 3\n');
  expect(lines.join('\n')).toContain('milestone 4\n');
  expect(lines.join('\n')).not.toContain('kind-8 ');
  expect(lines.at(-1)).toContain('… and 12 other decisions');
});

test('what is left out is told where it was', () => {
  const events = [
    decision(0, 'delay/a>b/heartbeat'),
    ...Array.from({ length: 17 }, (_, at) => milestone(at * 1_000, `milestone ${at}`)),
  ];
  const [first, second, third] = tellEvents(events).map(({ text }) => text);
  expect([first, second, third]).toEqual([
    'heartbeat from a to b took 0.005 ms longer',
    '… (1 earlier line of what followed)',
    'milestone 1',
  ]);
});

test('many lines that are alike are one, but those that the evidence names', () => {
  const committed = (transaction: string): StoryEvent => ({
    kind: 'milestone',
    atUs: 5,
    text: `${transaction} was committed`,
    alike: { about: { transaction }, them: 'transactions were committed to ledger' },
  });
  const events = [
    ...['a', 'b'].map(committed),
    milestone(6, 'checkpoint 2 became complete'),
    ...['c', 'd', 'e', 'f', 'g', 'h', 'i'].map(committed),
  ];
  const texts = (named: readonly Record<string, string>[]) =>
    tellEvents(events, { drawn: {}, named }).map(({ text }) => text);
  expect(texts([])).toEqual([
    'a was committed',
    'b was committed',
    'checkpoint 2 became complete',
    '7 transactions were committed to ledger',
  ]);
  expect(texts([{ transaction: 'f' }]).slice(3)).toEqual([
    '3 transactions were committed to ledger',
    'f was committed',
    '3 transactions were committed to ledger',
  ]);
});
