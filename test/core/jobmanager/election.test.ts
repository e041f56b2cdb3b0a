// Who leads: campaigns, renewals, lost leases, conflicts and unknown outcomes.
import { describe, expect, test } from 'vitest';
import { decodeLeader, encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { FakeStores } from './fake-stores.ts';
import { runningCluster } from './fake-task-manager.ts';
import { Lab, leading, NOT_APPLIED, UNKNOWN } from './lab.ts';
import { sampleGraph } from './sample-job.ts';

const leaderOf = (stores: FakeStores) => {
  const record = decodeLeader(stores.entry('leader')!.value);
  return record.ok ? record.value : null;
};

const ledBy = (epoch: number, address: string): FakeStores => {
  const stores = new FakeStores();
  stores.put('leader', encodeLeader({ epoch, address, resigned: false }));
  return stores;
};

describe('a standby', () => {
  test('leads at once where nobody ever led', () => {
    const lab = new Lab();
    lab.serve();
    expect(lab.state.election.role).toBe('LEADING');
    expect(leaderOf(lab.stores)).toEqual({ epoch: 1, address: 'jm-1', resigned: false });
  });

  test('waits a lease while the leader shows no sign of life, then campaigns with the next epoch', () => {
    const lab = new Lab({ stores: ledBy(4, 'jm-2') });
    lab.serve();
    lab.pass(lab.options.leaseMs - 1);
    expect(lab.state.election.role).toBe('STANDBY');
    lab.pass(1);
    expect(lab.leader.epoch).toBe(5);
  });

  test('stays one as long as the leader renews', () => {
    const lab = new Lab({ stores: ledBy(4, 'jm-2') });
    lab.serve();
    for (let renewal = 0; renewal < 20; renewal++) {
      lab.pass(lab.options.leaseMs - 100);
      lab.stores.renewals += 1;
    }
    expect(lab.state.election.role).toBe('STANDBY');
  });

  test('campaigns at once when it is told that the leader resigned, at the revision that it knows and with fewer renewals', () => {
    const lab = new Lab({ stores: ledBy(4, 'jm-2') });
    lab.stores.renewals = 3;
    lab.held = (request) => request.kind === 'ha-lease';
    lab.serve();
    const { key, revision } = lab.stores.entry('leader')!;
    const told = (resigned: boolean, renewals: number): void => {
      const value = encodeLeader({ epoch: 4, address: 'jm-2', resigned });
      lab.answer(
        lab.open.find(({ request }) => request.kind === 'ha-lease')!,
        { kind: 'ha-lease', leader: { key, value, revision }, renewals },
      );
    };
    told(false, 3);
    expect(lab.state.election.role).toBe('STANDBY');
    lab.pass(lab.options.leaseRenewIntervalMs);
    told(true, -1);
    lab.serve();
    expect(lab.leader.epoch).toBe(5);
  });

  test('does not wait for a leader that was this very address', () => {
    const lab = new Lab({ stores: ledBy(4, 'jm-1') });
    lab.serve();
    expect(lab.leader.epoch).toBe(5);
  });

  test('whose campaign met a faster one waits again', () => {
    const lab = new Lab({ stores: ledBy(4, 'jm-2') });
    lab.held = (request) => request.kind === 'ha-write';
    lab.serve();
    lab.pass(lab.options.leaseMs);
    expect(lab.state.election.role).toBe('CAMPAIGNING');
    lab.stores.put('leader', encodeLeader({ epoch: 5, address: 'jm-3', resigned: false }));
    lab.apply(lab.writeOf('leader'));
    lab.pass(0);
    expect(lab.state.election).toMatchObject({ role: 'STANDBY', seenEpoch: 5, seenAddress: 'jm-3' });
    lab.pass(lab.options.leaseMs - 1);
    expect(lab.state.election.role).toBe('STANDBY');
  });

  test('does not campaign against a leader record that it cannot read', () => {
    const stores = new FakeStores();
    stores.put('leader', new Uint8Array([1, 2, 3]));
    const lab = new Lab({ stores });
    lab.serve();
    lab.pass(10_000);
    expect(lab.state.election.role).toBe('STANDBY');
    expect(lab.traces.join()).toContain('cannot be read');
  });
});

describe('a campaign of unknown outcome', () => {
  const campaigning = (): Lab => {
    const lab = new Lab();
    lab.held = (request) => request.kind === 'ha-write';
    lab.serve();
    return lab;
  };

  test('that was applied is found by the next look', () => {
    const lab = campaigning();
    lab.apply(lab.writeOf('leader'), UNKNOWN);
    expect(lab.state.election.role).toBe('STANDBY');
    lab.pass(lab.options.requestRetryMs);
    expect(lab.leader.epoch).toBe(1);
  });

  test('that was not applied is tried again', () => {
    const lab = campaigning();
    lab.answer(lab.writeOf('leader'), UNKNOWN);
    lab.held = () => false;
    lab.pass(lab.options.requestRetryMs);
    expect(lab.leader.epoch).toBe(1);
  });

  test('that is applied after a second one began loses nothing: the one or the other leads', () => {
    const lab = campaigning();
    const first = lab.writeOf('leader');
    lab.answer(first, UNKNOWN);
    lab.pass(lab.options.requestRetryMs);
    const second = lab.writeOf('leader');
    lab.stores.apply(first.request);
    lab.apply(second);
    lab.held = () => false;
    lab.pass(0);
    expect(lab.leader.epoch).toBe(lab.stores.epoch());
  });

  test('is not adopted when its lease would be over', () => {
    const lab = campaigning();
    lab.apply(lab.writeOf('leader'), UNKNOWN);
    lab.pause(lab.options.leaseMs);
    lab.held = () => false;
    lab.serve();
    expect(lab.leader.epoch).toBe(2);
  });
});

test('one that does not lead writes nothing as its process ends, nor does one whose campaign is open', () => {
  const standby = new Lab({ stores: ledBy(4, 'jm-2') });
  standby.serve();
  standby.deliver('jm-1', 'process-stops', { why: 'SIGTERM' });
  expect(standby.requests('ha-write')).toEqual([]);
  const campaigning = new Lab({ held: (request) => request.kind === 'ha-write' });
  campaigning.serve();
  expect(campaigning.state.election.role).toBe('CAMPAIGNING');
  campaigning.deliver('jm-1', 'process-stops', { why: 'SIGTERM' });
  expect(campaigning.requests('ha-write')).toHaveLength(1);
});

describe('a leader', () => {
  test('renews and goes on', () => {
    const lab = leading();
    lab.pass(20_000);
    expect(lab.leader.epoch).toBe(1);
    expect(lab.stores.renewals).toBeGreaterThan(30);
  });

  test('counts its lease from the sending of the last successful renewal', () => {
    const lab = leading();
    lab.held = (request) => request.kind === 'ha-renew';
    lab.pass(lab.options.leaseRenewIntervalMs);
    const sentAt = lab.now;
    lab.pass(400);
    lab.apply(lab.requests('ha-renew')[0]!);
    expect(lab.state.election.leaseEndsAt).toBe(sentAt + lab.options.leaseMs);
  });

  test('stops when its lease ran out without a renewal', () => {
    const lab = leading();
    lab.held = () => true;
    lab.pass(lab.options.leaseMs - 1);
    expect(lab.state.leader).not.toBeNull();
    lab.pass(1);
    expect(lab.state).toMatchObject({ leader: null, election: { role: 'STANDBY' } });
  });

  test('that was stopped for a lease acts on nothing of its backlog', () => {
    const lab = leading();
    lab.pause(lab.options.leaseMs);
    lab.deliver('tm-1', 'register-task-manager', { epoch: 1, incarnation: 1, slots: 1, death: null });
    expect(lab.take('task-manager-registered')).toEqual([]);
    expect(lab.ignored()).toEqual(['ignored register-task-manager from tm-1: this is not the leader']);
  });

  test('repeats a renewal that failed before its lease is over', () => {
    const lab = leading();
    lab.held = (request) => request.kind === 'ha-renew';
    lab.pass(lab.options.leaseRenewIntervalMs);
    lab.answer(lab.requests('ha-renew')[0]!, NOT_APPLIED);
    lab.pass(lab.options.requestRetryMs);
    expect(lab.requests('ha-renew')).toHaveLength(1);
  });

  test.each(['renewal', 'write'])('stops at once when a %s meets a higher epoch', (what) => {
    const lab = leading();
    lab.stores.put('leader', encodeLeader({ epoch: 2, address: 'jm-2', resigned: false }));
    if (what === 'write') lab.deliver('client', 'submit-job', sample());
    if (what === 'write') lab.apply(lab.writeOf('job/'));
    else lab.pass(lab.options.leaseRenewIntervalMs);
    expect(lab.state.leader).toBeNull();
    lab.pass(0);
    expect(lab.state.election).toMatchObject({ role: 'STANDBY', seenEpoch: 2 });
  });

  test('stops when a TaskManager follows a higher epoch', () => {
    const lab = leading();
    lab.deliver('tm-1', 'register-task-manager', { epoch: 9, incarnation: 1, slots: 1, death: null });
    expect(lab.state.leader).toBeNull();
  });

  test('suspends the jobs that are not over, and tells nobody anything of them from then on', () => {
    const cluster = runningCluster();
    const { lab } = cluster;
    const { job } = lab;
    lab.deliver('client', 'submit-job', { ...sample(), jobId: 'not-stored' });
    lab.outgoing = [];
    lab.pause(lab.options.leaseMs);
    expect(job.status).toBe('SUSPENDED');
    expect(job.executions.map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING']);
    expect(lab.traces.filter((text) => text.includes('SUSPENDED'))).toEqual([
      expect.stringContaining('jobs SUSPENDED: words'),
      expect.stringContaining('RUNNING -> SUSPENDED'),
    ]);
    lab.deliver('client', 'request-job-status', { jobId: job.jobId });
    lab.deliver('client', 'cancel-job', { jobId: job.jobId });
    expect(lab.outgoing).toEqual([]);
  });

  test('whose process ends in good order says so in the leader key, and the next one does not wait', () => {
    const lab = leading();
    lab.held = () => true;
    lab.deliver('jm-1', 'process-stops', { why: 'SIGTERM' });
    expect(lab.state.leader).toBe(null);
    expect(lab.traces.join('\n')).toContain('its process ends in good order: SIGTERM');
    const resignation = lab.writeOf('leader');
    expect(resignation.request).toMatchObject({ ifEpoch: 1, ifRevision: null });
    lab.stores.apply(resignation.request);
    expect(leaderOf(lab.stores)).toEqual({ epoch: 1, address: 'jm-1', resigned: true });
    const other = new Lab({ address: 'jm-2', stores: lab.stores });
    other.serve();
    expect(leaderOf(lab.stores)).toEqual({ epoch: 2, address: 'jm-2', resigned: false });
  });

  test('that was followed by another one deposes nobody as its process ends', () => {
    const lab = leading();
    lab.held = () => true;
    const value = encodeLeader({ epoch: 2, address: 'jm-2', resigned: false });
    lab.stores.put('leader', value);
    lab.deliver('jm-1', 'process-stops', { why: 'SIGTERM' });
    expect(lab.stores.apply(lab.writeOf('leader').request).kind).toBe('ha-conflict');
    expect(leaderOf(lab.stores)).toEqual({ epoch: 2, address: 'jm-2', resigned: false });
  });

  test('believes only its own host that its process ends', () => {
    const lab = leading();
    lab.deliver('tm-1', 'process-stops', { why: 'SIGTERM' });
    expect(lab.leader.epoch).toBe(1);
    expect(lab.requests('ha-write')).toEqual([]);
  });

  test('may lead again, and forgets what it knew', () => {
    const lab = leading();
    lab.deliver('tm-1', 'register-task-manager', { epoch: 1, incarnation: 1, slots: 1, death: null });
    lab.held = () => true;
    lab.pass(lab.options.leaseMs, () => undefined);
    lab.open = lab.open.filter(({ request }) => request.kind === 'ha-lease');
    lab.held = () => false;
    lab.pass(lab.options.leaseMs * 2);
    expect(lab.leader.epoch).toBe(2);
    expect(lab.leader.taskManagers.size).toBe(0);
  });

  test('ignores answers to what it asked under an epoch that is over', () => {
    const lab = leading();
    lab.deliver('client', 'submit-job', sample());
    const write = lab.writeOf('job/');
    lab.held = () => true;
    lab.pass(lab.options.leaseMs);
    lab.held = ({ kind }) => kind === 'ha-write' && lab.state.leader !== null;
    lab.open = lab.open.filter((open) => open.id !== write.id);
    lab.serve();
    lab.pass(lab.options.leaseMs);
    lab.apply(write);
    expect(lab.traces.join('\n')).toContain('write-job of words: epoch 1 is over');
    expect(lab.take('job-accepted')).toEqual([]);
  });

  test('that gets no answers at all has its requests expire', () => {
    const lab = new Lab({ stores: ledBy(1, 'jm-2') });
    lab.pass(60_000, () => undefined);
    expect(lab.state.requests.pending.size).toBeLessThan(20);
  });
});

function sample() {
  return { jobId: 'words', graph: sampleGraph, artifact: 'a', restore: null };
}
