#!/usr/bin/env bash
# Package: fastpriorityqueue 0.8.0, any Node.
# Behaviour: kSmallest(k) looks only at the first 2^(k-1)+1 elements of the heap. From 3 on it leaves out smaller elements that
# are behind them, as k levels of a heap hold 2^k-1.
# A good guess: the comment on it promises the k smallest elements of the queue, which poll called k times gives.
# Output seen:
#   kSmallest(2) 0 1, poll 0 1
#   kSmallest(3) 0 1 10, poll 0 1 2
#   kSmallest(4) 0 1 2 3, poll 0 1 2 3
#   wrong in 1000 random queues of 100: 0 for 2, 103 for 3, 129 for 4, 27 for 5
set -euo pipefail

expected='kSmallest(2) 0 1, poll 0 1
kSmallest(3) 0 1 10, poll 0 1 2
kSmallest(4) 0 1 2 3, poll 0 1 2 3
wrong in 1000 random queues of 100: 0 for 2, 103 for 3, 129 for 4, 27 for 5'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund fastpriorityqueue@0.8.0 >install.txt

cat >finding.js <<'JS'
import FastPriorityQueue from 'fastpriorityqueue';

const queueOf = (values) => {
  const queue = new FastPriorityQueue();
  for (const value of values) queue.add(value);
  return queue;
};
const polled = (queue, count) => Array.from({ length: count }, () => queue.poll()).join(' ');
const VALUES = [0, 10, 1, 20, 21, 2, 3];
for (const count of [2, 3, 4])
  console.log(`kSmallest(${count}) ${queueOf(VALUES).kSmallest(count).join(' ')}, poll ${polled(queueOf(VALUES), count)}`);

let state = 1;
const draw = () => (state = (state * 48_271) % 2_147_483_647);
const queues = Array.from({ length: 1_000 }, () => Array.from({ length: 100 }, draw));
const wrong = [2, 3, 4, 5].map((count) => {
  const differ = queues.filter((values) => queueOf(values).kSmallest(count).join(' ') !== polled(queueOf(values), count));
  return `${differ.length} for ${count}`;
});
console.log(`wrong in ${queues.length} random queues of 100: ${wrong.join(', ')}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
