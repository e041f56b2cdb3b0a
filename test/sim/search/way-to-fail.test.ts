// Two failures are the same if their sentences differ in numbers, nodes and records only.
import { expect, test } from 'vitest';
import { wayToFail } from '../../../src/sim/search/way-to-fail.ts';

test.each([
  [
    'sink a holds {"w":"x","n":[1,2]} twice, which a sequential run writes once (the first of 24 records too many)',
    'sink a holds {"w":"y"} 3 times, which a sequential run writes once',
  ],
  [
    'sink a holds "mill" twice, which a sequential run writes once',
    'sink a holds 7 twice, which a sequential run writes once',
  ],
  ['job job-1 is not over 6038 ms after faults stopped', 'job job-1 is not over 18.5 ms after faults stopped'],
  ['tm-2 threw at work: missing: channel 3', 'tm-1 threw at work: missing: channel 11'],
  ['sink a holds {"text":"…{","n":1}, cut', 'sink a holds {"n":2}, cut'],
])('%s, and: %s', (one, other) => {
  // A record may be a number: what is left of it is one as well.
  const plain = (sentence: string) => wayToFail(sentence).replaceAll('…', 'n');
  expect(plain(one)).toBe(plain(other));
});

test.each([
  [
    'sink a holds {"w":1} twice, which a sequential run writes once',
    'sink a holds {"w":1}, which a sequential run never writes',
  ],
  ['the job is FINISHED, but sink a lacks {"w":1}', 'sink a holds {"w":1} twice, which a sequential run writes once'],
  ['tm-2 threw at work: no channel', 'tm-2 threw at wake: no channel'],
])('not the same: %s, and: %s', (one, other) => {
  expect(wayToFail(one)).not.toBe(wayToFail(other));
});
