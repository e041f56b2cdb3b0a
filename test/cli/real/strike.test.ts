// When and whom a strike hits, and when it is undone: facts go in, what is done to processes comes out.
import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../../src/core/base/options.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { noteLine, type RealFacts } from '../../../src/cli/real/facts.ts';
import { createRandomKills } from '../../../src/cli/real/random-kills.ts';
import { createStriker, type Hands, type StrikePlan } from '../../../src/cli/real/strike.ts';
import { strikeKinds } from '../../../src/scenario/strikes.ts';
import { atWork, damage, deploys, factsOf, lineOf, moves } from './run-facts.ts';

const options = withDefaults(clusterOptionTable);

/** Hands that write down what they did. */
interface RecordingHands {
  readonly done: string[];
  readonly hands: Hands;
  takeBarrier: () => void;
  endedByDamage: boolean;
}

function recordingHands(): RecordingHands {
  const done: string[] = [];
  const note = (what: string) => (node: string) => void done.push(`${what} ${node}`);
  const recording: RecordingHands = {
    done,
    takeBarrier: () => {},
    endedByDamage: false,
    hands: {
      kill: note('kill'),
      startAgain: note('start again'),
      startAfresh: note('start afresh'),
      stop: note('stop'),
      goOn: note('go on'),
      cutOff: note('cut off'),
      isolate: note('isolate'),
      reconnect: note('reconnect'),
      hang: note('hang'),
      endHang: note('end the hang of'),
      takeOutBarrier: (after, onTaken) => {
        done.push(`take the barrier behind ${after}`);
        recording.takeBarrier = () => onTaken('tm-2', after + 1, 2_100);
      },
      killAll: () => void done.push('kill all'),
      startAllAgain: () => void done.push('start all again'),
      stopAll: () => void done.push('stop all'),
      goOnAll: () => void done.push('all go on'),
      disturb: note('begin'),
      calm: () => void done.push('calm'),
      damage: (what, draw) => void done.push(`${what} of file ${draw}`),
      hasEndedByDamage: () => recording.endedByDamage,
      repair: () => {
        done.push('repair');
        return 'ha/entries/000000000007';
      },
    },
  };
  return recording;
}

const planOf = (kind: StrikePlan['kind']): StrikePlan => ({ kind, victimDraw: 1, delayMs: 300, backAfterMs: 500 });

describe('a strike that is to prove something', () => {
  test.each(strikeKinds)('%s waits for a checkpoint and all tasks, then for its delay', (kind) => {
    const { done, hands } = recordingHands();
    const striker = createStriker(planOf(kind), options, hands);
    const facts = factsOf(...atWork.slice(0, -1));
    striker.look(facts, 900);
    expect(done).toEqual([]); // no checkpoint yet
    noteLine(facts, lineOf(atWork.at(-1)!));
    striker.look(facts, 1_000);
    striker.look(facts, 1_299);
    expect(done).toEqual([]);
    striker.look(facts, 1_300);
    expect(done).toHaveLength(1);
    striker.look(facts, 1_320);
    expect(done).toHaveLength(1);
  });

  test('waits again when a task went away meanwhile', () => {
    const { done, hands } = recordingHands();
    const striker = createStriker(planOf('tm-crash'), options, hands);
    const facts = factsOf(...atWork);
    striker.look(facts, 1_000);
    noteLine(facts, lineOf([1_100, 'tm-1', moves(0, 1, 'FAILED')]));
    striker.look(facts, 1_400);
    expect(done).toEqual([]);
  });

  test('a job beside it that starts does not put it off; a job without a checkpoint alone does', () => {
    const { done, hands } = recordingHands();
    const striker = createStriker(planOf('tm-crash'), options, hands);
    const facts = factsOf(...atWork, [1_050, 'jm-1', deploys('jm-1', 1, 1, null, 'job-2')]);
    noteLine(facts, lineOf([1_060, 'tm-1', moves(0, 1, 'FAILED')]));
    striker.look(facts, 1_100);
    striker.look(facts, 1_500);
    expect(done).toEqual([]);
    noteLine(facts, lineOf([1_600, 'jm-1', deploys('jm-1', 1, 2, 1)]));
    for (const vertex of [0, 1]) noteLine(facts, lineOf([1_700, `tm-${vertex + 1}`, moves(vertex, 2, 'RUNNING')]));
    striker.look(facts, 1_800);
    striker.look(facts, 2_100);
    expect(done).toEqual(['kill tm-2']);
  });

  test.each([
    ['tm-crash', 'kill tm-2'],
    ['jm-crash', 'kill jm-1'],
    ['tm-pause', 'stop tm-2'],
    ['jm-pause', 'stop jm-1'],
    ['partition', 'cut off tm-2'],
    ['jm-isolated', 'isolate jm-1'],
    ['tm-loss', 'kill tm-2'],
    ['jm-loss', 'kill jm-1'],
    ['hanging-streams', 'hang tm-2'],
    ['tm-clock-back', 'kill tm-2'],
    ['barrier-loss', 'take the barrier behind 1'],
    ['all-crash', 'kill all'],
    ['all-pause', 'stop all'],
    ['disk-full', 'begin disk-full'],
    ['clocks-jump', 'begin clocks-jump'],
    ['damaged-snapshot', 'damaged-snapshot of file 1'],
  ] as const)('%s does: %s', (kind, expected) => {
    const { done } = struckBy(kind);
    expect(done).toEqual([expected]);
  });

  test('knows what its victim did', () => {
    expect(struckBy('tm-crash').striker.struck).toEqual([
      expect.objectContaining({ victim: 'tm-2', atMs: 1_300, checkpointId: 1, attempts: ['1/0#1'], epoch: 0 }),
    ]);
    expect(struckBy('jm-crash').striker.struck).toEqual([
      expect.objectContaining({ victim: 'jm-1', attempts: [], epoch: 1, backAtMs: null }),
    ]);
    expect(struckBy('all-crash').striker.struck).toEqual([
      expect.objectContaining({ victim: 'all processes', attempts: [], epoch: 1, backAtMs: null }),
    ]);
  });

  test('a barrier is lost when it comes by', () => {
    const { striker, recording } = struckBy('barrier-loss');
    expect(striker.struck).toEqual([]);
    recording.takeBarrier();
    expect(striker.struck).toEqual([
      expect.objectContaining({ victim: 'tm-2', atMs: 2_100, barrierOf: 2, attempts: ['1/0#1'] }),
    ]);
  });
});

