#!/usr/bin/env bash
# Package: prom-client 15.1.3, any Node.
# Behaviour: the series of two different sets of label values are one series, if a value of the first holds what a comma,
# the next label and a colon look like. All that is counted for the second set is told under the labels of the first.
# A good guess: label values may be any text, as in Prometheus itself, and are told apart; the text form escapes them.
# Output seen:
#   jobs{stage="map,topic:a"} 2
#   jobs{stage="map,topic:a"} 1, jobs{stage="map",topic="b"} 1
set -euo pipefail

expected='jobs{stage="map,topic:a"} 2
jobs{stage="map,topic:a"} 1, jobs{stage="map",topic="b"} 1'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund prom-client@15.1.3 >install.txt

cat >finding.js <<'JS'
import { Counter, Registry } from 'prom-client';

const told = async (...sets) => {
  const registry = new Registry();
  const counter = new Counter({ name: 'jobs', help: 'jobs', labelNames: ['stage', 'topic'], registers: [registry] });
  for (const labels of sets) counter.inc(labels);
  const lines = (await registry.metrics()).split('\n');
  console.log(lines.filter((line) => line.startsWith('jobs')).join(', '));
};

await told({ stage: 'map,topic:a' }, { stage: 'map', topic: 'a' });
await told({ stage: 'map,topic:a' }, { stage: 'map', topic: 'b' });
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
