// The command behind `npm run docs`: writes docs/api.md from the doc comments of what the entry points export, docs/protocol.md from the sources
// of core, and docs/metrics.md from the table of metrics. Refuses names without a comment, and what is declared and not used.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../src/layout.ts';
import { missingIn } from './api/complete.ts';
import { renderApi } from './api/markdown.ts';
import { readApi } from './api/read-api.ts';
import { metricTable } from '../src/net-real/metrics/table.ts';
import { renderMetrics } from './metrics.ts';
import { findingsIn } from './protocol/findings.ts';
import { renderProtocol } from './protocol/markdown.ts';
import { readProtocol } from './protocol/protocol.ts';
import { readSources } from './protocol/sources.ts';

/** Writes a page if nothing is missing. */
function write(name: string, missing: readonly string[], render: () => string): void {
  for (const sentence of missing) console.error(sentence);
  if (missing.length > 0) process.exitCode = 1;
  else writeFileSync(join(packageFolder, 'docs', name), render());
}

const api = readApi();
write('api.md', missingIn(api), () => renderApi(api));
const protocol = readProtocol(readSources());
write('protocol.md', findingsIn(protocol), () => renderProtocol(protocol));
write('metrics.md', [], () => renderMetrics(metricTable));