describe('a strike is undone', () => {
  test('a killed process after its time', () => {
    const { striker, facts, done } = struckBy('tm-crash');
    striker.look(facts, 1_800);
    expect(done).toHaveLength(1);
    striker.look(facts, 1_820);
    expect(done).toEqual(['kill tm-2', 'start again tm-2']);
    expect(striker.struck[0]?.backAtMs).toBe(1_820);
  });

  test('a stopped process when the timeout is over and its successors are at work', () => {
    const { striker, facts, done } = struckBy('tm-pause');
    striker.look(facts, 1_300 + 1.3 * options.heartbeatTimeoutMs);
    expect(done).toHaveLength(1); // nobody took over
    noteLine(facts, lineOf([4_800, 'jm-1', deploys('jm-1', 1, 2, 1)]));
    striker.look(facts, 1_300 + 1.3 * options.heartbeatTimeoutMs);
    expect(done).toEqual(['stop tm-2', 'go on tm-2']);
  });

  test('a stopped leader that nobody replaces, in the end', () => {
    const { striker, facts, done } = struckBy('jm-pause');
    striker.look(facts, 1_300 + 2.9 * options.leaseMs);
    expect(done).toHaveLength(1);
    striker.look(facts, 1_300 + 3.1 * options.leaseMs);
    expect(done).toEqual(['stop jm-1', 'go on jm-1']);
  });

  test('a partition when the timeout is over, whether or not the job went on', () => {
    const { striker, facts, done } = struckBy('partition');
    striker.look(facts, 1_300 + 1.3 * options.heartbeatTimeoutMs);
    expect(done).toEqual(['cut off tm-2', 'reconnect tm-2']);
  });

  test('an isolated leader when another one is at work, and not at once', () => {
    const { striker, facts, done } = struckBy('jm-isolated');
    noteLine(facts, lineOf([4_800, 'jm-2', deploys('jm-2', 2, 1, 1)]));
    striker.look(facts, 1_300 + 2.9 * options.heartbeatTimeoutMs);
    expect(done).toHaveLength(1);
    striker.look(facts, 1_300 + 3.1 * options.heartbeatTimeoutMs);
    expect(done).toEqual(['isolate jm-1', 'reconnect jm-1']);
  });

  test('an isolated leader that nobody replaces, in the end', () => {
    const { striker, facts, done } = struckBy('jm-isolated');
    striker.look(facts, 1_300 + 10_000);
    expect(done).toHaveLength(1);
    striker.look(facts, 1_300 + 10_020);
    expect(done).toEqual(['isolate jm-1', 'reconnect jm-1']);
  });

  test('a hang when both timeouts are long over', () => {
    const { striker, facts, done } = struckBy('hanging-streams');
    striker.look(facts, 1_300 + 1.9 * options.heartbeatTimeoutMs);
    expect(done).toHaveLength(1);
    striker.look(facts, 1_300 + 2.1 * options.heartbeatTimeoutMs);
    expect(done).toEqual(['hang tm-2', 'end the hang of tm-2']);
  });

  test('a killed process with its clock back and an empty folder, after its time', () => {
    const { striker, facts, done } = struckBy('tm-clock-back');
    striker.look(facts, 1_820);
    expect(done).toEqual(['kill tm-2', 'start afresh tm-2']);
  });

  test('all killed processes after their time', () => {
    const { striker, facts, done } = struckBy('all-crash');
    striker.look(facts, 1_820);
    expect(done).toEqual(['kill all', 'start all again']);
  });

  test.each([
    ['all-pause', 'stop all', 'all go on'],
    ['disk-full', 'begin disk-full', 'calm'],
    ['sync-slow', 'begin sync-slow', 'calm'],
  ] as const)(
    '%s when heartbeat timeout and lease are over, and at the end of the run at the latest',
    (kind, begins, ends) => {
      const longest = Math.max(options.heartbeatTimeoutMs, options.leaseMs);
      const { striker, facts, done } = struckBy(kind);
      striker.look(facts, 1_300 + 1.1 * longest);
      expect(done).toEqual([begins]);
      striker.look(facts, 1_300 + 1.3 * longest);
      expect(done).toEqual([begins, ends]);
      const atEnd = struckBy(kind);
      atEnd.striker.end(1_400);
      expect(atEnd.done).toEqual([begins, ends]);
    },
  );

  test('a damage as soon as somebody read it, or ended by it, or in the end', () => {
    const read = struckBy('damaged-metadata');
    read.striker.look(read.facts, 1_400);
    expect(read.done).toHaveLength(1);
    noteLine(read.facts, lineOf([1_500, 'jm-2', damage]));
    read.striker.look(read.facts, 1_520);
    expect(read.done).toEqual(['damaged-metadata of file 1', 'repair']);
    expect(read.striker.struck[0]).toMatchObject({ backAtMs: 1_520, file: 'ha/entries/000000000007' });
    const ended = struckBy('damaged-ha');
    ended.recording.endedByDamage = true;
    ended.striker.look(ended.facts, 1_400);
    expect(ended.done).toHaveLength(2);
    const unmet = struckBy('damaged-artifact');
    unmet.striker.look(unmet.facts, 16_200);
    expect(unmet.done).toHaveLength(1);
    unmet.striker.look(unmet.facts, 16_400);
    expect(unmet.done).toHaveLength(2);
    const atEnd = struckBy('damaged-ha');
    atEnd.striker.end(2_000);
    expect(atEnd.done).toHaveLength(2); // whoever looks at what is left finds it whole
  });

  test.each(['tm-loss', 'jm-loss'] as const)('%s never', (kind) => {
    const { striker, facts, done } = struckBy(kind);
    striker.look(facts, 1_000_000);
    striker.end(1_000_001);
    expect(done).toHaveLength(1);
    expect(striker.struck[0]?.backAtMs).toBe(null);
  });

  test('at the end of the run at the latest, and once; the dead stay dead', () => {
    const { striker, done } = struckBy('jm-pause');
    striker.end(2_000);
    striker.end(2_100);
    expect(done).toEqual(['stop jm-1', 'go on jm-1']);
    const dead = struckBy('jm-crash');
    dead.striker.end(1_400);
    expect(dead.done).toEqual(['kill jm-1']);
  });
});

