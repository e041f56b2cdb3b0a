// The contract, proven: the machines of the simulator, unchanged, run a job to its end as real hosts over TCP. Only the services behind their
// ports are still those of the simulator.
import { afterEach, expect, test } from 'vitest';
import { scenario, wordCount } from '../../scenarios/word-count.ts';
import { withDefaults } from '../../src/core/base/options.ts';
import { client } from '../../src/core/client/client.ts';
import type { ClientState } from '../../src/core/client/state.ts';
import type { Machine } from '../../src/core/base/machine.ts';
import { jobManager } from '../../src/core/jobmanager/job-manager.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import type { ClusterVocabulary } from '../../src/core/protocol/ports.ts';
import { taskManager } from '../../src/core/taskmanager/task-manager.ts';
import { startHost, type Host } from '../../src/net-real/host.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { artifactService } from '../../src/sim/cluster/services/artifact.ts';
import { haService } from '../../src/sim/cluster/services/ha.ts';
import { committedRecords, sinkService } from '../../src/sim/cluster/services/sink.ts';
import { sourceService } from '../../src/sim/cluster/services/source.ts';
import { storageService } from '../../src/sim/cluster/services/storage.ts';
import { simulatedStore } from '../conformance/lab.ts';
import { toySecret } from './toy-secret.ts';

const ARTIFACT = '5eed';
const options = withDefaults(clusterOptionTable, { checkpointIntervalMs: 200, restartDelayMs: 50 });
const job = wordCount();
const topics = scenario.input({ data: {}, pick: () => 0, times: 1 });

const hosts: Host<unknown>[] = [];
afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()));
});

const sink = simulatedStore(sinkService(['counts']));
const services = [
  simulatedStore(haService()),
  simulatedStore(storageService()),
  simulatedStore(sourceService(topics)),
  simulatedStore(artifactService([ARTIFACT])),
  sink,
];

async function start<S>(machineAt: (address: string) => Machine<S, ClusterVocabulary>): Promise<Host<S>> {
  const network = await createTcpNetwork({
    secret: toySecret,
    listen: '127.0.0.1:0',
    incarnation: 1,
    log: (line) => expect.fail(line),
  });
  const ports = services.map((service) => service.open());
  const machine = machineAt(network.address);
  const host = startHost({ machine, network, ports, incarnation: 1, isChecked: true });
  hosts.push(host);
  return host;
}

/** Tells when the client knows how its job ended. */
function untilDone(machine: Machine<ClientState, ClusterVocabulary>, onDone: () => void): typeof machine {
  return {
    ...machine,
    step(state, input, out) {
      machine.step(state, input, out);
      if (state.result !== null) onDone();
    },
  };
}

/** The running count of each word, as often as it occurs: what the job must have written, in any order. */
function expectedCounts(): string[] {
  const counts = new Map<string, number>();
  const words = (topics['lines']?.splits ?? []).flat().flatMap((line) => (line as string).split(' '));
  return words
    .map((word) => {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      return JSON.stringify({ word, count: counts.get(word) });
    })
    .sort();
}

test('word-count runs to its end over TCP', async () => {
  await start((address) => jobManager({ address, options }));
  for (const _ of [1, 2]) {
    const artifacts = new Map([[ARTIFACT, job.program]]);
    await start((address) => taskManager({ address, slots: 2, options, artifacts }));
  }
  const request = { kind: 'submit', jobId: 'job-1', graph: job.graph, artifact: ARTIFACT } as const;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const submitter = await start((address) => untilDone(client({ address, options, request }), resolve));
  await done;
  expect(submitter.state().result).toMatchObject({ status: 'FINISHED', reason: null });
  const content = sink.state.sinks.get('counts');
  expect(
    content === undefined
      ? []
      : committedRecords(content)
          .map((record) => JSON.stringify(record))
          .sort(),
  ).toEqual(expectedCounts());
});
