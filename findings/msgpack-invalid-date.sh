#!/usr/bin/env bash
# Packages: @msgpack/msgpack 3.1.3, msgpackr 2.1.4; any Node.
# Behaviour: @msgpack/msgpack writes an invalid Date as the first moment of 1970, without an error. msgpackr gives it back invalid.
# Both write -0 as the integer 0, although the format has doubles, so that its sign is lost.
# A good guess: a Date that says no time is refused or comes back as it was; a number that is no integer in [0, 127] is a double.
# Output seen:
#   @msgpack/msgpack: 1970-01-01T00:00:00.000Z, -0 is 0
#   msgpackr: invalid, -0 is 0
set -euo pipefail

expected='@msgpack/msgpack: 1970-01-01T00:00:00.000Z, -0 is 0
msgpackr: invalid, -0 is 0'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund @msgpack/msgpack@3.1.3 msgpackr@2.1.4 >install.txt

cat >finding.js <<'JS'
import { decode, encode } from '@msgpack/msgpack';
import { pack, unpack } from 'msgpackr';

const tell = (name, copy) => {
  const date = copy(new Date(Number.NaN));
  const time = Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString();
  console.log(`${name}: ${time}, -0 is ${Object.is(copy(-0), -0) ? '-0' : '0'}`);
};
tell('@msgpack/msgpack', (value) => decode(encode(value)));
tell('msgpackr', (value) => unpack(pack(value)));
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
