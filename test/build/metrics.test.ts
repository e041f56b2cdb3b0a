// docs/metrics.md is what the table of metrics says today.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderMetrics } from '../../build/metrics.ts';
import { packageFolder } from '../../src/layout.ts';
import { metricTable, type MetricSpec } from '../../src/net-real/metrics/table.ts';

test('docs/metrics.md is current: `npm run docs` writes it', () => {
  expect(readFileSync(join(packageFolder, 'docs', 'metrics.md'), 'utf8')).toBe(renderMetrics(metricTable));
});

test('names and labels are those of Prometheus: counters end in total, units are whole', () => {
  for (const [name, { kind, labels }] of Object.entries<MetricSpec>(metricTable)) {
    expect(name).toMatch(/^millrace_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(name).not.toMatch(/_ms\b|_kb\b/);
    for (const label of labels) expect(label).toMatch(/^[a-z_]+$/);
  }
});
