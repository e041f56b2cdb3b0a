#!/usr/bin/env bash
# Version: Node 26.10.0 (V8 14.6), option --random-seed.
# Behaviour: with --random-seed=N every context starts Math.random from N again. The main program, each new vm context
# and each worker thread draw the very same numbers.
# A good guess: one seeded stream for the process, from which every part draws its own numbers, so that two simulated
# nodes in two contexts or two workers differ from each other.
# Output seen:
#   seed 42: main, context, context, worker, worker: 1 stream of 5
#   no seed: main, context, context, worker, worker: 5 streams of 5
set -euo pipefail

expected='seed 42: main, context, context, worker, worker: 1 stream of 5
no seed: main, context, context, worker, worker: 5 streams of 5'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund node@26.10.0 >install.txt

cat >finding.js <<'JS'
import { once } from 'node:events';
import vm from 'node:vm';
import { Worker } from 'node:worker_threads';

const DRAW = 'Array.from({ length: 100 }, () => Math.random()).join()';
const ofMain = () => Array.from({ length: 100 }, () => Math.random()).join();
const ofContext = () => vm.runInNewContext(DRAW);
const ofWorker = async () => {
  const code = `require('node:worker_threads').parentPort.postMessage(${DRAW})`;
  const [stream] = await once(new Worker(code, { eval: true }), 'message');
  return stream;
};

const streams = [ofMain(), ofContext(), ofContext(), await ofWorker(), await ofWorker()];
const count = new Set(streams).size;
const what = `${count} ${count === 1 ? 'stream' : 'streams'} of ${streams.length}`;
console.log(`${process.argv[2]}: main, context, context, worker, worker: ${what}`);
JS

seen=$(
  ./node_modules/node/bin/node --random-seed=42 finding.js 'seed 42'
  ./node_modules/node/bin/node finding.js 'no seed'
)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
