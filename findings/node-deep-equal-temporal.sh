#!/usr/bin/env bash
# Version: Node 26.10.0, node:assert and node:util.
# Behaviour: assert.deepStrictEqual and util.isDeepStrictEqual call any two Temporal values of one type equal, for
# they compare own properties, and a Temporal value has none. A test that compares two instants never fails.
# A good guess: Temporal values are compared by value, as Date values are.
# Output seen:
#   Date: different
#   Temporal.Instant: equal
#   Temporal.PlainDate: equal
#   Temporal.Duration: equal
#   assert.deepStrictEqual of two records with different instants: passed
#   Temporal.Instant.compare: -1
set -euo pipefail

expected='Date: different
Temporal.Instant: equal
Temporal.PlainDate: equal
Temporal.Duration: equal
assert.deepStrictEqual of two records with different instants: passed
Temporal.Instant.compare: -1'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund node@26.10.0 >install.txt

cat >finding.js <<'JS'
import assert from 'node:assert';
import { isDeepStrictEqual } from 'node:util';

const tell = (name, left, right) => console.log(`${name}: ${isDeepStrictEqual(left, right) ? 'equal' : 'different'}`);
const verdict = (left, right) => {
  try {
    assert.deepStrictEqual(left, right);
    return 'passed';
  } catch {
    return 'failed';
  }
};
const early = Temporal.Instant.from('2020-01-01T00:00:00Z');
const late = Temporal.Instant.from('2021-01-01T00:00:00Z');

tell('Date', new Date(early.epochMilliseconds), new Date(late.epochMilliseconds));
tell('Temporal.Instant', early, late);
tell('Temporal.PlainDate', Temporal.PlainDate.from('2020-01-01'), Temporal.PlainDate.from('2021-01-01'));
tell('Temporal.Duration', Temporal.Duration.from('PT1S'), Temporal.Duration.from('PT2S'));
const records = verdict({ key: 'a', at: early }, { key: 'a', at: late });
console.log(`assert.deepStrictEqual of two records with different instants: ${records}`);
console.log(`Temporal.Instant.compare: ${Temporal.Instant.compare(early, late)}`);
JS

seen=$(./node_modules/node/bin/node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
