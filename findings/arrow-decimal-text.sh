#!/usr/bin/env bash
# Package: apache-arrow 21.2.0, any Node.
# Behaviour: the text of a Decimal of 256 bits below 2^128 is its last digit, and that of a negative Decimal of 64 bits is the value
# plus 2^64. Number of the same value is right, and so is the text of 128 bits.
# A good guess: String of a value tells what the column holds, the unscaled number, at each of the widths that the type has.
# Output seen:
#   64 bits: 12345 is 12345, as a number 12345; 70 is 70, as a number 70; -15 is 18446744073709551601, as a number -15
#   128 bits: 12345 is 12345, as a number 12345; 70 is 70, as a number 70; -15 is -15, as a number -15
#   256 bits: 12345 is 5, as a number 12345; 70 is 0, as a number 70; -15 is -5, as a number -15
set -euo pipefail

expected='64 bits: 12345 is 12345, as a number 12345; 70 is 70, as a number 70; -15 is 18446744073709551601, as a number -15
128 bits: 12345 is 12345, as a number 12345; 70 is 70, as a number 70; -15 is -15, as a number -15
256 bits: 12345 is 5, as a number 12345; 70 is 0, as a number 70; -15 is -5, as a number -15'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund apache-arrow@21.2.0 >install.txt

cat >finding.js <<'JS'
import { Decimal, Vector, makeData } from 'apache-arrow';

const VALUES = [12_345n, 70n, -15n];
for (const bits of [64, 128, 256]) {
  const words = VALUES.flatMap((value) =>
    Array.from({ length: bits / 32 }, (_, word) => Number(BigInt.asUintN(32, value >> BigInt(32 * word)))),
  );
  const type = new Decimal(0, 18, bits);
  const column = new Vector([makeData({ type, length: VALUES.length, data: new Uint32Array(words) })]);
  const seen = [...column].map((value, index) => `${VALUES[index]} is ${String(value)}, as a number ${Number(value)}`);
  console.log(`${bits} bits: ${seen.join('; ')}`);
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
