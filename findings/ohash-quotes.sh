#!/usr/bin/env bash
# Package: ohash 2.0.12, any Node.
# Behaviour: two different values are equal and have one hash if a text of the first holds a quote and a comma, as the text form
# from which ohash makes its hash does not escape quotes. The keys of a Map are taken as texts: of 1 and '1' there is no difference.
# A good guess: isEqual tells plain values apart. The documentation says that it compares the text forms, and of them only
# that a user can intend a collision.
# Output seen:
#   ["a','b"] and ["a","b"]: isEqual true, one hash true, serialized ['a','b']
#   {"a":"1',b:'2"} and {"a":"1","b":"2"}: isEqual true, one hash true, serialized {a:'1',b:'2'}
#   [[1,"x"]] and [["1","x"]] as Maps: isEqual true, one hash true, serialized Map{1:'x'}
#   ["a\"b"] and ["a","b"]: isEqual false, one hash false, serialized ['a"b']
set -euo pipefail

expected=$(cat <<'TEXT'
["a','b"] and ["a","b"]: isEqual true, one hash true, serialized ['a','b']
{"a":"1',b:'2"} and {"a":"1","b":"2"}: isEqual true, one hash true, serialized {a:'1',b:'2'}
[[1,"x"]] and [["1","x"]] as Maps: isEqual true, one hash true, serialized Map{1:'x'}
["a\"b"] and ["a","b"]: isEqual false, one hash false, serialized ['a"b']
TEXT
)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund ohash@2.0.12 >install.txt

cat >finding.js <<'JS'
import { hash, isEqual, serialize } from 'ohash';

const textOf = (value) => JSON.stringify(value instanceof Map ? [...value] : value);
const tell = (left, right, note = '') =>
  console.log(
    `${textOf(left)} and ${textOf(right)}${note}: isEqual ${isEqual(left, right)}, ` +
      `one hash ${hash(left) === hash(right)}, serialized ${serialize(left)}`,
  );
tell(["a','b"], ['a', 'b']);
tell({ a: "1',b:'2" }, { a: '1', b: '2' });
tell(new Map([[1, 'x']]), new Map([['1', 'x']]), ' as Maps');
tell(['a"b'], ['a', 'b']);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
