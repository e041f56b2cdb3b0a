// Aligned barriers: every order in which barriers, aborts and ends can come.
import { describe, expect, test } from 'vitest';
import {
  abortAlignment,
  createAlignment,
  beginAlignment,
  obsoleteReason,
  finishAlignment,
  isAligned,
} from '../../../src/core/task/alignment.ts';
import { blockChannel, createGate } from '../../../src/core/task/input-gate.ts';
import { describeJob } from '../taskmanager/fixture.ts';
import { copy } from '../taskmanager/jobs.ts';

/**
 * Plays events on a gate of some channels, and says what each came to: `a5` barrier 5 on channel a, `x5` abort of 5, `a$` end of channel a.
 * A cut is made as soon as it can be.
 */
function play(channels: number, events: string): string {
  const job = copy({ sources: channels, splits: channels });
  const task = describeJob(job, 1, null, () => 'tm-1').find(({ attempt }) => attempt.vertex === 1)!;
  const gate = createGate(task, 1);
  const alignment = createAlignment();
  const outcomes = events.split(' ').map((event) => {
    const outcome = playOne(event);
    if (!isAligned(alignment, gate)) return outcome;
    const cut = `cut${alignment.pendingId}`;
    finishAlignment(alignment, gate);
    return outcome === '' ? cut : `${outcome}+${cut}`;
  });
  const blocked = gate.channels.map((channel) => (channel.blocked ? 'B' : '-')).join('');
  return `${outcomes.map((outcome) => (outcome === '' ? '.' : outcome)).join(' ')} [${blocked}]`;

  function playOne(event: string): string {
    const id = Number(event.slice(1));
    if (event.startsWith('x')) {
      abortAlignment(alignment, gate, id);
      return '';
    }
    const channel = gate.channels[event.charCodeAt(0) - 97]!;
    if (event.endsWith('$')) {
      channel.ended = true;
      return '';
    }
    if (channel.blocked) throw new Error('nothing is taken from a blocked channel');
    if (obsoleteReason(alignment, id) !== null) return 'ignored';
    const subsumed = beginAlignment(alignment, gate, { checkpointId: id, timestamp: 0 }, 0);
    blockChannel(gate, channel);
    return subsumed === 0 ? '' : `subsumed${subsumed}`;
  }
}

describe('alignment', () => {
  test.each([
    ['one channel cuts at once', 1, 'a1 a2', 'cut1 cut2 [-]'],
    ['two channels wait for each other', 2, 'a1 b1 b2 a2', '. cut1 . cut2 [--]'],
    ['a channel stays blocked until the last barrier', 3, 'a1 b1', '. . [BB-]'],
    ['a newer barrier subsumes the pending one', 2, 'a1 b2', '. subsumed1 [-B]'],
    ['the older barrier after it is ignored', 2, 'a1 b2 a1 a2', '. subsumed1 ignored cut2 [--]'],
    ['an older barrier after a cut is ignored', 2, 'a2 b2 a1 b1', '. cut2 ignored ignored [--]'],
    ['a barrier without an id blocks nothing', 2, 'a0 a1 b1', 'ignored . cut1 [--]'],
    ['a doubled barrier after a cut is ignored', 2, 'a1 b1 a1', '. cut1 ignored [--]'],
    ['an abort unblocks', 2, 'a1 x1', '. . [--]'],
    ['the other barrier of an aborted id is ignored', 2, 'a1 x1 b1 a2 b2', '. . ignored . cut2 [--]'],
    ['an abort before all barriers leaves a tombstone', 2, 'x1 a1 b1 b2 a2', '. ignored ignored . cut2 [--]'],
    ['an abort of a later id leaves the pending one alone', 2, 'a1 x2 b1 a2', '. . cut1 ignored [--]'],
    ['an abort of an older id leaves the pending one alone', 2, 'a2 x1 b2', '. . cut2 [--]'],
    ['an abort after the cut changes nothing', 2, 'a1 b1 x1 a2 b2', '. cut1 . . cut2 [--]'],
    ['an ended channel is waited for, before the barrier', 2, 'a$ b1 a1', '. . cut1 [--]'],
    ['an ended channel is waited for, after the barrier', 2, 'b1 a$', '. . [-B]'],
    ['a barrier behind an end blocks like any other', 2, 'a$ a1 b$ b1', '. . . cut1 [--]'],
    ['a barrier that was lost before the end is not made up for by it', 2, 'b1 a$ a2 b2', '. . subsumed1 cut2 [--]'],
    ['cuts go on where all channels ended', 2, 'a$ b$ a1 b1 b2 a2', '. . . cut1 . cut2 [--]'],
    ['an abort while one channel ended', 2, 'a$ x1 b1 b2 a2', '. . ignored . cut2 [--]'],
  ])('%s', (_, channels, events, expected) => {
    expect(play(channels, events)).toBe(expected);
  });

  test('tombstones are bounded', () => {
    const alignment = createAlignment();
    const gate = createGate(describeJob(copy(), 1, null, () => 'tm-1')[1]!, 1);
    for (let id = 1; id <= 1_000; id++) abortAlignment(alignment, gate, id);
    expect(alignment.tombstones.length).toBeLessThanOrEqual(64);
    for (let id = 1; id <= 1_000; id++) expect(obsoleteReason(alignment, id)).not.toBe(null);
    expect(obsoleteReason(alignment, 1_001)).toBe(null);
  });
});
