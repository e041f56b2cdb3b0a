#!/usr/bin/env bash
# Package: cbor 10.0.12, whose engines field allows any Node from 20 on; Node 26.10.0.
# Behaviour: encode returns the first byte of nearly every value and drops the rest without an error: of 1000 one byte of three,
# of an object the number of its keys. Node 20 gives all the bytes, which here are those of cborg.
# A good guess: a package that names a Node as supported encodes there as before. Node 26 made stream.read() return one
# buffer instead of all of them, and cbor takes what one read() returns.
# Output seen:
#   7: 07 of 07
#   1000: 19 of 1903e8
#   "text": 64 of 6474657874
#   [1,2,3]: 83 of 83010203
#   {"id":7}: a1 of a162696407
#   []: 80 of 80
set -euo pipefail

expected='7: 07 of 07
1000: 19 of 1903e8
"text": 64 of 6474657874
[1,2,3]: 83 of 83010203
{"id":7}: a1 of a162696407
[]: 80 of 80'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund node@26.10.0 cbor@10.0.12 cborg@6.1.5 >install.txt

cat >finding.js <<'JS'
import cbor from 'cbor';
import * as cborg from 'cborg';

const tell = (value) => {
  const [whole, seen] = [cborg.encode(value), cbor.encode(value)].map((bytes) => Buffer.from(bytes).toString('hex'));
  console.log(`${JSON.stringify(value)}: ${seen} of ${whole}`);
};
tell(7);
tell(1000);
tell('text');
tell([1, 2, 3]);
tell({ id: 7 });
tell([]);
JS

seen=$(node_modules/.bin/node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
