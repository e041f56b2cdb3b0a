#!/usr/bin/env bash
# Package: hdr-histogram-js 3.0.1, a histogram with bitBucketSize 8, any Node.
# Behaviour: the 256th record of one value makes its bucket 0 again, while the total goes on. Of 256 times 10 and
# once 5,000 the total is 257, and the median 0.
# A good guess: a count that is full stays full or is refused, as a value above highestTrackableValue is.
# Output seen:
#   255 times 10, once 5000: total 256, median 10
#   256 times 10, once 5000: total 257, median 0
#   1000 times 10, once 5000: total 1001, median 0
set -euo pipefail

expected='255 times 10, once 5000: total 256, median 10
256 times 10, once 5000: total 257, median 0
1000 times 10, once 5000: total 1001, median 0'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund hdr-histogram-js@3.0.1 >install.txt

cat >finding.js <<'JS'
import { build } from 'hdr-histogram-js';

for (const times of [255, 256, 1_000]) {
  const histogram = build({ bitBucketSize: 8 });
  for (let index = 0; index < times; index += 1) histogram.recordValue(10);
  histogram.recordValue(5_000);
  console.log(
    `${times} times 10, once 5000: total ${histogram.totalCount}, median ${histogram.getValueAtPercentile(50)}`,
  );
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
