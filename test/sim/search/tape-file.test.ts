// A tape is read back as it was written, whatever names it holds, and a broken one is refused with its line.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guestKinds } from '../../../src/sim/guest.ts';
import { readTape, writeTape } from '../../../src/sim/search/tape-file.ts';
import type { TapeFile } from '../../../src/sim/search/tape-file.ts';

const tape: TapeFile = {
  commit: '8a14fca',
  v8: '14.6.202.10-node.12',
  scenario: { kind: 'job', name: 'word-count', file: 'scenarios/word-count.ts', hash: 'abcd' },
  seed: 42,
  set: { checkpointIntervalMs: 500, batchSizeRecords: 1 },
  faults: ['tm-crash', 'barrier-loss'],
  exactFaults: { faultsMax: 2 },
  inputLimits: { 'words/0': 12 },
  verdict: { kind: 'correctness', oracle: 'exact', sentence: 'group "a" was committed twice' },
  events: 2_345,
  traceHash: '0011223344556677',
  decisions: [
    {
      stream: 'crash/tm-2/acknowledge-checkpoint',
      index: 3,
      value: 1,
      text: '4.210 s tm-2 crashed as it sent acknowledge-checkpoint 3',
    },
    { stream: 'delay/jm-1>tm-2/heartbeat', index: 0, value: 7 },
    { stream: 'delay/jm-1>tm-2/heartbeat', index: 4, value: 2 },
  ],
  hashes: ['00aa', '00bb'],
};

test('the text of a tape', () => {
  expect(writeTape(tape)).toBe(`millrace-tape 2
commit 8a14fca
v8 14.6.202.10-node.12
scenario job word-count scenarios/word-count.ts abcd
seed 42
set batchSizeRecords 1
set checkpointIntervalMs 500
faults tm-crash barrier-loss
exact-faults 2
limit words/0 12
verdict correctness exact "group \\"a\\" was committed twice"
events 2345
hash 0011223344556677
decisions 3
crash/tm-2/acknowledge-checkpoint 3=1  # 4.210 s tm-2 crashed as it sent acknowledge-checkpoint 3
delay/jm-1>tm-2/heartbeat 0=7 4=2
hashes 2
00aa 00bb
end
`);
});

describe('what was written is read', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 12 });
  const count = fc.nat();
  const table = fc.dictionary(
    word.filter((name) => name !== '__proto__'),
    count,
    { noNullPrototype: true, maxKeys: 4 },
  );
  const entry = fc.record({ stream: word, index: count, value: count });
  const tapes = fc.record({
    commit: word,
    v8: word,
    scenario: fc.record({ kind: fc.constantFrom(...guestKinds), name: word, file: word, hash: word }),
    seed: count,
    set: table,
    faults: fc.option(fc.array(word, { maxLength: 3 })),
    exactFaults: fc.option(fc.record({ faultsMax: count })),
    inputLimits: table,
    verdict: fc.record({ kind: word, oracle: word, sentence: word }),
    events: count,
    traceHash: word,
    decisions: fc.uniqueArray(entry, { selector: (one) => `${one.stream} ${one.index}` }),
    hashes: fc.array(word, { maxLength: 20 }),
  });

  test('with any names', () => {
    fc.assert(
      fc.property(tapes, (any) => {
        const read = readTape(writeTape(any));
        const decisions = [...Map.groupBy(any.decisions, ({ stream }) => stream).values()].flat();
        expect(read).toEqual({ ok: true, value: { ...any, decisions } });
      }),
    );
  });

  test('with the texts of faults', () => {
    expect(readTape(writeTape(tape))).toEqual({ ok: true, value: tape });
  });

  test('without a line of exact faults, as tapes of today are', () => {
    const bounded = { ...tape, exactFaults: { faultsMax: 2, untilMs: 300_000 } };
    expect(readTape(writeTape(bounded))).toEqual({ ok: true, value: bounded });
    const older = writeTape(tape).replace('exact-faults 2\n', '');
    expect(readTape(older)).toEqual({ ok: true, value: { ...tape, exactFaults: null } });
  });

  test('with the line ends of another system', () => {
    expect(readTape(writeTape(tape).replaceAll('\n', '\r\n'))).toEqual({ ok: true, value: tape });
  });
});

const text = writeTape(tape);
test.each([
  ['', 'line 1: expected "millrace-tape 2": this is not a tape'],
  ['PNG', 'line 1: expected "millrace-tape 2": this is not a tape'],
  [text.replace('tape 2', 'tape 1'), 'line 1: this tape has version 1, and only version 2 is understood here'],
  [text.replace('tape 2', 'tape 3'), 'line 1: this tape has version 3, and only version 2 is understood here'],
  [text.replace('scenario job', 'scenario cluster'), 'line 4: expected job or machines, found "cluster"'],
  [text.replace('v8 ', 'v9 '), 'line 3: expected "v8", found "v9 14.6.202.10-node.12"'],
  [text.replace('seed 42', 'seed many'), 'line 5: expected a whole number, found "many"'],
  [text.replace('seed 42', 'seed -1'), 'line 5: expected a whole number, found "-1"'],
  [text.replace('seed 42', 'seed'), 'line 5: expected 1 words behind "seed", found 0'],
  [text.replace('set batchSizeRecords', 'set checkpointIntervalMs'), 'line 7: set checkpointIntervalMs is there twice'],
  [text.replace('exact-faults 2', 'exact-faults some'), 'line 9: expected a whole number, found "some"'],
  [text.replace('exact-faults 2', 'exact-faults'), 'line 9: expected a whole number, found ""'],
  [
    text.replace('exact-faults 2', 'exact-faults 2 3 4'),
    'line 9: expected "exact-faults", how many, and until when in ms',
  ],
  [text.replace('exact-faults 2', 'exact 2'), 'line 9: expected "verdict", found "exact 2"'],
  [
    text.replace('exact-faults 2', 'exact-faults 2\nexact-faults 2'),
    'line 10: expected "verdict", found "exact-faults 2"',
  ],
  [text.replace('0=7 4=2', '0=7 4:2'), 'line 16: expected index=value, found "4:2"'],
  [text.replace('0=7 4=2', '0=7 0=2'), 'line 16: decision 0 of delay/jm-1>tm-2/heartbeat is there twice'],
  [text.replace('0=7 4=2', '0=7 "4'), 'line 16: column 31 cannot be read'],
  [text.replace('decisions 3', 'decisions 2'), 'line 16: found more decisions than the 2 that were announced'],
  [text.replace('00aa 00bb', '00aa 00bb 00cc'), 'line 18: found more hashes than the 2 that were announced'],
  [text.slice(0, text.indexOf('hashes')), 'line 17: expected "hashes", found nothing'],
  [text.slice(0, text.indexOf('delay')), 'line 16: the tape ends where a decision: stream index=value was expected'],
  [`${text}more\n`, 'line 20: nothing was expected behind "end"'],
])('a broken tape is refused with its place: %#', (broken, reason) => {
  expect(readTape(broken)).toEqual({ ok: false, reason });
});

test('no cut of a tape is taken for a tape, and none makes the reader throw', () => {
  for (let length = 0; length < text.length - 1; length++) expect(readTape(text.slice(0, length)).ok).toBe(false);
});
