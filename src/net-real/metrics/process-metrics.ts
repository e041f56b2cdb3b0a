// The metrics of one process: what its host did, and what the state of its machine tells. All of it is read when somebody asks, but for the pressure of
// tasks, which is looked at all the time.
import type { JobManagerState } from '../../core/jobmanager/state.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import type { ProcessLoad, RunningMachine } from '../processes.ts';
import { exposition } from './exposition.ts';
import { jobManagerSamples } from './job-manager-metrics.ts';
import { LOOK_MS, PressureMeter } from './pressure.ts';
import { serveMetrics, type MetricsServer } from './server.ts';
import type { Sample } from './table.ts';
import { taskManagerSamples } from './task-manager-metrics.ts';

type Watched<S> = Pick<RunningMachine<S>, 'state' | 'load'>;

/** @param where `host:port`; port 0 takes any. Rejects with a sentence if it cannot listen there. */
export function tellJobManager(where: string, running: Watched<unknown>): Promise<MetricsServer> {
  const read = (): readonly Sample[] => jobManagerSamples(running.state() as JobManagerState);
  return serveMetrics(
    where,
    exposition(() => [...loadSamples(running.load()), ...read()]),
  );
}

/** As before. */
export async function tellTaskManager(where: string, running: Watched<unknown>): Promise<MetricsServer> {
  const meter = new PressureMeter(performance.now());
  const state = (): TaskManagerState => running.state() as TaskManagerState;
  const read = (): readonly Sample[] => taskManagerSamples(state(), meter, Date.now());
  const server = await serveMetrics(
    where,
    exposition(() => [...loadSamples(running.load()), ...read()]),
  );
  const looks = setInterval(() => meter.look(state().tasks, performance.now()), LOOK_MS);
  looks.unref();
  return {
    url: server.url,
    close: () => {
      clearInterval(looks);
      return server.close();
    },
  };
}

function loadSamples({ steps, waiting, waitingBytes, traffic }: ProcessLoad): readonly Sample[] {
  return [
    { name: 'millrace_steps_total', labels: [], value: steps },
    { name: 'millrace_inbox_length', labels: [], value: waiting },
    ...(['control', 'data'] as const).flatMap((streamClass): readonly Sample[] => [
      { name: 'millrace_inbox_bytes', labels: [streamClass], value: waitingBytes[streamClass] },
      { name: 'millrace_sent_bytes_total', labels: [streamClass], value: traffic.sent[streamClass] },
      { name: 'millrace_received_bytes_total', labels: [streamClass], value: traffic.received[streamClass] },
    ]),
  ];
}
