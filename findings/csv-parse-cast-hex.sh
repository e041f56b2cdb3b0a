#!/usr/bin/env bash
# Packages: csv-parse 7.0.3, beside papaparse 5.7.1; any Node.
# Behaviour: with `cast: true` a field 0x1F, 0b11 or 0o17 is the number 0: what `Number` reads decides that it is a number, and what `parseFloat` reads is its value.
# 1e999 stays a text, and 9007199254740993 is 9007199254740992.
# A good guess: 0x1F is 31, as `Number` has it, or stays a text, as it does for papaparse 5.7.1 with `dynamicTyping`.
# Output seen:
#   0x1F: number 0, papaparse: string 0x1F
#   0b11: number 0, papaparse: string 0b11
#   0o17: number 0, papaparse: string 0o17
#   1e3: number 1000, papaparse: number 1000
#   1e999: string 1e999, papaparse: string 1e999
#   9007199254740993: number 9007199254740992, papaparse: string 9007199254740993
set -euo pipefail

expected='0x1F: number 0, papaparse: string 0x1F
0b11: number 0, papaparse: string 0b11
0o17: number 0, papaparse: string 0o17
1e3: number 1000, papaparse: number 1000
1e999: string 1e999, papaparse: string 1e999
9007199254740993: number 9007199254740992, papaparse: string 9007199254740993'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund csv-parse@7.0.3 papaparse@5.7.1 >install.txt

cat >finding.js <<'JS'
import { parse } from 'csv-parse/sync';
import papaparse from 'papaparse';

for (const text of ['0x1F', '0b11', '0o17', '1e3', '1e999', '9007199254740993']) {
  const [[cast]] = parse(text, { cast: true });
  const [[typed]] = papaparse.parse(text, { dynamicTyping: true }).data;
  console.log(`${text}: ${typeof cast} ${cast}, papaparse: ${typeof typed} ${typed}`);
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
