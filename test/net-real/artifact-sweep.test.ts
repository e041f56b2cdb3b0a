// Which artifacts go, and which never do: by age and number those that no job needs, and no job of which a savepoint is there.
import { existsSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JobRecord, SavepointRecord } from '../../src/core/protocol/ha-records.ts';
import { encodeJob, encodeSavepoint } from '../../src/core/protocol/records-codec.ts';
import { RETAINED_ARTIFACTS } from '../../src/net-real/artifact-bounds.ts';
import {
  artifactPath,
  ARTIFACT_USERS,
  keepArtifact,
  listArtifacts,
  touchArtifact,
} from '../../src/net-real/artifact-store.ts';
import { sweepArtifacts, sweepNowAndThen } from '../../src/net-real/artifact-sweep.ts';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import type { Port } from '../../src/net-real/port.ts';
import { sampleGraph } from '../core/jobmanager/sample-job.ts';
import { temporaryFolder } from './temporary-folder.ts';

const DAY_MS = 86_400_000;
const folder = temporaryFolder();
const storage = (): string => folder.path('storage');
let service: Port;
beforeEach(() => {
  service = haDirectory({ folder: folder.path('ha') });
});
afterEach(() => service.close());

const put = async (key: string, value: Uint8Array | null): Promise<void> => {
  const answer = await service.request({ kind: 'ha-write', key, value, ifRevision: null, ifEpoch: null });
  expect(answer.kind).toBe('ha-written');
};

/** An artifact that was used last so many days ago. */
async function keep(content: string, days: number): Promise<string> {
  const hash = await keepArtifact({ storage: storage(), bytes: new TextEncoder().encode(content) });
  age(hash, days);
  return hash;
}

function age(hash: string, days: number): void {
  const at = new Date(Date.now() - days * DAY_MS);
  utimesSync(artifactPath(storage(), hash), at, at);
}

const jobOf = (jobId: string, artifact: string): JobRecord => ({
  jobId,
  submitted: { epoch: 1, number: 1, at: 0 },
  graph: sampleGraph,
  artifact,
  wanted: { kind: 'RUNNING' },
  parallelism: [],
  restore: null,
});

const savepointOf = (jobId: string, completedAt: number): SavepointRecord => ({
  kind: 'savepoint',
  jobId,
  savepointId: 's',
  checkpointId: 1,
  metadata: { name: 'm', sizeBytes: 1, checksum: 1 },
  completedAt,
  disposed: false,
});

const sweep = (retained = RETAINED_ARTIFACTS.default, days = 30): Promise<readonly string[]> =>
  sweepArtifacts({ storage: storage(), service, bounds: { retained, retentionMs: days * DAY_MS } });

const left = (): Promise<readonly string[]> => listArtifacts({ storage: storage() });

describe('artifacts that nobody needs', () => {
  test('go by age', async () => {
    const [old, young] = [await keep('old', 31), await keep('young', 29)];
    expect(await sweep()).toEqual([old]);
    expect(await left()).toEqual([young]);
  });

  test('go by number, those that were used last stay; and none of the last hour goes', async () => {
    const hashes = [await keep('a', 3), await keep('b', 1), await keep('c', 2), await keep('d', 0)];
    expect(await sweep(2)).toEqual([hashes[2], hashes[0]]);
    expect(await sweep(0)).toEqual([hashes[1]]);
    expect(await left()).toEqual([hashes[3]]);
  });

  test('stay, if they were kept again meanwhile', async () => {
    const [again, run] = [await keep('again', 40), await keep('run', 40)];
    await keepArtifact({ storage: storage(), bytes: new TextEncoder().encode('again') });
    expect(await touchArtifact({ storage: storage(), hash: run })).toBe(true);
    expect(await sweep()).toEqual([]);
    expect(await left()).toEqual([again, run].toSorted());
  });

  test('that a sweep had put aside when its process died are back', async () => {
    const hash = await keep('a', 1);
    renameSync(artifactPath(storage(), hash), `${artifactPath(storage(), hash)}.aside`);
    expect(await sweep()).toEqual([]);
    expect(await left()).toEqual([hash]);
    expect(existsSync(`${artifactPath(storage(), hash)}.aside`)).toBe(false);
  });
});

