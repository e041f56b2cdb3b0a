// O-lead: a leader that no TaskManager can reach resigns in time, and nobody else does. Histories that must fail, and those that must pass.
import { describe, expect, test } from 'vitest';
import { createLeader, type Leader } from '../../../src/core/jobmanager/state.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import { ENDED_IN_ORDER } from '../../../src/core/protocol/describe-death.ts';
import type { LeadershipReason } from '../../../src/core/protocol/reasons.ts';
import { encodeLeader, encodeUnreached } from '../../../src/core/protocol/records-codec.ts';
import { leadOracle } from '../../../src/sim/oracles/lead.ts';
import { History } from './history.ts';
import { contextOf, counting } from './small-job.ts';

const heartbeatTimeoutMs = clusterOptionTable.heartbeatTimeoutMs.default;
const LEASE_MS = clusterOptionTable.leaseMs.default;
const LONG_MS = 10 * heartbeatTimeoutMs;
const ended: LeadershipReason = { kind: 'process-stops', why: 'SIGTERM' };
const isolated: LeadershipReason = { kind: 'isolated', taskManagers: ['tm-1'] };

class Cluster extends History {
  epoch = 0;
  leader = '';

  constructor() {
    super(leadOracle(contextOf(counting)));
    this.elect('jm-1');
  }

  elect(address: string): this {
    this.epoch += 1;
    this.leader = address;
    this.lead(address, this.epoch);
    const state = { leader: createLeader(this.epoch) };
    const node = { address, role: 'job-manager', status: 'running', isGone: false, incarnation: 1, state } as const;
    this.nodes.splice(0, Infinity, node);
    return this;
  }

  complain(taskManager = 'tm-1', epoch = this.epoch): this {
    this.writeHa(taskManager, `unreached/${taskManager}`, encodeUnreached({ epoch }), epoch);
    return this;
  }

  takeBack(taskManager = 'tm-1'): this {
    this.writeHa(taskManager, `unreached/${taskManager}`, null, null);
    return this;
  }

  hear(isRegistered = true): this {
    const { leader } = this.nodes[0]!.state as { leader: Leader };
    if (isRegistered)
      leader.taskManagers.set('tm-1', {
        address: 'tm-1',
        incarnation: 1,
        failedHeartbeats: 0,
        isAsked: false,
        slots: [],
      });
    const body = { epoch: this.epoch, incarnation: 1, slots: [], tasks: [] };
    this.deliver('tm-1', this.leader, 'heartbeat-answer', body);
    return this;
  }

  /** It leads no more. */
  stop(): this {
    this.nodes.splice(0, Infinity, ...this.nodes.map((node) => ({ ...node, state: { leader: null } })));
    return this;
  }

  /** It steps each 100 ms. */
  goOn(ms: number): this {
    for (const until = this.nowMs + ms; this.nowMs < until;) {
      this.nowMs += 100;
      this.step(this.leader, []);
    }
    return this;
  }

  /** Its process is ended: it leads no more, and writes that. */
  leave(isWritten = true): this {
    const value = encodeLeader({ epoch: this.epoch, address: this.leader, resigned: true });
    const request = { kind: 'ha-write', key: 'leader', value, ifRevision: null, ifEpoch: this.epoch } as const;
    const note = { kind: 'leadership-lost', epoch: this.epoch, reason: ended, suspended: [] } as const;
    this.step(this.leader, [
      { effect: 'note', note },
      { effect: 'request', id: 1, request },
    ]);
    this.stop();
    if (isWritten) this.writeHa(this.leader, 'leader', value, this.epoch);
    return this;
  }

  halt(kind: string = ENDED_IN_ORDER): this {
    this.step(this.leader, [{ effect: 'halt', reason: { kind } }]);
    return this;
  }

  resign(reason: LeadershipReason = isolated): this {
    const note = { kind: 'leadership-lost', epoch: this.epoch, reason, suspended: [] } as const;
    this.step(this.leader, [{ effect: 'note', note }]);
    return this;
  }
}

