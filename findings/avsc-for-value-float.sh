#!/usr/bin/env bash
# Package: avsc 5.7.9, any Node.
# Behaviour: Type.forValue takes a number that is no 32-bit integer for a float of 32 bits, so that the type does not hold the very
# value from which it was found: a time in milliseconds comes back up to a minute off, 0.1 with seven digits.
# A good guess: a double, or a long for the time, since each of them holds the value and Avro has both.
# Output seen:
#   float: 2026-11-29T12:00:00.000Z is 2026-11-29T12:00:55.808Z
#   float: 0.1 is 0.10000000149011612
#   int: 5 is 5
set -euo pipefail

expected='float: 2026-11-29T12:00:00.000Z is 2026-11-29T12:00:55.808Z
float: 0.1 is 0.10000000149011612
int: 5 is 5'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund avsc@5.7.9 >install.txt

cat >finding.js <<'JS'
import avro from 'avsc';

const tell = (value, textOf) => {
  const type = avro.Type.forValue(value);
  console.log(`${type.typeName}: ${textOf(value)} is ${textOf(type.fromBuffer(type.toBuffer(value)))}`);
};
tell(Date.UTC(2026, 10, 29, 12), (ms) => new Date(ms).toISOString());
tell(0.1, String);
tell(5, String);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
