#!/usr/bin/env bash
# Packages: @platformatic/kafka 2.12.1, and kafkajs 2.2.4, whose default partitioner is that of the Java clients; any Node.
# Behaviour: where the number of partitions is no power of two, the default partitioner of @platformatic/kafka sends half of all
# keys elsewhere. Its hash is the same, but a negative one is taken as an unsigned number; Java clears the sign bit.
# A good guess: clients whose hash is murmur2 agree, so that producers in several languages keep one order by key.
# Output seen:
#   2 partitions: 0 of 1000 keys elsewhere, 0 with compatibilityPartitioner
#   3 partitions: 499 of 1000 keys elsewhere, 0 with compatibilityPartitioner
#   4 partitions: 0 of 1000 keys elsewhere, 0 with compatibilityPartitioner
#   12 partitions: 499 of 1000 keys elsewhere, 0 with compatibilityPartitioner
set -euo pipefail

expected='2 partitions: 0 of 1000 keys elsewhere, 0 with compatibilityPartitioner
3 partitions: 499 of 1000 keys elsewhere, 0 with compatibilityPartitioner
4 partitions: 0 of 1000 keys elsewhere, 0 with compatibilityPartitioner
12 partitions: 499 of 1000 keys elsewhere, 0 with compatibilityPartitioner'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund @platformatic/kafka@2.12.1 kafkajs@2.2.4 >install.txt

cat >finding.js <<'JS'
import { compatibilityPartitioner, defaultPartitioner } from '@platformatic/kafka';
import kafkajs from 'kafkajs';

const java = kafkajs.Partitioners.DefaultPartitioner();
const keys = Array.from({ length: 1000 }, (_, index) => Buffer.from(`order-${index}`));
for (const partitions of [2, 3, 4, 12]) {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 1 }));
  const elsewhere = (partitioner) =>
    keys.filter((key) => partitioner({}, key) % partitions !== java({ topic: 'orders', partitionMetadata, message: { key } })).length;
  const [byDefault, compatible] = [defaultPartitioner, compatibilityPartitioner].map(elsewhere);
  console.log(`${partitions} partitions: ${byDefault} of 1000 keys elsewhere, ${compatible} with compatibilityPartitioner`);
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
