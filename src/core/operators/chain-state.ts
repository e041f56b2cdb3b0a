// The state of a chain, as plain data.
import type { Value } from '../base/value.ts';
import { NO_TIMESTAMP } from '../graph/batch.ts';
import type { Operator } from '../graph/job-graph.ts';
import { createKeyedState, type ChainPlace, type KeyedState } from './keyed-state.ts';
import type { ProcessEntry } from './process-entries.ts';
import type { WindowEntry } from './window.ts';

export type KeyedChainState =
  | { readonly kind: 'reduce'; readonly state: KeyedState<Value> }
  | { readonly kind: 'process'; readonly state: KeyedState<ProcessEntry> }
  | { readonly kind: 'window'; readonly state: KeyedState<WindowEntry> };

export interface ChainState {
  /** Event time: no record at or before it is expected any more. After a restore, set it to that of the snapshot. */
  watermark: number;
  /** Records that came when their window was over. */
  lateRecordsDropped: number;
  /** State of the first operator, if it is keyed. */
  readonly keyed: KeyedChainState | null;
}

/** `operators`: those of a vertex without its source and its sink. */
export function createChain(operators: readonly Operator[], place: ChainPlace): ChainState {
  return { watermark: NO_TIMESTAMP, lateRecordsDropped: 0, keyed: createKeyedChainState(operators[0], place) };
}

function createKeyedChainState(first: Operator | undefined, place: ChainPlace): KeyedChainState | null {
  switch (first?.kind) {
    case 'reduce':
      return { kind: 'reduce', state: createKeyedState(first.id, place, 0) };
    case 'process':
      return { kind: 'process', state: createKeyedState(first.id, place, 0) };
    case 'window':
      return { kind: 'window', state: createKeyedState(first.id, place, first.sizeMs - 1) };
    default:
      return null;
  }
}
