#!/usr/bin/env bash
# Package: tdigest 0.1.3, TDigest, any Node.
# Behaviour: of values that repeat, half of the weight of one lies between it and its neighbour: of 900 times 1 and 100 times 100 the median is
# 10.9 and the 89th percentile 88.12. Two centroids hold all of it exactly, and no value between them was ever seen.
# A good guess: a digest that keeps each distinct value in a centroid of its own answers exactly: 1 for both.
# Output seen:
#   [{"mean":1,"n":900},{"mean":100,"n":100}]
#   50 %: 10.9
#   75 %: 60.4
#   89 %: 88.1
#   95 %: 100.0
set -euo pipefail

expected='[{"mean":1,"n":900},{"mean":100,"n":100}]
50 %: 10.9
75 %: 60.4
89 %: 88.1
95 %: 100.0'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund tdigest@0.1.3 >install.txt

cat >finding.js <<'JS'
import tdigest from 'tdigest';

const digest = new tdigest.TDigest();
for (let index = 0; index < 1_000; index += 1) digest.push(index % 10 === 9 ? 100 : 1);
digest.compress();
console.log(JSON.stringify(digest.toArray()));
for (const share of [0.5, 0.75, 0.89, 0.95])
  console.log(`${100 * share} %: ${digest.percentile(share).toFixed(1)}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
