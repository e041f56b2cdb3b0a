// Builds what is left of a real run, for tests: what was written to the HA service, metadata of checkpoints, parts of sinks.
import { encodeMetadata } from '../../../../src/core/checkpoint/metadata-codec.ts';
import { handleOf } from '../../../../src/core/checkpoint/handles.ts';
import { verticesInCheckpoint } from '../../../../src/core/checkpoint/metadata.ts';
import { chainOperators } from '../../../../src/core/graph/chaining.ts';
import { withDefaults } from '../../../../src/core/base/options.ts';
import type { Value } from '../../../../src/core/base/value.ts';
import type { ClientResult } from '../../../../src/core/client/client.ts';
import { clusterOptionTable } from '../../../../src/core/protocol/cluster-options.ts';
import { checkpointsKey, jobKey, resultKey, savepointKey } from '../../../../src/core/protocol/ha-keys.ts';
import type { WantedState } from '../../../../src/core/protocol/ha-records.ts';
import type { SnapshotHandle } from '../../../../src/core/protocol/messages.ts';
import type { JobReason } from '../../../../src/core/protocol/reasons.ts';
import {
  encodeCheckpoints,
  encodeJob,
  encodeResult,
  encodeSavepoint,
} from '../../../../src/core/protocol/records-codec.ts';
import type { EndStatus } from '../../../../src/core/protocol/states.ts';
import type { KeyWrite } from '../../../../src/net-real/ha-map.ts';
import type { ClientView } from '../../../../src/cli/real/client-plans.ts';
import { contextsOf } from '../../../../src/cli/real/contexts.ts';
import { jobsOfRun } from '../../../../src/cli/real/jobs/ends.ts';
import { judgeJobs, type CommittedPart, type Remains } from '../../../../src/cli/real/jobs/judge-jobs.ts';
import type { OutputVerdict } from '../../../../src/cli/real/judge-output.ts';
import { jobsOf } from '../../../../src/scenario/jobs.ts';
import { defineJob, type JobDefinition, type SubmittedJob } from '../../../../src/scenario/millrace-scenario.ts';
import type { Scenario } from '../../../../src/scenario/scenario.ts';
import { ENDED, SUBMITTED } from '../../../core/jobmanager/sample-job.ts';

/** Records of the one split that all jobs read. */
export const RECORDS = 10;
/** At which a job of `failing` throws. */
export const STONE = 6;

const reading = (name: string, map: (number: number) => Value): JobDefinition =>
  defineJob(name, (env) =>
    env.fromSource<number>('numbers', { topic: 'numbers', splits: 1 }).map('map', map).sinkTo('out', { sink: 'out' }),
  );

/** Commits each number twice as large. */
export const doubling = reading('doubling', (number) => 2 * number);

export const failing = reading('failing', (number) => {
  if (number === STONE) throw new Error('a stone');
  return 2 * number;
});

/** What `doubling` commits of its records from one up to another. */
export const doubled = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => 2 * (from + index));

export const cluster = { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 1 };

export function scenarioOf(...jobs: readonly SubmittedJob[]): Scenario {
  const topics = { numbers: { splits: [Array.from({ length: RECORDS }, (_, number) => number)] } };
  return { name: 'judged', about: 'Is judged.', cluster, jobs, input: () => topics, faults: {}, reference: true };
}

/** What is left, as it is noted step by step. */
export class Left {
  readonly #history: KeyWrite[] = [];
  readonly #metadata = new Map<string, Uint8Array>();
  readonly #parts: CommittedPart[] = [];
  readonly #partsAtEnd = new Map<string, ReadonlySet<string>>();
  readonly #clients: ClientView[] = [];

  #write(key: string, value: Uint8Array | null): void {
    this.#history.push({ key, value });
  }

  accept(jobId: string, wanted: WantedState = { kind: 'RUNNING' }, from: SnapshotHandle | null = null): this {
    const restore =
      from === null
        ? null
        : {
            jobId: 'job-1',
            savepointId: 's',
            allowNonRestoredState: false,
            claimMode: 'NO_CLAIM' as const,
            checkpointId: 1,
            metadata: from,
          };
    const { graph } = doubling;
    const record = { jobId, submitted: SUBMITTED, graph, artifact: 'a', wanted, parallelism: [], restore };
    this.#write(jobKey(jobId), encodeJob(record));
    return this;
  }

  /** Metadata of a checkpoint behind so many records. */
  metadata(jobId: string, checkpointId: number, position: number): SnapshotHandle {
    const snapshot = { name: 'snapshot', sizeBytes: 1, checksum: 1 };
    const { vertices } = chainOperators(doubling.graph);
    const bytes = encodeMetadata({
      format: 'millrace-checkpoint',
      version: 3,
      jobId,
      checkpointId,
      epoch: 1,
      maxParallelism: doubling.graph.maxParallelism,
      final: false,
      vertices: verticesInCheckpoint(vertices),
      subtasks: [
        {
          vertex: 0,
          subtask: 0,
          attempt: 1,
          handle: snapshot,
          atEnd: false,
          splits: [{ operator: 'numbers', split: 0, position }],
          transactions: [],
        },
      ],
      coordinators: [],
    });
    const name = `${jobId}/chk-${checkpointId}/metadata-e1`;
    this.#metadata.set(name, bytes);
    return handleOf(name, bytes);
  }

  complete(jobId: string, checkpointId: number, position: number): this {
    const metadata = this.metadata(jobId, checkpointId, position);
    const completed = [{ checkpointId, metadata, final: false }];
    this.#write(checkpointsKey(jobId), encodeCheckpoints({ completed }));
    return this;
  }

  save(jobId: string, savepointId: string, metadata: SnapshotHandle, disposed = false): this {
    const record = {
      kind: 'savepoint' as const,
      jobId,
      savepointId,
      checkpointId: 1,
      metadata,
      completedAt: 0,
      disposed,
    };
    this.#write(savepointKey(jobId, savepointId), encodeSavepoint(record));
    return this;
  }

  end(jobId: string, status: EndStatus, savepointId: string | null = null, reason: JobReason | null = null): this {
    this.#write(resultKey(jobId), encodeResult({ jobId, ...ENDED, status, reason, savepointId, clean: false }));
    return this;
  }

  commit(jobId: string, checkpoint: number, records: readonly Value[]): this {
    this.#parts.push({ sink: 'out', name: `part-${jobId}-0-${checkpoint}`, jobId, records });
    return this;
  }

  /** A client is told, and this is what the sinks hold then. */
  tell(jobId: string, result: ClientResult): this {
    const own = this.#parts.filter((part) => part.jobId === jobId);
    this.#partsAtEnd.set(jobId, new Set(own.map(({ name }) => `out/${name}`)));
    this.#clients.push({ address: `client-${this.#clients.length + 1}`, wants: 'submit', jobId, result });
    return this;
  }

  remains(): Remains {
    return {
      history: this.#history,
      metadata: this.#metadata,
      parts: this.#parts,
      partsAtEnd: this.#partsAtEnd,
      clients: this.#clients,
    };
  }

  judgedAs(scenario: Scenario): OutputVerdict {
    const topics = scenario.input({ data: {}, pick: () => 0, times: 1 });
    const contexts = contextsOf(scenario, topics, withDefaults(clusterOptionTable), { what: '' }, null);
    return judgeJobs(scenario, jobsOfRun(jobsOf(scenario), scenario.cluster), contexts, this.remains()).verdict;
  }
}

export function ended(status: EndStatus, savepointId: string | null = null): ClientResult {
  return { kind: 'job', status, reason: null, savepointId, retainedCheckpoint: null };
}
