// A strike proves something only if all that it is for can be said of it; each part is missing once.
import { describe, expect, test } from 'vitest';
import { proveStrike } from '../../../src/cli/real/proof.ts';
import type { Struck } from '../../../src/cli/real/strike.ts';
import {
  atWork,
  batchOfTwo,
  commits,
  completes,
  damage,
  deploys,
  elects,
  factsOf,
  hears,
  joins,
  receives,
  type Told,
} from './run-facts.ts';
import { ignored } from '../../reports/notes.ts';

const batch = receives(batchOfTwo);
const committed = hears({ kind: 'sink-committed' });

const crash: Struck = {
  kind: 'tm-crash',
  victim: 'tm-1',
  atMs: 1_500,
  checkpointId: 1,
  attempts: ['0/0#1'],
  epoch: 0,
  barrierOf: 0,
  file: '',
  backAtMs: 2_000,
};
const pause: Struck = { ...crash, kind: 'jm-pause', victim: 'jm-1', attempts: [], epoch: 1, backAtMs: 4_000 };

const before: readonly Told[] = [...atWork, [1_490, 'tm-2', batch]];
const again: Told = [2_500, 'jm-1', deploys('jm-1', 1, 2, 1)];
const after: readonly Told[] = [
  again,
  [2_590, 'tm-2', commits('job-1/out/0/chk-1/e1-a2')],
  [2_600, 'tm-2', committed], // what the checkpoint of the restore had prepared
  [2_700, 'tm-2', batch],
  [3_500, 'jm-1', completes(1, 2)],
  [3_590, 'tm-2', commits('job-1/out/0/chk-2/e1-a2')],
  [3_600, 'tm-2', committed],
];

test('a crash: restored, and committed again', () => {
  expect(proveStrike(crash, factsOf(...before, ...after), 5_000)).toEqual({
    ok: true,
    value: {
      struck: crash,
      deployment: {
        kind: 'job-deployed',
        jobId: 'job-1',
        atMs: 2_500,
        by: 'jm-1',
        epoch: 1,
        attempt: 2,
        restoredFrom: 1,
      },
      standstillMs: 1_210,
      ignored: 0,
      joinedAfterMs: null,
      committedAfterMs: 2_100,
    },
  });
});

test('a zombie: a successor at work before its return, which is ignored', () => {
  const facts = factsOf(
    ...before,
    [2_000, 'tm-1', elects(2, 'jm-2')],
    [2_500, 'jm-2', deploys('jm-2', 2, 1, 1)],
    ...after.slice(1),
    [4_010, 'jm-1', ignored('task-state-changed', 'tm-1', { kind: 'not-leading' })],
    [4_020, 'tm-1', ignored('heartbeat', 'jm-1', { kind: 'other-epoch', epoch: 1, current: 2 })],
    [9_000, 'tm-1', ignored('heartbeat', 'jm-1', { kind: 'other-epoch', epoch: 1, current: 2 })],
  );
  expect(proveStrike(pause, facts, 5_000)).toMatchObject({ ok: true, value: { ignored: 2 } });
});

test.each(['hanging-streams', 'tm-clock-back'] as const)(
  '%s: its victim is registered again behind its return',
  (kind) => {
    const struck = { ...crash, kind };
    const [too, late, other] = [1_990, 2_340, 2_100];
    const registrations: readonly Told[] = [
      [too, 'tm-1', joins],
      [other, 'tm-2', joins],
      [late, 'tm-1', joins],
    ];
    expect(proveStrike(struck, factsOf(...before, ...registrations, ...after), 5_000)).toMatchObject({
      ok: true,
      value: { joinedAfterMs: 340, committedAfterMs: 2_100 },
    });
    expect(proveStrike(struck, factsOf(...before, ...registrations.slice(0, 2), ...after), 5_000)).toEqual({
      ok: false,
      reason: 'tm-1 was not registered again before the job was over',
    });
  },
);

