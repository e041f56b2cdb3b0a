#!/usr/bin/env bash
# Packages: charwise 3.0.1, and bytewise 1.1.0, whose order it promises to keep; any Node.
# Behaviour: an array of which a text goes on with a space, or a control character, comes before the array of the shorter text,
# since the marks ! and " that end an item are greater than a space. A range of keys then lacks some and holds others.
# A good guess: its documentation promises an encoding whose order is the order of the values, like bytewise.
# Output seen:
#   charwise: ["new york"] ["new york","bus"] ["new"] ["new","bus"] ["old"]
#   bytewise: ["new"] ["new","bus"] ["new york"] ["new york","bus"] ["old"]
#   after all of "new": charwise ["old"], bytewise ["new york"] ["new york","bus"] ["old"]
set -euo pipefail

expected='charwise: ["new york"] ["new york","bus"] ["new"] ["new","bus"] ["old"]
bytewise: ["new"] ["new","bus"] ["new york"] ["new york","bus"] ["old"]
after all of "new": charwise ["old"], bytewise ["new york"] ["new york","bus"] ["old"]'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund charwise@3.0.1 bytewise@1.1.0 >install.txt

cat >finding.js <<'JS'
import bytewise from 'bytewise';
import charwise from 'charwise';

const KEYS = [['old'], ['new', 'bus'], ['new york', 'bus'], ['new'], ['new york']];
const codecs = { charwise, bytewise };
const codeOf = (name, key) => Buffer.from(codecs[name].encode(key));
const inOrder = (name, keys) =>
  keys
    .toSorted((left, right) => Buffer.compare(codeOf(name, left), codeOf(name, right)))
    .map((key) => JSON.stringify(key))
    .join(' ');
const afterAllOfNew = (name) =>
  inOrder(name, KEYS.filter((key) => Buffer.compare(codeOf(name, key), codeOf(name, ['new', undefined])) > 0));

for (const name of ['charwise', 'bytewise']) console.log(`${name}: ${inOrder(name, KEYS)}`);
console.log(`after all of "new": charwise ${afterAllOfNew('charwise')}, bytewise ${afterAllOfNew('bytewise')}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
