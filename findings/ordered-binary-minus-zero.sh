#!/usr/bin/env bash
# Packages: ordered-binary 1.6.3, the keys of lmdb; any Node.
# Behaviour: the key of -0 comes back as an array of a control character and null, and lies behind the keys of all other numbers. A bigint comes back as a
# number, if that holds it exactly, so that 1n and 1 are one key, and an array of one element as that element.
# A good guess: -0 is the key of 0, as it is a key of a Map, or comes back as -0; bigints and arrays come back as they were.
# Output seen:
#   0: 0
#   -0: ["\u0018",null]
#   1n: 1
#   9007199254740992n: 9007199254740992
#   9007199254740993n: 9007199254740993n
#   ["a"]: "a"
#   ["a","b"]: ["a","b"]
#   in order: true, -1e+300, -1, 0, 1, -0
#   1n and 1 are one key
set -euo pipefail

expected='0: 0
-0: ["\u0018",null]
1n: 1
9007199254740992n: 9007199254740992
9007199254740993n: 9007199254740993n
["a"]: "a"
["a","b"]: ["a","b"]
in order: true, -1e+300, -1, 0, 1, -0
1n and 1 are one key'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund ordered-binary@1.6.3 >install.txt

cat >finding.js <<'JS'
import { fromBufferKey, toBufferKey } from 'ordered-binary';

const there = (key) => fromBufferKey(toBufferKey(key));
const shown = (key) => (typeof key === 'bigint' ? `${key}n` : Object.is(key, -0) ? '-0' : JSON.stringify(key));
for (const key of [0, -0, 1n, 2n ** 53n, 2n ** 53n + 1n, ['a'], ['a', 'b']]) console.log(`${shown(key)}: ${shown(there(key))}`);
const keys = [true, -1e300, -1, -0, 0, 1];
console.log(`in order: ${keys.toSorted((a, b) => Buffer.compare(toBufferKey(a), toBufferKey(b))).map(shown).join(', ')}`);
console.log(`1n and 1 are ${Buffer.compare(toBufferKey(1n), toBufferKey(1)) === 0 ? 'one key' : 'two keys'}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
