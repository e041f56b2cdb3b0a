#!/usr/bin/env bash
# Package: prom-client 15.1.3, AggregatorRegistry, any Node.
# Behaviour: what two workers of a cluster tell of a summary is added up, quantiles too: with a 99th percentile of 30 ms in each
# worker the cluster has one of 60 ms. Its sum and count are right.
# A good guess: quantiles are left out, or averaged, or the greatest is taken; a percentile never exceeds the greatest value.
# Output seen:
#   a worker: latency{quantile="0.5"} 20, latency{quantile="0.99"} 30, latency_sum 60, latency_count 3
#   both: latency{quantile="0.5"} 40, latency{quantile="0.99"} 60, latency_sum 120, latency_count 6
set -euo pipefail

expected='a worker: latency{quantile="0.5"} 20, latency{quantile="0.99"} 30, latency_sum 60, latency_count 3
both: latency{quantile="0.5"} 40, latency{quantile="0.99"} 60, latency_sum 120, latency_count 6'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund prom-client@15.1.3 >install.txt

cat >finding.js <<'JS'
import { AggregatorRegistry, Registry, Summary } from 'prom-client';

const registry = new Registry();
const summary = new Summary({ name: 'latency', help: 'ms', percentiles: [0.5, 0.99], registers: [registry] });
for (const ms of [10, 20, 30]) summary.observe(ms);

const told = async (name, { metrics }) => {
  const lines = (await metrics()).split('\n');
  console.log(`${name}: ${lines.filter((line) => line.startsWith('latency')).join(', ')}`);
};
await told('a worker', { metrics: () => registry.metrics() });

const worker = JSON.stringify(await registry.getMetricsAsJSON());
const both = AggregatorRegistry.aggregate([JSON.parse(worker), JSON.parse(worker)]);
await told('both', { metrics: () => both.metrics() });
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
