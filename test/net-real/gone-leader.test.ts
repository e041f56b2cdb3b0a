// When a standby takes the process of the leader for gone: one that it heard, whose connection ended, and to which no other can be opened; or one that it
// finds as it starts, at an address of this machine where nobody listens. And what its machine does then. A leader that is stopped in good order says so
// itself.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { withDefaults } from '../../src/core/base/options.ts';
import type { JobManagerState } from '../../src/core/jobmanager/state.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import type { LeaderRecord } from '../../src/core/protocol/ha-records.ts';
import type { PortAnswer } from '../../src/core/protocol/ports.ts';
import { decodeLeader, encodeLeader } from '../../src/core/protocol/records-codec.ts';
import { LeaderLine, tellingOfGone } from '../../src/net-real/gone-leader.ts';
import { haServiceAt } from '../../src/net-real/ha-service.ts';
import { startJobManager, type RunningJobManager } from '../../src/net-real/job-manager-process.ts';
import type { Port } from '../../src/net-real/port.ts';
import { noEtcd, startEtcd, type EtcdServer } from './etcd/etcd-server.ts';
import { until } from './small-cluster.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const leader = (epoch: number, address = `jm:${epoch}`): LeaderRecord => ({ epoch, address, resigned: false });

describe('the line of a standby', () => {
  let line: LeaderLine;
  /** What became of each question, from now on; `waits`: nothing yet. */
  let outcome: 'heard' | 'lost' | 'lost once' | 'silent' | 'waits';
  let asked: string[];
  /** Whether nobody listens there, as the system says; null: it says nothing yet. */
  let left: boolean | null;
  let lookedAt: string[];
  let told: string[];

  beforeEach(() => {
    [outcome, asked, left, lookedAt, told] = ['heard', [], false, [], []];
    line = new LeaderLine({
      address: 'jm:self',
      async isHeard(address) {
        asked.push(address);
        if (outcome === 'waits') return new Promise(() => {});
        if (outcome.startsWith('lost')) line.onConnectionLost(address, 'control');
        const isHeard = outcome === 'heard';
        if (outcome === 'lost once') outcome = 'heard';
        return isHeard;
      },
      async isLeft(address) {
        lookedAt.push(address);
        return left ?? new Promise(() => {});
      },
      tell: (sentence) => told.push(sentence),
    });
  });
  afterEach(() => vi.useRealTimers());

  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  /** As seen by the look behind it. */
  async function isGone(record: LeaderRecord): Promise<boolean> {
    void line.isGone(record);
    await turns();
    return line.isGone(record);
  }

  async function lose(record: LeaderRecord, then: typeof outcome): Promise<boolean> {
    outcome = then;
    line.onConnectionLost(record.address, 'control');
    await turns();
    return line.isGone(record);
  }

  test('gone: heard, then lost, then lost again as it is asked', async () => {
    expect(await isGone(leader(1))).toBe(false);
    expect(await lose(leader(1), 'lost')).toBe(true);
    expect(told).toEqual(['the leader of epoch 1 is gone: the connection to jm:1 ended, and none can be opened']);
    expect(asked).toEqual(['jm:1', 'jm:1', 'jm:1']);
    expect(await isGone(leader(1))).toBe(true);
    outcome = 'heard';
    expect(await isGone(leader(2))).toBe(false);
  });

  test('not gone: it is heard again', async () => {
    await isGone(leader(1));
    expect(await lose(leader(1), 'heard')).toBe(false);
  });

  test('not gone: both streams between the two ended, the second one while it is asked', async () => {
    await isGone(leader(1));
    expect(await lose(leader(1), 'lost once')).toBe(false);
    expect(asked).toHaveLength(3);
    expect(told).toEqual([]);
  });

  test('not gone: it says nothing, as one that is frozen or cut off', async () => {
    await isGone(leader(1));
    expect(await lose(leader(1), 'silent')).toBe(false);
  });

  test('not gone: it was never heard from here', async () => {
    outcome = 'lost';
    for (let looks = 0; looks < 10; looks++) expect(await isGone(leader(1))).toBe(false);
    expect(told).toEqual([]);
  });

  test('not gone: another peer, or a stream of data, was lost', async () => {
    await isGone(leader(1));
    outcome = 'lost';
    line.onConnectionLost('tm:1', 'control');
    line.onConnectionLost('jm:1', 'data');
    await turns();
    expect(await line.isGone(leader(1))).toBe(false);
    expect(asked).toEqual(['jm:1']);
  });

  test('not gone: another one leads by the time that it is known', async () => {
    await isGone(leader(1));
    outcome = 'lost';
    line.onConnectionLost('jm:1', 'control');
    void line.isGone(leader(2));
    await turns();
    expect(await line.isGone(leader(2))).toBe(false);
    expect(told).toEqual([]);
  });

  test('a leader at its own address is asked for nothing', async () => {
    expect(await isGone(leader(1, 'jm:self'))).toBe(false);
    expect(asked).toEqual([]);
  });

  test('while a question waits, none is asked', async () => {
    outcome = 'waits';
    for (let looks = 0; looks < 3; looks++) await isGone(leader(1));
    expect(asked).toEqual(['jm:1']);
  });

  test('gone: found at the first look, and nobody listens there', async () => {
    left = true;
    expect(await line.isGone(leader(4))).toBe(true);
    expect(told).toEqual(['the leader of epoch 4 is gone: nobody listens at jm:4, which is of this machine']);
    expect([asked, lookedAt]).toEqual([[], ['jm:4']]);
    expect(await line.isGone(leader(4))).toBe(true);
    expect(told).toHaveLength(1);
  });

  test('not gone: found at the first look, and somebody listens there, or it cannot be known', async () => {
    expect(await isGone(leader(4))).toBe(false);
    expect([asked, lookedAt, told]).toEqual([['jm:4'], ['jm:4'], []]);
    expect(await lose(leader(4), 'lost')).toBe(true); // it is listened to like any other
  });

  test.each<[string, LeaderRecord | null]>([
    ['nobody', null],
    ['another one', leader(3)],
    ['one at this very address', leader(3, 'jm:self')],
  ])('not gone: nobody listens there, but as the process started %s led', async (_, found) => {
    expect(await line.isGone(found)).toBe(false);
    [left, outcome] = [true, 'lost'];
    for (let looks = 0; looks < 10; looks++) expect(await isGone(leader(4))).toBe(false);
    expect([lookedAt.includes('jm:4'), told]).toEqual([false, []]);
  });

  test('while it is not known whether somebody listens there, no look is held up but the first, and nothing is asked', async () => {
    left = null;
    void line.isGone(leader(4));
    await turns();
    expect(await line.isGone(leader(4))).toBe(false);
    expect([asked, lookedAt]).toEqual([[], ['jm:4']]);
  });

  test('three leaders a minute are taken for gone, and no more', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const losesNext = async (epoch: number): Promise<boolean> => {
      outcome = 'heard';
      await isGone(leader(epoch));
      return lose(leader(epoch), 'lost');
    };
    const inTime: boolean[] = [];
    for (const epoch of [1, 2, 3, 4]) inTime.push(await losesNext(epoch));
    expect(inTime).toEqual([true, true, true, false]);
    vi.advanceTimersByTime(60_000);
    expect(await losesNext(5)).toBe(true);
  });
});