describe('objects to', () => {
  test.each<[string, string, (cluster: Cluster) => void]>([
    ['a leader that stays though nobody reaches it', 'isolated-leader', (cluster) => cluster.complain().goOn(LONG_MS)],
    [
      'one that took over from another, and stays',
      'isolated-leader',
      (cluster) => cluster.elect('jm-2').complain().goOn(LONG_MS),
    ],
    [
      'one that stays behind a pause as long as without one',
      'isolated-leader',
      (cluster) => {
        cluster.complain().observe({ kind: 'paused', node: 'jm-1', incarnation: 1, until: 1_000_000 });
        cluster.goOn(LONG_MS);
      },
    ],
    ['a resignation that nobody asked for', 'resigns-unasked', (cluster) => cluster.goOn(LONG_MS).resign()],
    [
      'one for what was said of another epoch',
      'resigns-unasked',
      (cluster) => cluster.complain().elect('jm-2').complain('tm-1', 1).resign(),
    ],
    [
      'one for what was long taken back',
      'resigns-unasked',
      (cluster) => cluster.complain().takeBack().goOn(LONG_MS).resign(),
    ],
    [
      'a time behind a resignation in which nobody leads',
      'nobody-leads',
      (cluster) => cluster.complain().resign().stop().goOn(LONG_MS),
    ],
    [
      'one of a leader that a TaskManager answers',
      'resigns-though-heard',
      (cluster) => cluster.goOn(LONG_MS).hear().complain('tm-2').resign(),
    ],
    [
      'one that resigned, and leads again before others could',
      'does-not-yield',
      (cluster) => cluster.complain().resign().goOn(LEASE_MS).elect('jm-1'),
    ],
    ['one whose process was ended, and that leads to the end', 'ends-as-leader', (cluster) => cluster.halt()],
    ['one that leads no more for that, and tells nobody', 'ends-untold', (cluster) => cluster.resign(ended)],
    [
      'a time behind its word in which others wait for its lease',
      'nobody-leads',
      (cluster) => cluster.leave().goOn(LEASE_MS),
    ],
  ])('%s', (_, rule, happen) => {
    const cluster = new Cluster();
    happen(cluster);
    expect(new Set(cluster.rules)).toEqual(new Set([rule]));
  });
});

describe('passes', () => {
  test.each<[string, (cluster: Cluster) => void]>([
    ['a resignation in time', (cluster) => cluster.complain().goOn(heartbeatTimeoutMs).resign()],
    [
      'one that resigned, and leads again as nobody else does',
      (cluster) =>
        cluster
          .complain()
          .resign()
          .goOn(2 * LEASE_MS)
          .elect('jm-1'),
    ],
    [
      'one that resigned, died, and leads again',
      (cluster) => {
        cluster.complain().resign().observe({ kind: 'stopped', node: 'jm-1', incarnation: 1, why: 'crash' });
        cluster.elect('jm-1');
      },
    ],
    [
      'a time in which nobody leads, as the HA service fails for all',
      (cluster) => {
        cluster.complain().resign().stop();
        const until = 1_000 * LONG_MS;
        cluster.observe({ kind: 'service-troubled', service: 'ha', nodes: ['jm-1', 'jm-2'], how: 'fails', until });
        cluster.goOn(LONG_MS);
      },
    ],
    ['one for what is being taken back', (cluster) => cluster.complain().takeBack().resign()],
    ['one behind which another one leads', (cluster) => cluster.complain().resign().elect('jm-2').goOn(LONG_MS)],
    [
      'one that a TaskManager answers which was given up',
      (cluster) => cluster.goOn(LONG_MS).hear(false).complain('tm-2').resign(),
    ],
    ['one whose process was ended, and behind which another one leads', (cluster) => cluster.leave().elect('jm-2')],
    [
      'one that said so, and was not heard: others wait for its lease',
      (cluster) => cluster.leave(false).goOn(LEASE_MS).elect('jm-2'),
    ],
    [
      'one behind which somebody yields that resigned itself',
      (cluster) => cluster.complain().resign().elect('jm-2').leave().goOn(LEASE_MS).elect('jm-2'),
    ],
    ['one that halts for another reason', (cluster) => cluster.halt('other')],
    ['one that halts when it leads no more', (cluster) => cluster.leave().halt()],
    ['one for another reason', (cluster) => cluster.resign({ kind: 'lease-ran-out' })],
    ['a leader without TaskManagers', (cluster) => cluster.goOn(LONG_MS)],
    [
      'a leader that one of them reaches',
      (cluster) => {
        cluster.complain('tm-2');
        for (let times = 0; times < 20; times++) cluster.goOn(heartbeatTimeoutMs).hear();
      },
    ],
    ['a leader that is reached again', (cluster) => cluster.complain().goOn(1_000).takeBack().goOn(LONG_MS)],
    ['a leader behind which nobody took over', (cluster) => cluster.elect('jm-1').complain().goOn(LONG_MS)],
    [
      'a leader that cannot use the HA service',
      (cluster) => {
        const until = (cluster.nowMs + 2 * LONG_MS) * 1_000;
        cluster.complain().observe({ kind: 'service-cut', node: 'jm-1', service: 'ha', until });
        cluster.goOn(LONG_MS);
      },
    ],
    ['what was said of an older leader', (cluster) => cluster.complain().elect('jm-2').goOn(LONG_MS)],
  ])('%s', (_, happen) => {
    const cluster = new Cluster();
    happen(cluster);
    expect(cluster.sentences).toEqual([]);
  });
});
