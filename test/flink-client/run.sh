#!/usr/bin/env bash
# Flink's own REST client against a cluster of this checkout (README.md). Needs a JDK 17, Maven and Maven Central; what it makes is in a temporary folder.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$(mktemp -d)
cluster=''
trap '[ -z "$cluster" ] || { kill "$cluster"; wait "$cluster" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
cp "$here/pom.xml" .
mvn -q -B dependency:build-classpath -Dmdep.outputFile=classpath
classpath=$(cat classpath)
javac -nowarn -cp "$classpath" -d . "$here/FlinkClient.java"
millrace() { node "$root/src/cli/millrace.ts" "$@"; }

cat > job.ts <<'JOB'
import { defineJob } from 'millrace';
export const job = defineJob('counts', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'generator:', splits: 2, recordsPerSecond: 200, parallelism: 2 })
    .keyBy((n) => String(n % 10))
    .reduce('count', (a, b) => a + b, { parallelism: 2 })
    .sinkTo('out', { sink: 'jsonl:out', parallelism: 2 }),
);
JOB
millrace bundle job.ts --output job.jar
node "$root/src/cli/millrace.ts" cluster --task-managers 2 --rest-port 0 --set checkpointIntervalMs=500 > cluster.log 2>&1 &
cluster=$!
for _ in $(seq 100); do [ -s .millrace/rest-token ] && grep -qo '127.0.0.1:[0-9]*' cluster.log && break; sleep 0.1; done
address=$(grep -o 'http://127.0.0.1:[0-9]*' cluster.log | head -1 | sed 's#http://##')
FLINK_REST_CLIENT_HEADERS="Authorization:Bearer $(cat .millrace/rest-token)" \
  java -cp ".:$classpath" -Dlog4j2.level=OFF FlinkClient "$address" job.jar
