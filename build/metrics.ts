// The page of all metrics, made of their table.
import type { MetricSpec } from '../src/net-real/metrics/table.ts';

const HEAD = `# Metrics

\`millrace jobmanager\` and \`millrace taskmanager\` tell them with \`--metrics HOST:PORT\`, each process its own, at \`/metrics\` in the text form of Prometheus. Written by \`npm run docs\` from \`src/net-real/metrics/table.ts\`.

A counter begins at 0 with its labels: one of a task with each attempt, one of a job with each leader. \`job_id\` and \`job\` are id and name of a job, \`vertex\` the names of the operators that run in one task, \`subtask\` counts from 0. What a process does not know it does not tell: only the leader tells jobs, only a TaskManager its tasks.

| metric | kind | unit | labels | what |
|---|---|---|---|---|
`;

const TAIL = `
Beside them stand those of the process itself, by [prom-client](https://github.com/siimon/prom-client): CPU time, resident memory, heap by space, garbage collections, delay of the event loop, handles.
`;

export function renderMetrics(table: { readonly [name: string]: MetricSpec }): string {
  const rows = Object.entries(table).map(
    ([name, { kind, unit, labels, about }]) =>
      `| \`${name}\` | ${kind} | ${unit} | ${labels.map((label) => `\`${label}\``).join(' ')} | ${about} |`,
  );
  return `${HEAD}${rows.join('\n')}\n${TAIL}`;
}
