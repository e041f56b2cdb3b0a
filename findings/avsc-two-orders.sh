#!/usr/bin/env bash
# Package: avsc 5.7.9, any Node.
# Behaviour: a string type has two orders. compare() goes by UTF-16 units, compareBuffers() by bytes of UTF-8, and of a character
# behind U+FFFF and one between U+E000 and U+FFFF each says that another one comes first. Avro orders strings by their UTF-8 bytes.
# A good guess: values are ordered as their encodings are; that is what the order of Avro's specification is for.
# Output seen:
#   by value: U+FF5E U+1F30A, compare 1; by bytes: compareBuffers -1
#   sorted by value: U+1F30A U+FF5E; sorted by bytes: U+FF5E U+1F30A
set -euo pipefail

expected='by value: U+FF5E U+1F30A, compare 1; by bytes: compareBuffers -1
sorted by value: U+1F30A U+FF5E; sorted by bytes: U+FF5E U+1F30A'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund avsc@5.7.9 >install.txt

cat >finding.js <<'JS'
import avro from 'avsc';

const type = avro.Type.forSchema('string');
const [tilde, wave] = ['\uFF5E', '\u{1F30A}'];
const names = (texts) => texts.map((text) => `U+${text.codePointAt(0).toString(16).toUpperCase()}`).join(' ');
const byBytes = (one, other) => type.compareBuffers(type.toBuffer(one), type.toBuffer(other));
const both = [tilde, wave];
console.log(`by value: ${names(both)}, compare ${type.compare(tilde, wave)}; by bytes: compareBuffers ${byBytes(tilde, wave)}`);
console.log(`sorted by value: ${names(both.toSorted(type.compare.bind(type)))}; sorted by bytes: ${names(both.toSorted(byBytes))}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
