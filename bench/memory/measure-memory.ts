// Much input through little memory: how resident memory of a real cluster goes while it counts and sums by few keys, with a checkpoint each second. Input is
// counted as other systems would hold it, 16 bytes a record.
import { pause, startBenchCluster, type BenchCluster } from '../real/cluster.ts';
import { NEVER_MS, PARALLELISM, REAL_OPTIONS, SHOWN_EVERY, untilRunning } from '../real/measure-real.ts';

export interface MemorySizes {
  readonly keys: number;
  readonly bytes: number;
  /** So often, at equal distances of input, memory is told. */
  readonly marks: number;
  /** Of all three processes together. */
  readonly memoryMbMax: number;
}

export const WHOLE_MEMORY: MemorySizes = { keys: 10_000, bytes: 10_000_000_000, marks: 10, memoryMbMax: 1_000 };

export interface MemoryMark {
  /** Of input so far. */
  readonly bytes: number;
  /** The most that all three processes had together since the mark before, and at its end. */
  readonly mostMb: number;
  readonly nowMb: number;
  readonly taskManagersMb: readonly number[];
}

export interface MemoryMeasured {
  readonly marks: readonly MemoryMark[];
  readonly recordsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly checkpoints: number;
}

const RECORD_BYTES = 16;
const LOOK_MS = 500;
const PROGRESS_MS_MAX = 120_000;

/** Throws where there is more memory than there may be. */
export async function measureMemory(sizes: MemorySizes, onProgress: (text: string) => void): Promise<MemoryMeasured> {
  const size = { keys: sizes.keys, parallelism: PARALLELISM, recordsPerSecond: 0, shownEvery: SHOWN_EVERY };
  const cluster = await startBenchCluster({
    job: 'totals',
    size: { ...size, recordsPerMs: 1, recordsPerSplit: 0 },
    options: { ...REAL_OPTIONS, checkpointIntervalMs: 1_000 },
    profileFolder: null,
  });
  try {
    await untilRunning(cluster);
    return await watch(cluster, sizes, onProgress);
  } finally {
    await cluster.stop();
  }
}

async function watch(
  cluster: BenchCluster,
  { bytes, marks: count, memoryMbMax }: MemorySizes,
  onProgress: (text: string) => void,
): Promise<MemoryMeasured> {
  const marks: MemoryMark[] = [];
  const beganAt = performance.now();
  let mostMb = 0;
  let progress = { bytes: 0, at: beganAt };
  for (;;) {
    await pause(LOOK_MS);
    const readings = await cluster.ask('read');
    const rss = readings.map(({ rssMb }) => rssMb);
    const nowMb = sum(rss);
    const records = sum(readings.map((reading) => reading.records));
    const read = RECORD_BYTES * records;
    mostMb = Math.max(mostMb, nowMb);
    if (nowMb > memoryMbMax)
      throw new Error(
        `${Math.round(nowMb)} MB behind ${(read / 1e9).toFixed(1)} GB of input, and at most ${memoryMbMax} were to do`,
      );
    if (read > progress.bytes) progress = { bytes: read, at: performance.now() };
    else if (performance.now() - progress.at > Math.min(PROGRESS_MS_MAX, NEVER_MS))
      throw new Error(`nothing was read for ${PROGRESS_MS_MAX / 1_000} s`);
    while (marks.length < count && read >= (bytes * (marks.length + 1)) / count) {
      marks.push({ bytes: read, mostMb, nowMb, taskManagersMb: rss.slice(1) });
      mostMb = nowMb;
    }
    onProgress(`memory: ${(read / 1e9).toFixed(1)} of ${(bytes / 1e9).toFixed(1)} GB, ${Math.round(nowMb)} MB`);
    if (marks.length < count) continue;
    const seconds = (performance.now() - beganAt) / 1_000;
    const cpuMs = sum(readings.map((reading) => reading.cpuMs));
    const commits = sum(readings.map((reading) => reading.commits));
    return {
      marks,
      recordsPerSecond: records / seconds,
      cpuSecondsPerMillion: (cpuMs * 1_000) / records,
      checkpoints: Math.floor(commits / PARALLELISM),
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