describe('a strike at all processes', () => {
  const all: Struck = { ...crash, kind: 'disk-full', victim: 'all processes', attempts: [], epoch: 1, backAtMs: 2_000 };
  const failed = hears({ kind: 'failed', outcome: 'not-applied', reason: { kind: 'port-closed' } });
  const [, ...goesOn] = after;

  test('a disk that was full: something failed meanwhile, and output was committed behind it', () => {
    const told: readonly Told[] = [...before, [1_700, 'tm-1', failed], ...goesOn];
    expect(proveStrike(all, factsOf(...told), 5_000)).toMatchObject({
      ok: true,
      value: { deployment: null, committedAfterMs: 1_100 },
    });
  });

  test.each<[string, Struck, readonly Told[], number, string]>([
    ['nothing was asked of the disk', all, goesOn, 5_000, 'no request failed while it lasted'],
    ['too long', { ...all, kind: 'all-pause' }, goesOn, 1_900, 'the strike lasted until the job was over'],
    ['no output', { ...all, kind: 'sync-slow' }, [], 5_000, 'no output was committed behind the end of the strike'],
    ['nobody led', { ...all, kind: 'all-crash', epoch: 0 }, goesOn, 5_000, 'nobody led when they were struck'],
    [
      'nobody read the file',
      { ...all, kind: 'damaged-metadata', file: 'storage/a' },
      goesOn,
      5_000,
      'nobody read the damage in storage/a',
    ],
    ['no file', { ...all, kind: 'damaged-metadata' }, goesOn, 5_000, 'there was no file to damage'],
  ])('nothing is proved: %s', (_, struck, told, endedAtMs, reason) => {
    expect(proveStrike(struck, factsOf(...before, ...told), endedAtMs)).toEqual({ ok: false, reason });
  });

  test('a damage: somebody read it, and a successor went on from the checkpoint', () => {
    const struck: Struck = { ...all, kind: 'damaged-metadata', file: 'storage/a' };
    const told: readonly Told[] = [
      ...before,
      [1_800, 'jm-2', damage],
      [2_000, 'tm-1', elects(2, 'jm-2')],
      [2_500, 'jm-2', deploys('jm-2', 2, 1, 1)],
      ...goesOn,
    ];
    expect(proveStrike(struck, factsOf(...told), 5_000)).toMatchObject({
      ok: true,
      value: { deployment: { by: 'jm-2', restoredFrom: 1 }, committedAfterMs: 2_100 },
    });
  });
});

test.each<[string, Struck | undefined, readonly Told[], number, string]>([
  ['no strike', undefined, after, 5_000, 'the strike never came: the job was over before'],
  ['no checkpoint', { ...crash, checkpointId: 0 }, after, 5_000, 'no checkpoint was completed before the strike'],
  ['an idle TaskManager', { ...crash, attempts: [] }, after, 5_000, 'tm-1 ran no task when it was struck'],
  ['a JobManager that did not lead', { ...pause, epoch: 0 }, after, 5_000, 'jm-1 did not lead when it was struck'],
  ['nobody noticed', crash, after.slice(1), 5_000, 'the job was not deployed again after the strike'],
  ['the same leader', pause, after, 5_000, 'the job was deployed again under epoch 1, which is that of the victim'],
  [
    'begun anew',
    crash,
    [[2_500, 'jm-1', deploys('jm-1', 1, 2, null)], ...after.slice(1)],
    5_000,
    'the job was deployed again from nothing, not from a checkpoint',
  ],
  ['no output', crash, after.slice(0, -1), 5_000, 'no output was committed after the strike'],
  [
    'the job stood still as long as its leader was isolated',
    { ...pause, kind: 'jm-isolated', backAtMs: 2_400 },
    [[2_500, 'jm-2', deploys('jm-2', 2, 1, 1)], ...after.slice(1)],
    5_000,
    'the job was deployed again when jm-1 reached the TaskManagers again, and stood still until then',
  ],
  [
    'too late',
    { ...crash, kind: 'tm-pause', backAtMs: 5_500 },
    after,
    5_000,
    'tm-1 went on when the job was over, too late to do harm',
  ],
])('nothing is proved: %s', (_, struck, told, endedAtMs, sentence) => {
  const proof = proveStrike(struck, factsOf(...before, ...told), endedAtMs);
  expect(proof.ok ? null : proof.reason).toContain(sentence);
});

test('of several jobs one is enough: another may be over, or begin anew', () => {
  const other = (attempt: number, checkpointId: number | null) => deploys('jm-1', 1, attempt, checkpointId, 'job-2');
  const two: readonly Told[] = [[120, 'jm-1', other(1, null)], ...before, [2_400, 'jm-1', other(2, null)]];
  expect(proveStrike(crash, factsOf(...two, ...after), 5_000)).toMatchObject({
    ok: true,
    value: { deployment: { jobId: 'job-1' } },
  });
  const [, ...rest] = after; // job-1 is not deployed again
  const proof = proveStrike(crash, factsOf(...two, ...rest), 5_000);
  expect(proof).toEqual({ ok: false, reason: 'the job was deployed again from nothing, not from a checkpoint' });
});

test('output of another job is none of the job that was restored', () => {
  const ofOther: Told = [3_590, 'tm-2', commits('job-2/out/0/chk-2/e1-a2')];
  const proof = proveStrike(
    crash,
    factsOf(...before, ...after.slice(0, -2), ofOther, [3_600, 'tm-2', committed]),
    5_000,
  );
  expect(proof).toEqual({ ok: false, reason: 'no output was committed after the strike' });
});

test('a job that is submitted behind it is not deployed again', () => {
  const late: Told = [2_500, 'jm-1', deploys('jm-1', 1, 1, 1, 'job-2')];
  expect(proveStrike(crash, factsOf(...before, late), 5_000)).toEqual({
    ok: false,
    reason: 'the job was not deployed again after the strike',
  });
});