describe('random kills', () => {
  const kill = (victim: string, atMs: number) => ({ victim, atMs, backAfterMs: 1_000 });

  test('come at their times, and are started again', () => {
    const { done, hands } = recordingHands();
    const striker = createRandomKills([kill('tm-2', 2_000), kill('leader', 1_000)], 'jm-1', hands);
    const facts = factsOf(...atWork);
    for (const at of [900, 1_010, 1_990, 2_020, 3_030]) striker.look(facts, at);
    expect(done).toEqual(['kill jm-1', 'start again jm-1', 'kill tm-2', 'start again tm-2']);
    expect(striker.struck.map(({ kind, epoch }) => [kind, epoch])).toEqual([
      ['jm-crash', 1],
      ['tm-crash', 0],
    ]);
  });

  test('leave a dead process alone, and take the first JobManager where nobody leads', () => {
    const { done, hands } = recordingHands();
    const striker = createRandomKills([kill('leader', 100), kill('leader', 200)], 'jm-1', hands);
    striker.look(factsOf(), 250);
    expect(done).toEqual(['kill jm-1']);
  });
});

/** A striker that has just struck, at 1,300 ms. */
function struckBy(kind: StrikePlan['kind']) {
  const recording = recordingHands();
  const striker = createStriker(planOf(kind), options, recording.hands);
  const facts: RealFacts = factsOf(...atWork);
  striker.look(facts, 1_000);
  striker.look(facts, 1_300);
  return { striker, facts, recording, done: recording.done };
}
