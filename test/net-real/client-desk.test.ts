// Clients in the process of a JobManager: they reach the leader whether it is beside them or elsewhere, and leave nothing behind.
import { afterEach, expect, test } from 'vitest';
import { withDefaults } from '../../src/core/base/options.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { startJobManager, type RunningJobManager } from '../../src/net-real/job-manager-process.ts';
import { Switchboard, stationOf } from '../../src/net-real/switchboard.ts';
import type { Network, Receiver } from '../../src/net-real/network.ts';
import { sampleGraph } from '../core/jobmanager/sample-job.ts';
import { until } from './small-cluster.ts';
import { temporaryFolder } from './temporary-folder.ts';

const options = withDefaults(clusterOptionTable, { leaseMs: 600, leaseRenewIntervalMs: 100, clientRetryMs: 50 });
const running: RunningJobManager[] = [];
const folder = temporaryFolder();

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

async function start(name: string): Promise<RunningJobManager> {
  const at = (part: string): string => folder.path(part);
  const machine = await startJobManager({
    listen: '127.0.0.1:0',
    advertise: null,
    ha: at('ha'),
    storage: at('storage'),
    sinks: at('sinks'),
    work: at(name),
    trace: null,
    options,
    log: () => {},
  });
  running.push(machine);
  return machine;
}

const submit = { kind: 'submit', jobId: 'words', graph: sampleGraph, artifact: 'a' } as const;

test('clients beside the leader, and beside a standby, ask the leader', async () => {
  const [one, other] = [await start('jm-1'), await start('jm-2')];
  expect(await one.desk.ask(submit, 'accepted', 10_000)).toEqual({ kind: 'accepted' });
  for (const { desk } of [one, other]) {
    const asked = await desk.ask({ kind: 'status', jobId: 'words' }, 'result', 10_000);
    expect(asked).toMatchObject({ kind: 'result', result: { kind: 'job', status: 'RUNNING' } });
  }
});

test('the desk of a standby goes on when its JobManager leads', async () => {
  const [one, other] = [await start('jm-1'), await start('jm-2')];
  expect(await other.desk.ask(submit, 'accepted', 10_000)).toEqual({ kind: 'accepted' });
  await running.splice(running.indexOf(one), 1)[0]!.stop();
  const asked = await other.desk.ask({ kind: 'list' }, 'result', 10_000);
  expect(asked).toMatchObject({ kind: 'result', result: { kind: 'jobs', jobs: [{ jobId: 'words' }] } });
});

test('whoever is not answered in time hears how long it waited, and so does everybody when the desk closes', async () => {
  const { desk } = await start('jm-1');
  const early = await desk.ask({ kind: 'savepoint', jobId: 'none', savepointId: 's' }, 'result', 1);
  expect(early).toMatchObject({ kind: 'unanswered' });
  const late = desk.ask({ ...submit, jobId: 'waits' }, 'result', 60_000);
  await until(async () => {
    const asked = await desk.ask({ kind: 'list' }, 'result', 10_000);
    return asked.kind === 'result' && asked.result.kind === 'jobs' && asked.result.jobs.length === 1;
  });
  desk.close();
  expect(await late).toMatchObject({ kind: 'unanswered' });
  expect(await desk.ask({ kind: 'list' }, 'result', 10)).toEqual({ kind: 'unanswered', waitedMs: 0 });
});

test('what comes for an extension that left is dropped', () => {
  const sent: unknown[] = [];
  let receiver: Receiver | null = null;
  const network: Network = {
    address: 'here:1',
    listening: 'here:1',
    deliverTo: (one) => void (receiver = one),
    send: (message) => void sent.push(message.to),
    endTurn: () => {},
    pause: () => {},
    resume: () => {},
    close: async () => {},
    destroy: () => {},
  };
  const board = new Switchboard(network);
  const heard: string[] = [];
  const ear = (name: string): Receiver => ({
    onMessage: ({ kind }) => void heard.push(`${name} ${kind}`),
    onConnectionLost: (peer) => void heard.push(`${name} lost ${peer}`),
  });
  const [station, extension] = [board.station(), board.extension('c')];
  station.deliverTo(ear('station'));
  extension.deliverTo(ear('c'));
  const message = (to: string, kind: string) => {
    return { effect: 'send', streamClass: 'control', from: 'there:1', to, kind, body: null } as const;
  };
  receiver!.onMessage(message('here:1#c', 'one'), 9);
  station.send(message('here:1#c', 'two'));
  extension.send(message('here:1', 'three'));
  extension.send(message('there:1#x', 'four'));
  receiver!.onConnectionLost('there:1', 'control');
  void extension.close();
  station.send(message('here:1#c', 'five'));
  expect(heard).toEqual(['c one', 'c two', 'station three', 'station lost there:1', 'c lost there:1']);
  expect(sent).toEqual(['there:1#x']);
  expect([extension.address, stationOf(extension.address), stationOf('here:1')]).toEqual([
    'here:1#c',
    'here:1',
    'here:1',
  ]);
});
