#!/usr/bin/env bash
# Packages: json-bigint 1.0.0; any Node.
# Behaviour: the type of a number follows from how many characters it is written with. With `useNativeBigInt`, 999999999999999 is a number and
# 1000000000000000 a bigint, -99999999999999 a number and -100000000000000 a bigint, although doubles hold all four. A fraction of more than 15
# characters, such as any that `JSON.stringify(1 / 3)` writes, ends the parsing of the whole text with an error; with `alwaysParseAsBig` so does 1.5.
# A good guess: integers that no double holds exactly become bigints, and all other numbers stay numbers.
# Output seen:
#   999999999999999: number
#   1000000000000000: bigint
#   -99999999999999: number
#   -100000000000000: bigint
#   0.3333333333333333: error: Cannot convert 0.3333333333333333 to a BigInt
#   1.5, always: error: The number 1.5 cannot be converted to a BigInt because it is not an integer
set -euo pipefail

expected='999999999999999: number
1000000000000000: bigint
-99999999999999: number
-100000000000000: bigint
0.3333333333333333: error: Cannot convert 0.3333333333333333 to a BigInt
1.5, always: error: The number 1.5 cannot be converted to a BigInt because it is not an integer'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund json-bigint@1.0.0 >install.txt

cat >finding.js <<'JS'
import JsonBigint from 'json-bigint';

const native = JsonBigint({ useNativeBigInt: true });
const always = JsonBigint({ useNativeBigInt: true, alwaysParseAsBig: true });
const typeOf = (json, text) => {
  try {
    return typeof json.parse(text);
  } catch (error) {
    return `error: ${error.message}`;
  }
};
for (const text of ['999999999999999', '1000000000000000', '-99999999999999', '-100000000000000', JSON.stringify(1 / 3)])
  console.log(`${text}: ${typeOf(native, text)}`);
console.log(`1.5, always: ${typeOf(always, '1.5')}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
