// O-back: behind each fault somebody leads, the job runs, and its checkpoints complete, each in time. Histories that must fail, those that must pass, and
// how often it judges.
import { describe, expect, test } from 'vitest';
import { scenario as hostile } from '../../../scenarios/hostile.ts';
import { scenario as jmFailover } from '../../../scenarios/jm-failover.ts';
import { scenario as pauses } from '../../../scenarios/pauses.ts';
import { scenario as wordCount } from '../../../scenarios/word-count.ts';
import { createLeader } from '../../../src/core/jobmanager/state.ts';
import { checkpointsKey, jobKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import { encodeCheckpoints } from '../../../src/core/protocol/records-codec.ts';
import type { Scenario } from '../../../src/scenario/scenario.ts';
import { beginRun } from '../../../src/sim/cluster/run.ts';
import type { Oracle } from '../../../src/sim/observation.ts';
import { backBounds } from '../../../src/sim/oracles/back-bounds.ts';
import { backOracle, type BackState } from '../../../src/sim/oracles/back.ts';
import { runGuest } from '../../../src/sim/run-guest.ts';
import { engineOf } from '../../../src/sim/world.ts';
import { requestOf } from '../cluster/lab.ts';
import { History } from './history.ts';
import { contextOf, counting, JOB } from './small-job.ts';

const context = contextOf(counting);
const bounds = backBounds(context);

type Status = 'RUNNING' | 'RESTARTING';

class Cluster extends History {
  checkpoints = 0;

  constructor() {
    super(backOracle([context]));
    this.elect('jm-1', 1);
    this.writeHa('jm-1', jobKey(JOB), new Uint8Array([1]), 1);
    this.fault();
  }

  elect(address: string, epoch: number, status: Status = 'RUNNING'): this {
    this.lead(address, epoch);
    const leader = createLeader(epoch);
    leader.jobs.set(JOB, { status, executions: [{ state: 'RUNNING' }, { state: 'FINISHED' }] } as never);
    this.nodes.splice(0, Infinity, nodeOf(address, 'running', { leader }));
    return this;
  }

  fault(): this {
    const target = 'tm-2>tm-1';
    this.observe({
      kind: 'fault',
      fault: 'barrier-loss',
      target,
      text: 'a barrier was lost',
      hit: true,
      decision: null,
    });
    return this;
  }

  stop(address: string): this {
    this.observe({ kind: 'stopped', node: address, incarnation: 1, why: 'crash' });
    return this;
  }

  pause(address: string, forMs: number): this {
    this.observe({ kind: 'paused', node: address, incarnation: 1, until: (this.nowMs + forMs) * 1_000 });
    return this;
  }

  /** A lease is renewed each 100 ms. */
  goOn(ms: number): this {
    for (const until = this.nowMs + ms; this.nowMs < until;) {
      this.nowMs = Math.min(until, this.nowMs + 100);
      this.applied('jm-1', { kind: 'ha-renew', epoch: 1 }, { kind: 'ha-renewed', epoch: 1 });
    }
    return this;
  }

  complete(): this {
    this.checkpoints += 1;
    const metadata = { name: `chk-${this.checkpoints}`, sizeBytes: 1, crc32: 0 };
    const completed = [{ checkpointId: this.checkpoints, metadata, final: false }];
    this.writeHa('jm-1', checkpointsKey(JOB), encodeCheckpoints({ completed } as never), 1);
    return this;
  }
}

const nodeOf = (address: string, status: 'running' | 'down', state: unknown) =>
  ({ address, role: 'job-manager', status, isGone: false, incarnation: 1, state }) as const;

const restarting = (cluster: Cluster): Cluster => cluster.elect('jm-1', 2, 'RESTARTING');
const leaderless = (cluster: Cluster): Cluster => {
  cluster.nodes.splice(0, Infinity, nodeOf('jm-1', 'running', { leader: null }));
  return cluster;
};

describe('is wrong', () => {
  test.each<[string, string, (cluster: Cluster) => void]>([
    ['no-checkpoint', 'a job that runs without a checkpoint', (cluster) => cluster.goOn(bounds.running.ms + 300)],
    [
      'no-checkpoint',
      'one whose second checkpoint does not come',
      (cluster) =>
        cluster
          .goOn(1_000)
          .complete()
          .goOn(bounds.running.ms + 300),
    ],
    ['job-stands', 'a job that does not run again', (cluster) => restarting(cluster).goOn(bounds.unsettled.ms + 300)],
    ['nobody-leads', 'that nobody leads', (cluster) => leaderless(cluster).goOn(bounds.leaderless.ms + 300)],
    [
      'job-stands',
      'a job that does not run again when a pause is over',
      (cluster) =>
        restarting(cluster)
          .pause('tm-1', 5_000)
          .goOn(5_000 + bounds.unsettled.ms + 300),
    ],
    [
      'job-stands',
      'a job that does not run again, though its next leader would free it',
      (cluster) => {
        restarting(cluster).goOn(bounds.unsettled.ms + 300);
        cluster.stop('jm-1').elect('jm-2', 3).complete();
      },
    ],
  ])('%s: %s', (rule, _, happen) => {
    const cluster = new Cluster();
    happen(cluster);
    expect(new Set(cluster.finish().map((violation) => violation.rule))).toEqual(new Set([rule]));
  });
});

describe('is right', () => {
  test.each<[string, (cluster: Cluster) => void]>([
    [
      'a job whose checkpoints complete',
      (cluster) => {
        for (let id = 1; id <= 5; id++) cluster.goOn(bounds.running.ms - 300).complete();
      },
    ],
    [
      'a job that waits as faults go on',
      (cluster) => {
        for (let times = 1; times <= 5; times++)
          restarting(cluster)
            .goOn(bounds.unsettled.ms - 300)
            .fault();
      },
    ],
    ['a job that waits for a process that is down', (cluster) => restarting(cluster).stop('tm-1').goOn(100_000)],
    ['a job that waits as long as a pause lasts', (cluster) => restarting(cluster).pause('tm-1', 60_000).goOn(60_000)],
    [
      'a job that is over',
      (cluster) => {
        cluster.writeHa('jm-1', resultKey(JOB), new Uint8Array([1]), 1);
        cluster.goOn(100_000);
      },
    ],
    [
      'a leader that comes in time',
      (cluster) =>
        leaderless(cluster)
          .goOn(bounds.leaderless.ms - 300)
          .elect('jm-2', 2)
          .goOn(1_000),
    ],
  ])('%s', (_, happen) => {
    const cluster = new Cluster();
    happen(cluster);
    expect(cluster.finish()).toEqual([]);
  });
});

/** Faults, or bursts of them, behind which it judged. */
function judgedIn(scenario: Scenario, seed: number): number {
  const request = requestOf(scenario, seed);
  let judged = (): number => 0;
  const begin = (given: object): ReturnType<typeof beginRun> => {
    const run = beginRun({ ...request, ...given });
    const index = engineOf(run.world).settings.oracles.findIndex(({ name }: Pick<Oracle, 'name'>) => name === 'O-back');
    judged = () => (engineOf(run.world).oracles[index] as { readonly state: BackState }).state.judged;
    return run;
  };
  runGuest({ begin }, request);
  return judged();
}

describe('it judges', () => {
  test.each<[string, Scenario, number]>([
    ['pauses', pauses, 5],
    ['hostile', hostile, 3],
    ['word-count', wordCount, 4],
    ['jm-failover', jmFailover, 3],
  ])('in %s', (_, scenario, seedsMin) => {
    const seeds = Array.from({ length: scenario === pauses ? 6 : 12 }, (__, index) => index + 1);
    expect(seeds.filter((seed) => judgedIn(scenario, seed) > 0).length).toBeGreaterThanOrEqual(seedsMin);
  });

  test('behind several faults of a run that has pauses', () => {
    expect(Math.max(...[1, 2, 3, 4, 5].map((seed) => judgedIn(pauses, seed)))).toBeGreaterThan(1);
  });
});
