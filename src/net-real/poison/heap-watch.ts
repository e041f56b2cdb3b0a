// Looks at the heap behind each collection of old objects: what is in use then is mostly alive, and has to fit into the old generation. Typed arrays lie
// outside of it; V8 does not limit them, but whoever limits the heap means the state, and columns of state are typed arrays.
import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** Share of the limit from which the heap is short: V8 gives up a little above it. */
const SHORT = 0.8;

export interface HeapUse {
  readonly usedBytes: number;
  /** Of the old generation. */
  readonly limitBytes: number;
}

/** Tells each time that more than that is in use. Returns how to end it. */
export function watchHeap(onShort: (use: HeapUse) => void): () => void {
  const limitBytes = oldGenerationLimit(getHeapStatistics().heap_size_limit, semiSpaceMaxMb(flagsOfProcess()));
  const observer = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isOfOldObjects)) return;
    const { used_heap_size: heapBytes, external_memory: outsideBytes } = getHeapStatistics();
    const usedBytes = heapBytes + outsideBytes;
    if (usedBytes > SHORT * limitBytes) onShort({ usedBytes, limitBytes });
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function isOfOldObjects(entry: PerformanceEntry): boolean {
  const { kind } = (entry as unknown as { readonly detail: { readonly kind: number } }).detail;
  return kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}

const BYTES_PER_MB = 1_048_576;
const SEMI_SPACES = 3; // of a young generation
const SEMI_SPACE_MB = 32; // by default; half of it in older versions of Node
const OLD_SHARE_MIN = 0.5;

/** The limit of a heap is that of both generations, and V8 gives up when the old one is full: of a small heap the young one is a large part. */
export function oldGenerationLimit(heapLimitBytes: number, semiSpaceMb: number): number {
  const youngBytes = SEMI_SPACES * semiSpaceMb * BYTES_PER_MB;
  return Math.max(heapLimitBytes - youngBytes, OLD_SHARE_MIN * heapLimitBytes);
}

/** The last flag counts. */
export function semiSpaceMaxMb(flags: readonly string[]): number {
  const given = flags.flatMap((flag) => /^--max[-_]semi[-_]space[-_]size=(\d+)$/.exec(flag)?.[1] ?? []).at(-1);
  return given === undefined ? SEMI_SPACE_MB : Number(given);
}

function flagsOfProcess(): readonly string[] {
  return [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv];
}
