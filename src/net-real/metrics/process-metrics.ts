// The metrics of one process for Prometheus: what it reads of itself, and what the state of its machine tells besides. All of it is read when somebody asks.
import type { JobManagerState } from '../../core/jobmanager/state.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import type { RunningMachine } from '../processes.ts';
import { exposition } from './exposition.ts';
import { jobManagerSamples } from './job-manager-metrics.ts';
import type { ProcessReading, Readings } from './readings.ts';
import { serveMetrics, type MetricsServer } from './server.ts';
import type { Sample } from './table.ts';
import { taskManagerSamples } from './task-manager-metrics.ts';

type Watched = Pick<RunningMachine<unknown>, 'state' | 'metrics'>;

/** @param where `host:port`; port 0 takes any. Rejects with a sentence if it cannot listen there. */
export function tellJobManager(where: string, running: Watched): Promise<MetricsServer> {
  return tell(where, running, () => jobManagerSamples(running.state() as JobManagerState));
}

/** As before. */
export function tellTaskManager(where: string, running: Watched): Promise<MetricsServer> {
  return tell(where, running, (readings) => taskManagerSamples(running.state() as TaskManagerState, readings));
}

function tell(
  where: string,
  { metrics }: Watched,
  ofMachine: (readings: Readings) => readonly Sample[],
): Promise<MetricsServer> {
  const read = (): readonly Sample[] => {
    const readings = metrics.read();
    return [...processSamples(readings.process), ...ofMachine(readings)];
  };
  return serveMetrics(where, exposition(read));
}

function processSamples(process: ProcessReading): readonly Sample[] {
  return [
    { name: 'millrace_steps_total', labels: [], value: process.steps },
    { name: 'millrace_inbox_length', labels: [], value: process.inboxLength },
    ...(['control', 'data'] as const).flatMap((streamClass): readonly Sample[] => [
      { name: 'millrace_inbox_bytes', labels: [streamClass], value: process.inboxBytes[streamClass] },
      { name: 'millrace_sent_bytes_total', labels: [streamClass], value: process.sentBytes[streamClass] },
      { name: 'millrace_received_bytes_total', labels: [streamClass], value: process.receivedBytes[streamClass] },
    ]),
  ];
}
