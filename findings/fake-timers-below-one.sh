#!/usr/bin/env bash
# Package: @sinonjs/fake-timers 15.5.0, on Node 26.10.0.
# Behaviour: the fake setTimeout keeps delays below 1 ms apart from 1 ms, so a later setTimeout of 0 fires first.
# The real setTimeout of Node makes 1 ms of each of them, and fires them in the order in which they were set.
# A good guess: the fake clock keeps Node's order, so that a race that a test shows is one that can happen.
# Output seen:
#   real: 1,0,0.5
#   fake: 0,0.5,1
set -euo pipefail

expected='real: 1,0,0.5
fake: 0,0.5,1'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund node@26.10.0 @sinonjs/fake-timers@15.5.0 >install.txt

cat >finding.js <<'JS'
import FakeTimers from '@sinonjs/fake-timers';

const DELAYS_MS = [1, 0, 0.5];
const set = (fired, done) => {
  for (const delayMs of DELAYS_MS) {
    setTimeout(() => {
      fired.push(delayMs);
      if (fired.length === DELAYS_MS.length) done();
    }, delayMs);
  }
};

const real = [];
await new Promise((done) => set(real, done));
console.log(`real: ${real.join()}`);

const clock = FakeTimers.install({ toFake: ['setTimeout'] });
const fake = [];
set(fake, () => {});
clock.tick(10);
clock.uninstall();
console.log(`fake: ${fake.join()}`);
JS

seen=$(./node_modules/node/bin/node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
