#!/usr/bin/env bash
# Package: seedrandom 3.0.5, generator xorshift7, any Node.
# Behaviour: every string seed of fewer than 8 characters gives the same stream, and so does every number that is no
# 32-bit integer and is written in fewer than 8 characters. Of a seed of 8 characters only the last one counts.
# A good guess: two seeds give two streams, as they do with alea, tychei, xor128, xor4096 and xorwow.
# Reason: the mixing loop adds a slot of the state that is still undefined, and NaN << 13 is 0.
# Output seen:
#   xorshift7, short seeds: 1 stream of 9
#   xorshift7, 8 characters, the last the same: 1 stream of 3
#   xorshift7, 8 characters, the last different: 2 streams of 2
#   alea, short seeds: 9 streams of 9
#   tychei, short seeds: 9 streams of 9
#   xor128, short seeds: 9 streams of 9
#   xor4096, short seeds: 9 streams of 9
#   xorwow, short seeds: 9 streams of 9
set -euo pipefail

expected='xorshift7, short seeds: 1 stream of 9
xorshift7, 8 characters, the last the same: 1 stream of 3
xorshift7, 8 characters, the last different: 2 streams of 2
alea, short seeds: 9 streams of 9
tychei, short seeds: 9 streams of 9
xor128, short seeds: 9 streams of 9
xor4096, short seeds: 9 streams of 9
xorwow, short seeds: 9 streams of 9'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund seedrandom@3.0.5 >install.txt

cat >finding.js <<'JS'
import seedrandom from 'seedrandom';

const DRAWS = 16;
const stream = (algorithm, seed) => {
  const draw = seedrandom[algorithm](seed);
  return Array.from({ length: DRAWS }, () => draw.int32()).join();
};
const tell = (algorithm, what, seeds) => {
  const count = new Set(seeds.map((seed) => stream(algorithm, seed))).size;
  console.log(`${algorithm}, ${what}: ${count} ${count === 1 ? 'stream' : 'streams'} of ${seeds.length}`);
};
const SHORT = ['', 'a', 'b', 'ab', 'ba', 'run-1', 'run-2', '7', 0.5];

tell('xorshift7', 'short seeds', SHORT);
tell('xorshift7', '8 characters, the last the same', ['morning8', 'evening8', '12345678']);
tell('xorshift7', '8 characters, the last different', ['morning8', 'morning9']);
for (const algorithm of ['alea', 'tychei', 'xor128', 'xor4096', 'xorwow']) tell(algorithm, 'short seeds', SHORT);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