describe('never goes', () => {
  test('that of a job, or one that its graph names', async () => {
    const [own, ofSink, other] = [await keep('own', 99), await keep('sink', 99), await keep('other', 99)];
    const job = jobOf('job-1', own);
    const graph = { ...job.graph, name: `named table:x#${ofSink}` };
    await put('job/job-1', encodeJob({ ...job, graph }));
    expect(await sweep()).toEqual([other]);
    await put('job/job-1', null);
    expect((await sweep()).toSorted()).toEqual([own, ofSink].toSorted());
  });

  test('that of a job that is gone, as long as a savepoint of it is there', async () => {
    const hash = await keep('a', 99);
    await put('job/job-1', encodeJob(jobOf('job-1', hash)));
    expect(await sweep()).toEqual([]);
    await put('savepoint/job-1/s', encodeSavepoint(savepointOf('job-1', Date.now() - 99 * DAY_MS)));
    await put('job/job-1', null);
    expect(await sweep()).toEqual([]);
    await put('savepoint/job-1/s', null);
    expect(await sweep()).toEqual([hash]);
    expect(readFileSync(`${storage()}/${ARTIFACT_USERS}`, 'utf8')).toBe('[]');
  });

  test('one that was there before a savepoint of which it is not known whose job it was', async () => {
    const hash = await keep('a', 99);
    const { birthtimeMs } = statSync(artifactPath(storage(), hash));
    expect(birthtimeMs).toBeGreaterThan(0);
    await put('savepoint/adopted/s', encodeSavepoint(savepointOf('adopted', Date.now() - 50 * DAY_MS)));
    expect(await sweep()).toEqual([]);
    await put('savepoint/adopted/s', encodeSavepoint(savepointOf('adopted', Date.now() - 100 * DAY_MS)));
    expect(await sweep()).toEqual([hash]);
  });

  test('one, while a record cannot be read: the sentence says which', async () => {
    const hash = await keep('a', 99);
    await put('job/job-1', Uint8Array.of(1));
    await expect(sweep()).rejects.toThrow('job/job-1 in the HA service cannot be read');
    await put('job/job-1', null);
    await put('savepoint/job-1/s', Uint8Array.of(1));
    await expect(sweep()).rejects.toThrow('savepoint/job-1/s in the HA service cannot be read');
    expect(await left()).toEqual([hash]);
  });

  test('one, where a list of users that cannot be read hides whose job it was', async () => {
    const hash = await keep('a', 99);
    await put('job/job-1', encodeJob(jobOf('job-1', hash)));
    await sweep();
    writeFileSync(`${storage()}/${ARTIFACT_USERS}`, '[["job-');
    await put('savepoint/job-1/s', encodeSavepoint(savepointOf('job-1', Date.now())));
    await put('job/job-1', null);
    expect(await sweep()).toEqual([]);
    rmSync(`${storage()}/${ARTIFACT_USERS}`);
    expect(await sweep()).toEqual([]);
  });
});

test('a JobManager sweeps now and then while it leads, and says what it removed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await keep('a', 99);
    let isLeading = false;
    const told: string[] = [];
    const bounds = { retained: 9, retentionMs: DAY_MS };
    const sweeping = sweepNowAndThen(
      { storage: storage(), service, bounds },
      () => isLeading,
      (text) => told.push(text),
    );
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await left()).toHaveLength(1);
    isLeading = true;
    await vi.advanceTimersByTimeAsync(700_000);
    await vi.waitFor(() =>
      expect(told).toEqual([expect.stringMatching(/^1 artifacts that nobody needs were removed: [0-9a-f]{64}$/)]),
    );
    sweeping.close();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
