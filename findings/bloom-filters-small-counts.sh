#!/usr/bin/env bash
# Package: bloom-filters 3.0.4, HyperLogLog, any Node.
# Behaviour: a set with fewer elements than registers is counted as half of it or less: 20 distinct words are 6.1, 100 are 52. A
# register is 0, as if it were empty, where the hash of its only element begins with a 1 bit, as half of all do.
# A good guess: small sets are counted almost exactly, since their registers are counted one by one; `accuracy()` says 6.5 %.
# Output seen:
#   accuracy 0.065
#   10 words: 3.0
#   20 words: 6.1
#   50 words: 24.1
#   100 words: 51.9
set -euo pipefail

expected='accuracy 0.065
10 words: 3.0
20 words: 6.1
50 words: 24.1
100 words: 51.9'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund bloom-filters@3.0.4 >install.txt

cat >finding.js <<'JS'
import bloomFilters from 'bloom-filters';

console.log(`accuracy ${new bloomFilters.HyperLogLog(256).accuracy().toFixed(3)}`);
for (const words of [10, 20, 50, 100]) {
  const sketch = new bloomFilters.HyperLogLog(256);
  for (let index = 0; index < words; index += 1) sketch.update(`key-${index}`);
  console.log(`${words} words: ${sketch.count().toFixed(1)}`);
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
