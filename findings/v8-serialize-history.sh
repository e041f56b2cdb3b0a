#!/usr/bin/env bash
# Version: Node 26.10.0 (V8 14.6), node:v8.
# Behaviour: v8.serialize writes how a value is held, not only its value. Two values that util.isDeepStrictEqual calls
# equal can give different bytes: a 1 that was computed as 0.5 + 0.5 is written as a double, an array that once held
# 0.5 writes each number as a double, and a part of a string with a letter beyond Latin-1 is written in two-byte units.
# A good guess: equal state gives equal bytes, so that a hash of the bytes tells whether two snapshots are the same.
# Output seen:
#   number: equal, 11 and 4 bytes
#   array: equal, 25 and 11 bytes
#   string: equal, 56 and 30 bytes
set -euo pipefail

expected='number: equal, 11 and 4 bytes
array: equal, 25 and 11 bytes
string: equal, 56 and 30 bytes'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund node@26.10.0 >install.txt

cat >finding.js <<'JS'
import { isDeepStrictEqual } from 'node:util';
import { serialize } from 'node:v8';

const tell = (name, left, right) => {
  const equal = isDeepStrictEqual(left, right) ? 'equal' : 'different';
  console.log(`${name}: ${equal}, ${serialize(left).length} and ${serialize(right).length} bytes`);
};

let sum = 0;
for (const part of [0.5, 0.5]) sum += part;
tell('number', sum, 1);

const counts = [0.5, 2];
counts[0] = 1;
tell('array', counts, [1, 2]);

const alphabet = 'abcdefghijklmnopqrstuvwxyz';
tell('string', `${alphabet}\u0100`.slice(0, alphabet.length), alphabet);
JS

seen=$(./node_modules/node/bin/node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
