// Looks at the heap behind each collection of old objects: what is in use then is mostly alive.
import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

/** Share of the limit from which the heap is short: V8 gives up a little above it. */
const SHORT = 0.8;

export interface HeapUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** Tells each time that more than that is in use. Returns how to end it. */
export function watchHeap(onShort: (use: HeapUse) => void): () => void {
  const observer = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isOfOldObjects)) return;
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    if (usedBytes > SHORT * limitBytes) onShort({ usedBytes, limitBytes });
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function isOfOldObjects(entry: PerformanceEntry): boolean {
  const { kind } = (entry as unknown as { readonly detail: { readonly kind: number } }).detail;
  return kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
