#!/usr/bin/env bash
# Package: @datadog/sketches-js 2.1.1 with protobufjs 8.8.1, DDSketch, any Node.
# Behaviour: a sketch that went through toProto and fromProto has its counts and quantiles, and no min, max or sum: they are Infinity, -Infinity
# and 0. Merged into a sketch with values, it leaves that one's min, max and sum as if nothing had been added.
# A good guess: a sketch that comes back says what it said before, as its count and quantiles do.
# Output seen:
#   before: count 1000, min 1, max 1000, sum 500500
#   after: count 1000, min Infinity, max -Infinity, sum 0
#   merged: count 1001, min 7, max 7, sum 7, median 497.8
set -euo pipefail

expected='before: count 1000, min 1, max 1000, sum 500500
after: count 1000, min Infinity, max -Infinity, sum 0
merged: count 1001, min 7, max 7, sum 7, median 497.8'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund @datadog/sketches-js@2.1.1 protobufjs@8.8.1 >install.txt

cat >finding.js <<'JS'
import sketches from '@datadog/sketches-js';

const { DDSketch } = sketches;
const told = ({ count, min, max, sum }) => `count ${count}, min ${min}, max ${max}, sum ${sum}`;
const sketch = new DDSketch();
for (let value = 1; value <= 1_000; value += 1) sketch.accept(value);
const back = DDSketch.fromProto(sketch.toProto());
const merged = new DDSketch();
merged.accept(7);
merged.merge(back);
console.log(`before: ${told(sketch)}`);
console.log(`after: ${told(back)}`);
console.log(`merged: ${told(merged)}, median ${merged.getValueAtQuantile(0.5).toFixed(1)}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
