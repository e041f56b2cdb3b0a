#!/usr/bin/env bash
# Package: rxjs 7.8.2, VirtualTimeScheduler, any Node.
# Behaviour: an action that is scheduled with a negative delay turns the virtual clock back. now() is lower inside the
# action than it was for the code that scheduled it, and the action fires before one of delay 0 that was set earlier.
# asyncScheduler fires the two in the order in which they were set, and its now() does not go back.
# A good guess: a virtual clock never goes back, and a delay below 0 counts as 0, as it does for timers.
# Output seen:
#   virtual: first at 5, negative at 2, zero at 5
#   async: first, zero, negative
set -euo pipefail

expected='virtual: first at 5, negative at 2, zero at 5
async: first, zero, negative'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund rxjs@7.8.2 >install.txt

cat >finding.js <<'JS'
import { asyncScheduler, VirtualTimeScheduler } from 'rxjs';

const play = (scheduler, note) => {
  scheduler.schedule(() => {
    note('first');
    scheduler.schedule(() => note('zero'), 0);
    scheduler.schedule(() => note('negative'), -3);
  }, 5);
};

const virtual = new VirtualTimeScheduler();
const virtualNotes = [];
play(virtual, (name) => virtualNotes.push(`${name} at ${virtual.now()}`));
virtual.flush();
console.log(`virtual: ${virtualNotes.join(', ')}`);

const notes = [];
await new Promise((done) => {
  play(asyncScheduler, (name) => {
    notes.push(name);
    if (notes.length === 3) done();
  });
});
console.log(`async: ${notes.join(', ')}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
