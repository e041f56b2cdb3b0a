#!/usr/bin/env bash
# Package: apache-arrow 21.2.0 for JavaScript, any Node.
# Behaviour: Vector.set on a column of texts that was inferred writes into the dictionary, not the row: each row with the former text
# has the new one. In a column of type Utf8 it writes over the bytes of the former text: a longer one is cut, a shorter one keeps
# the rest of it.
# A good guess: set(0, text) changes row 0, as it does for a column of numbers.
# Output seen:
#   texts: closed closed closed
#   numbers: 2 2 1
#   Utf8: clos opened open
set -euo pipefail

expected='texts: closed closed closed
numbers: 2 2 1
Utf8: clos opened open'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund apache-arrow@21.2.0 >install.txt

cat >finding.js <<'JS'
import { Int32, Utf8, vectorFromArray } from 'apache-arrow';

const texts = vectorFromArray(['open', 'closed', 'open']);
texts.set(0, 'closed');
console.log(`texts: ${[...texts].join(' ')}`);

const numbers = vectorFromArray([1, 2, 1], new Int32());
numbers.set(0, 2);
console.log(`numbers: ${[...numbers].join(' ')}`);

const plain = vectorFromArray(['open', 'closed', 'open'], new Utf8());
plain.set(0, 'closed');
plain.set(1, 'open');
console.log(`Utf8: ${[...plain].join(' ')}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
