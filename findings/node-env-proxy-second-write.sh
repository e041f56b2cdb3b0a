#!/usr/bin/env bash
# Version: Node 26.10.0, process.env.
# Behaviour: a Proxy around process.env without a set trap takes the first write of a new name and throws on the next
# write of the same name. A proxy that traps only reads thus works until a variable is changed.
# A good guess: a proxy without a set trap passes every write on, or none.
# Reason: an ordinary write through a proxy ends in defineProperty. For a new name the descriptor is complete; for a
# known name it holds the value alone, and process.env refuses a descriptor that is not complete.
# Output seen:
#   plain object: written, written, value 2
#   process.env: written, ERR_INVALID_OBJECT_DEFINE_PROPERTY, value 1
#   process.env, Reflect.set from a set trap: written, written, value 2
set -euo pipefail

expected='plain object: written, written, value 2
process.env: written, ERR_INVALID_OBJECT_DEFINE_PROPERTY, value 1
process.env, Reflect.set from a set trap: written, written, value 2'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund node@26.10.0 >install.txt

cat >finding.js <<'JS'
const write = (target, name, value) => {
  try {
    target[name] = value;
    return 'written';
  } catch (error) {
    return error.code;
  }
};
const tell = (what, target, handler, name) => {
  const proxy = new Proxy(target, handler);
  const results = [write(proxy, name, '1'), write(proxy, name, '2')];
  console.log(`${what}: ${results.join(', ')}, value ${target[name]}`);
};
const reads = { get: (target, name) => target[name] };

tell('plain object', {}, reads, 'FINDING_A');
tell('process.env', process.env, reads, 'FINDING_B');
const passesOn = { ...reads, set: (target, name, value) => Reflect.set(target, name, value) };
tell('process.env, Reflect.set from a set trap', process.env, passesOn, 'FINDING_C');
JS

seen=$(./node_modules/node/bin/node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
