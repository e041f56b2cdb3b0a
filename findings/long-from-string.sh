#!/usr/bin/env bash
# Packages: long 5.3.2; any Node.
# Behaviour: `Long.fromString` takes 2^63 for -2^63 and 2^64 + 5 for 5, where `Long.fromNumber` gives the largest Long. It reads digits in groups of eight, and
# ends each group where it is no digit: 12345678x9 is 1234567800, 1e3 is 1, 1.5 is 1. An unsigned Long of -1 is 2^64 - 1 by the text and 0 by the number.
# A good guess: an error, as of Java's `Long.parseLong` and of `BigInt`, or at least what `fromNumber` does.
# Output seen:
#   fromString 9223372036854775808: -9223372036854775808
#   fromString 18446744073709551621: 5
#   fromString 12345678x9: 1234567800
#   fromString 1e3: 1
#   fromString 1.5: 1
#   fromNumber 2^63: 9223372036854775807
#   unsigned -1: 18446744073709551615 by the text, 0 by the number
set -euo pipefail

expected='fromString 9223372036854775808: -9223372036854775808
fromString 18446744073709551621: 5
fromString 12345678x9: 1234567800
fromString 1e3: 1
fromString 1.5: 1
fromNumber 2^63: 9223372036854775807
unsigned -1: 18446744073709551615 by the text, 0 by the number'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund long@5.3.2 >install.txt

cat >finding.js <<'JS'
import Long from 'long';

for (const text of ['9223372036854775808', '18446744073709551621', '12345678x9', '1e3', '1.5'])
  console.log(`fromString ${text}: ${Long.fromString(text)}`);
console.log(`fromNumber 2^63: ${Long.fromNumber(2 ** 63)}`);
console.log(`unsigned -1: ${Long.fromString('-1', true)} by the text, ${Long.fromNumber(-1, true)} by the number`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