describe('the HA service that tells of it', () => {
  const record = leader(3);
  const entry = { key: 'leader', value: encodeLeader(record), revision: 7 };
  const answering = (answer: PortAnswer): Port => ({
    serves: ['ha-lease'],
    request: async () => answer,
    close: async () => {},
  });
  const look = async (answer: PortAnswer, isGone: boolean): Promise<unknown> =>
    tellingOfGone(answering(answer), { isGone: async () => isGone }).request({ kind: 'ha-lease' }, 1);

  test('a leader that is gone has resigned, at the revision that it wrote; another count of renewals makes it news', async () => {
    const answer: PortAnswer = { kind: 'ha-lease', leader: entry, renewals: 5 };
    expect(await look(answer, false)).toBe(answer);
    const told = (await look(answer, true)) as typeof answer;
    expect(told).toMatchObject({ kind: 'ha-lease', leader: { key: 'leader', revision: 7 }, renewals: -1 });
    expect(decodeLeader(told.leader!.value)).toEqual({ ok: true, value: { ...record, resigned: true } });
  });

  test.each<PortAnswer>([
    { kind: 'ha-lease', leader: null, renewals: 0 },
    { kind: 'ha-lease', leader: { ...entry, value: Uint8Array.of(1) }, renewals: 0 },
    { kind: 'ha-lease', leader: { ...entry, value: encodeLeader({ ...record, resigned: true }) }, renewals: 0 },
    { kind: 'ha-entries', entries: [entry], revision: 7 },
  ])('what else it answers stays: %j', async (answer) => {
    expect(await look(answer, true)).toBe(answer);
  });

  test('the line is told of each look at the lease, and who leads, but for one that resigned or cannot be read', async () => {
    const seen: (LeaderRecord | null)[] = [];
    const service = tellingOfGone(
      { ...answering({ kind: 'ha-lease', leader: null, renewals: 0 }), request: async () => answers.shift()! },
      { isGone: async (one) => seen.push(one) < 0 },
    );
    const of = (value: Uint8Array): PortAnswer => ({ kind: 'ha-lease', leader: { ...entry, value }, renewals: 1 });
    const answers: PortAnswer[] = [
      of(entry.value),
      of(Uint8Array.of(1)),
      of(encodeLeader({ ...record, resigned: true })),
      { kind: 'ha-lease', leader: null, renewals: 0 },
      { kind: 'ha-entries', entries: [entry], revision: 7 },
    ];
    while (answers.length > 0) await service.request({ kind: 'ha-lease' }, 1);
    expect(seen).toEqual([record, null, null, null]);
  });
});

