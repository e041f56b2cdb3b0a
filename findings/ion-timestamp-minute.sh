#!/usr/bin/env bash
# Package: ion-js 5.2.1, any Node.
# Behaviour: a timestamp in the last half millisecond of a minute is written to binary as a minute later. Its minute and all above come
# from a time that is rounded to milliseconds, its seconds and their fraction from the exact value.
# A good guess: binary and text are two forms of one value; Ion's specification lets a timestamp have any number of fractional digits.
# Output seen:
#   2026-11-30T10:20:59.9994Z is 2026-11-30T10:20:59.9994Z
#   2026-11-30T10:20:59.9996Z is 2026-11-30T10:21:59.9996Z
#   2026-11-30T10:20:59.999999999+01:00 is 2026-11-30T10:21:59.999999999+01:00
#   2026-12-31T23:59:59.999999Z is 2027-01-01T00:00:59.999999Z
#   2026-11-30T10:20:58.999999Z is 2026-11-30T10:20:58.999999Z
set -euo pipefail

expected='2026-11-30T10:20:59.9994Z is 2026-11-30T10:20:59.9994Z
2026-11-30T10:20:59.9996Z is 2026-11-30T10:21:59.9996Z
2026-11-30T10:20:59.999999999+01:00 is 2026-11-30T10:21:59.999999999+01:00
2026-12-31T23:59:59.999999Z is 2027-01-01T00:00:59.999999Z
2026-11-30T10:20:58.999999Z is 2026-11-30T10:20:58.999999Z'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund ion-js@5.2.1 jsbi@4.3.2 >install.txt

cat >finding.js <<'JS'
import { dumpBinary, load } from 'ion-js';

for (const text of [
  '2026-11-30T10:20:59.9994Z',
  '2026-11-30T10:20:59.9996Z',
  '2026-11-30T10:20:59.999999999+01:00',
  '2026-12-31T23:59:59.999999Z',
  '2026-11-30T10:20:58.999999Z',
])
  console.log(`${text} is ${load(dumpBinary(load(text))).timestampValue()}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
