// What a restore with another parallelism costs beside a plain one: from the bytes of the snapshots to keyed state that can go on, all subtasks one after
// the other in one thread.
import { must } from '../src/core/base/assert.ts';
import { checkHandle, handleOf } from '../src/core/checkpoint/handles.ts';
import { verticesInCheckpoint, type CheckpointMetadata } from '../src/core/checkpoint/metadata.ts';
import { decodeTaskSnapshot, encodeTaskSnapshot } from '../src/core/checkpoint/snapshot-codec.ts';
import { batchOfRows, NO_TIMESTAMP } from '../src/core/graph/batch.ts';
import { chainOperators } from '../src/core/graph/chaining.ts';
import { defineJob } from '../src/core/graph/define-job.ts';
import { withParallelism, type JobVertex } from '../src/core/graph/job-graph.ts';
import { subtaskOfKey } from '../src/core/graph/partitioners.ts';
import { snapshotsFor } from '../src/core/jobmanager/state-assignment.ts';
import {
  beginSnapshot,
  createChain,
  createRestoreCursor,
  processBatch,
  resolveChain,
  restoreStep,
  snapshotStep,
} from '../src/core/operators/chain.ts';
import { measure, type Rounds, type Spent } from './measure.ts';

export interface RescaleSizes {
  readonly rounds: Rounds;
  readonly keys: number;
  readonly from: number;
  readonly to: number;
}

export const WHOLE_RESCALE: RescaleSizes = { rounds: { warmUp: 1, counted: 5 }, keys: 1_000_000, from: 2, to: 4 };

export interface RescaleMeasured {
  readonly plain: Spent;
  readonly rescaled: Spent;
  /** Of all snapshots. */
  readonly sizeBytes: number;
}

const CHECKPOINT = 1;
const EVERYTHING = Number.MAX_SAFE_INTEGER;
const nowhere = { onRows: () => undefined };

type Count = { readonly key: number; readonly count: number };

const job = defineJob('rescale', (env) =>
  env
    .fromSource<number>('numbers', { topic: 'numbers', splits: 1 })
    .map('one', (key): Count => ({ key, count: 1 }))
    .keyBy(({ key }) => key)
    .reduce('count', (sum, { key, count }) => ({ key, count: sum.count + count }))
    .sinkTo('out', { sink: 'out' }),
);

/** In turn, so that what else the machine does makes both slower. */
export function measureRescale({ rounds, keys, from, to }: RescaleSizes): RescaleMeasured {
  const { metadata, blobs } = checkpointOf(keys, from);
  const [before, after] = [counterOf(from), counterOf(to)];
  const one: Rounds = { warmUp: 0, counted: 1 };
  const plain: Spent[] = [];
  const rescaled: Spent[] = [];
  for (let round = 0; round < rounds.warmUp + rounds.counted; round++) {
    plain.push(measure(one, () => restoreAll(metadata, blobs, before)));
    rescaled.push(measure(one, () => restoreAll(metadata, blobs, after)));
  }
  const sizeBytes = [...blobs.values()].reduce((sum, { length }) => sum + length, 0);
  return { plain: least(plain, rounds), rescaled: least(rescaled, rounds), sizeBytes };
}

function least(all: readonly Spent[], { warmUp }: Rounds): Spent {
  const counted = all.slice(warmUp);
  return {
    wallMs: Math.min(...counted.map(({ wallMs }) => wallMs)),
    cpuMs: Math.min(...counted.map(({ cpuMs }) => cpuMs)),
  };
}

function counterOf(parallelism: number): JobVertex {
  const { vertices } = chainOperators(
    withParallelism(job.graph, [
      { operator: 'count', parallelism },
      { operator: 'out', parallelism },
    ]),
  );
  return must(
    vertices.find(({ operators }) => operators[0]?.id === 'count'),
    'the counter',
  );
}

function chainOf({ operators, parallelism }: JobVertex, subtask: number) {
  return createChain(operators.slice(0, 1), { subtask, parallelism, maxParallelism: job.graph.maxParallelism });
}

interface Checkpoint {
  readonly metadata: CheckpointMetadata;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

function checkpointOf(keys: number, parallelism: number): Checkpoint {
  const vertex = counterOf(parallelism);
  const blobs = new Map<string, Uint8Array>();
  const subtasks = Array.from({ length: parallelism }, (_, subtask) => {
    const name = `rescale/chk-${CHECKPOINT}/0-${subtask}`;
    const bytes = encodeTaskSnapshot({
      format: 'millrace-snapshot',
      version: 3,
      checkpointId: CHECKPOINT,
      watermark: NO_TIMESTAMP,
      atEnd: false,
      splits: [],
      operators: stateOf(vertex, subtask, keys),
      transactions: [],
    });
    blobs.set(name, bytes);
    return {
      vertex: 0,
      subtask,
      attempt: 1,
      handle: handleOf(name, bytes),
      atEnd: false,
      splits: [],
      transactions: [],
    };
  });
  const metadata: CheckpointMetadata = {
    format: 'millrace-checkpoint',
    version: 3,
    jobId: 'rescale',
    checkpointId: CHECKPOINT,
    epoch: 1,
    maxParallelism: job.graph.maxParallelism,
    final: false,
    vertices: verticesInCheckpoint([vertex]),
    subtasks,
    coordinators: [],
  };
  return { metadata, blobs };
}

function stateOf(vertex: JobVertex, subtask: number, keys: number) {
  const chain = chainOf(vertex, subtask);
  const code = resolveChain(vertex.operators.slice(0, 1), job.program, null);
  for (let key = 0; key < keys; key++) {
    if (subtaskOfKey(key, job.graph.maxParallelism, vertex.parallelism) !== subtask) continue;
    processBatch(chain, code, batchOfRows([{ key, count: 1 } satisfies Count], [NO_TIMESTAMP]), nowhere);
  }
  return must(snapshotStep(chain, beginSnapshot(chain), EVERYTHING), 'the whole snapshot');
}

/** What a task does with what it is given, and keeps for nobody. */
function restoreAll(metadata: CheckpointMetadata, blobs: ReadonlyMap<string, Uint8Array>, vertex: JobVertex): void {
  for (let subtask = 0; subtask < vertex.parallelism; subtask++) {
    const chain = chainOf(vertex, subtask);
    const operators = snapshotsFor(metadata, vertex, subtask).flatMap(({ handle }) => {
      const intact = checkHandle(handle, must(blobs.get(handle.name), handle.name));
      const snapshot = intact.ok ? decodeTaskSnapshot(intact.value) : intact;
      if (!snapshot.ok) throw new Error(snapshot.reason);
      return snapshot.value.operators;
    });
    const done = restoreStep(chain, operators, createRestoreCursor(), EVERYTHING);
    if (!done.ok) throw new Error(done.reason);
  }
}

const ms = ({ cpuMs }: Spent): string => `${Math.round(cpuMs)} ms of CPU`;

export function rescaleLines(
  { plain, rescaled, sizeBytes }: RescaleMeasured,
  { keys, from, to }: RescaleSizes,
): readonly string[] {
  const ratio = (rescaled.cpuMs / plain.cpuMs).toFixed(2);
  return [
    `restore of ${keys.toLocaleString('en')} keys, ${(sizeBytes / 1e6).toFixed(1)} MB: ${from} subtasks from ${from} ${ms(plain)}, ${to} from ${from} ${ms(rescaled)}, ${ratio} times as much`,
  ];
}