describe('JobManagers, with a lease that no test outlives', () => {
  const options = withDefaults(clusterOptionTable, {
    leaseMs: 600_000,
    leaseRenewIntervalMs: 50,
  });
  const opened: { stop(): unknown }[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.stop()));
  });

  async function start(
    name: string,
    advertise: string | null = null,
    ha = folder.path('ha'),
    log: (line: string) => void = () => {},
  ): Promise<RunningJobManager> {
    const machine = await startJobManager({
      listen: '127.0.0.1:0',
      advertise,
      ha,
      storage: folder.path('storage'),
      sinks: folder.path('sinks'),
      work: folder.path(name),
      trace: null,
      options,
      log,
    });
    opened.push(machine);
    return machine;
  }

  async function startBehind(name: string): Promise<{ readonly jm: RunningJobManager; readonly proxy: TcpProxy }> {
    const proxy = await TcpProxy.open();
    opened.push({ stop: () => proxy.close() });
    const jm = await start(name, proxy.address);
    proxy.forwardTo(jm.listening);
    return { jm, proxy };
  }

  async function leaderIn(ha: string): Promise<LeaderRecord | null> {
    const port = (await haServiceAt(ha)).open();
    const answer = await port.request({ kind: 'ha-read', prefix: 'leader' }, 1);
    await port.close();
    const [entry] = answer.kind === 'ha-entries' ? answer.entries : [];
    const record = entry === undefined ? null : decodeLeader(entry.value);
    return record?.ok === true ? record.value : null;
  }

  const stateOf = (jm: RunningJobManager): JobManagerState => jm.state() as JobManagerState;
  const isLeading = (jm: RunningJobManager, epoch: number): Promise<void> =>
    until(() => stateOf(jm).leader?.epoch === epoch);
  /** The answer of the leader is all that a standby is sent. */
  const hasHeard = (jm: RunningJobManager): Promise<void> =>
    until(() => jm.metrics.read().process.receivedBytes.control > 0);

  async function looks(jm: RunningJobManager, count: number): Promise<void> {
    const seen = new Set<number>();
    await until(() => seen.add(jm.haAnsweredAt()).size > count);
  }

  /** A JobManager ignores this word, and so resigns as little as one that is killed. */
  const die = (jm: RunningJobManager): Promise<void> => jm.stopBehind({ kind: 'process-died', body: {} });

  test('the process of the leader ends without a word: the standby leads', async () => {
    const first = await start('jm-1');
    await isLeading(first, 1);
    const second = await start('jm-2');
    await hasHeard(second);
    await die(first);
    expect(await leaderIn(folder.path('ha'))).toMatchObject({ resigned: false }); // it, or the second one already
    await isLeading(second, 2);
  });

  describe.each<[string, string | null]>([
    ['a folder', null],
    ['etcd', noEtcd],
  ])('that leads is stopped in good order, with %s', (kind, missing) => {
    if (missing !== null) return test.skip(missing, () => {});
    let etcd: EtcdServer | null = null;
    beforeEach(async () => {
      etcd = kind === 'etcd' ? await startEtcd() : null;
    });
    afterEach(() => etcd?.close());

    test('or ends without a word: one that starts behind it leads at once, with the epoch that follows', async () => {
      const ha = etcd === null ? folder.path('ha') : `etcd://${etcd.address}/left`;
      const first = await start('jm-1', null, ha);
      await isLeading(first, 1);
      await die(first);
      expect(await leaderIn(ha)).toEqual({ epoch: 1, address: first.address, resigned: false });
      const told: string[] = [];
      await isLeading(await start('jm-2', null, ha, (line) => told.push(line)), 2);
      expect(told).toContain(
        `the leader of epoch 1 is gone: nobody listens at ${first.address}, which is of this machine`,
      );
    });

    test('it has resigned when it is gone, and one that never heard it leads at once', async () => {
      const ha = etcd === null ? folder.path('ha') : `etcd://${etcd.address}/resigns`;
      const first = await start('jm-1', null, ha);
      await isLeading(first, 1);
      await first.stop('SIGTERM');
      expect(await leaderIn(ha)).toEqual({ epoch: 1, address: first.address, resigned: true });
      await isLeading(await start('jm-2', null, ha), 2);
    });
  });

  test('a leader that lives behind a relay that does not: a process that starts deposes it once, and leads from then on', async () => {
    const first = await startBehind('jm-1');
    await isLeading(first.jm, 1);
    first.proxy.close();
    const second = await startBehind('jm-2');
    second.proxy.close();
    await isLeading(second.jm, 2);
    await until(() => stateOf(first.jm).election.seenEpoch === 2);
    await looks(first.jm, 20);
    expect(stateOf(first.jm).election).toMatchObject({ role: 'STANDBY', seenEpoch: 2 });
    expect(stateOf(second.jm).leader?.epoch).toBe(2);
  });

  test('a leader that lives: one that starts beside it stands by, and the leader logs nothing of it', async () => {
    const told: string[] = [];
    const first = await start('jm-1', null, undefined, (line) => told.push(line));
    await isLeading(first, 1);
    const second = await start('jm-2', null, undefined, (line) => told.push(line));
    await hasHeard(second);
    await looks(second, 5);
    expect(stateOf(second).election).toMatchObject({ role: 'STANDBY', seenEpoch: 1 });
    expect(told).toEqual([]);
  });

  test('a leader that lives is cut off from the standby alone: deposed once, and its successor stays', async () => {
    const [first, second] = [await startBehind('jm-1'), await startBehind('jm-2')];
    await isLeading(first.jm, 1);
    await hasHeard(second.jm);
    for (const { proxy } of [first, second]) proxy.close();
    await isLeading(second.jm, 2);
    await until(() => stateOf(first.jm).election.seenEpoch === 2);
    await looks(first.jm, 20);
    expect(stateOf(first.jm).election).toMatchObject({ role: 'STANDBY', seenEpoch: 2 });
    expect(stateOf(second.jm).leader?.epoch).toBe(2);
  });
});
