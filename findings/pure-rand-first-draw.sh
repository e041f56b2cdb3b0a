#!/usr/bin/env bash
# Package: pure-rand 8.4.2, generators xorshift128plus and xoroshiro128plus, any Node.
# Behaviour: the first draw of a generator made from seed n is ~n, so the first draws of seeds 0, 1, 2… count down.
# uniformInt(0, 9) of a fresh generator then goes 7, 6, 5… from seed to seed, and uniformFloat64 is above 0.9999 for
# each of the first thousand seeds.
# A good guess: neighbouring seeds are mixed before the first draw, as mersenne does, so that a sweep over small seeds
# tries many first decisions.
# Output seen:
#   xorshift128plus 7,6,5,4,3,2,1,0 floats above 0.9999: 1000
#   xoroshiro128plus 7,6,5,4,3,2,1,0 floats above 0.9999: 1000
#   mersenne 6,3,6,8,2,9,2,3 floats above 0.9999: 0
set -euo pipefail

expected='xorshift128plus 7,6,5,4,3,2,1,0 floats above 0.9999: 1000
xoroshiro128plus 7,6,5,4,3,2,1,0 floats above 0.9999: 1000
mersenne 6,3,6,8,2,9,2,3 floats above 0.9999: 0'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund pure-rand@8.4.2 >install.txt

cat >finding.js <<'JS'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';

const seeds = Array.from({ length: 1000 }, (_, seed) => seed);
for (const [name, make] of Object.entries({ xorshift128plus, xoroshiro128plus, mersenne })) {
  const digits = seeds.slice(0, 8).map((seed) => uniformInt(make(seed), 0, 9));
  const high = seeds.filter((seed) => uniformFloat64(make(seed)) > 0.9999).length;
  console.log(`${name} ${digits.join()} floats above 0.9999: ${high}`);
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
