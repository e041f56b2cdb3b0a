// Samples as the text that Prometheus reads, with what prom-client tells of the process itself: CPU, memory, garbage, delay of the loop.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { metricTable, type MetricName, type MetricSpec, type Sample } from './table.ts';

export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/** @param read all samples of the process, at the moment of the question; samples that are not there any more are not told any more. */
export function exposition(read: () => readonly Sample[]): Exposition {
  const registry = new Registry();
  const metrics = new Map<MetricName, Counter | Gauge>();
  for (const [name, { kind, unit, labels, about }] of Object.entries<MetricSpec>(metricTable)) {
    const config = { name, help: `${about} (${unit})`, labelNames: labels, registers: [registry] };
    metrics.set(name as MetricName, kind === 'counter' ? new Counter(config) : new Gauge(config));
  }
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: () => {
      for (const metric of metrics.values()) forget(metric);
      for (const { name, labels, value } of read()) {
        const named = Object.fromEntries(metricTable[name].labels.map((label, index) => [label, labels[index] ?? '']));
        metrics.get(name)!.inc(named, value);
      }
      return registry.metrics();
    },
  };
}

/** Of a metric without labels prom-client would tell 0, where there is none. */
function forget(metric: Counter | Gauge): void {
  metric.reset();
  metric.remove({});
}
