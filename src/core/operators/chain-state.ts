// The state of a chain, as plain data.
import { NO_TIMESTAMP } from '../graph/batch.ts';
import type { Operator } from '../graph/job-graph.ts';
import { isChained, isKeyedKind } from '../graph/kinds.ts';
import { createCalls } from './calls.ts';
import { createKeyedState, type ChainPlace } from './keyed-state.ts';
import { keyedRowOf } from './kinds.ts';
import type { ChainState, KeyedChainState } from './kinds/kind.ts';

export type { ChainState, KeyedChainState } from './kinds/kind.ts';

/** `operators`: those of a vertex without its source and its sink. */
export function createChain(operators: readonly Operator[], place: ChainPlace): ChainState {
  const [first] = operators;
  const state = { watermark: NO_TIMESTAMP, lateRecordsDropped: 0, keyed: createKeyedChainState(first, place) };
  return first?.kind === 'map-async' ? { ...state, calls: createCalls(first, place) } : state;
}

function createKeyedChainState(first: Operator | undefined, place: ChainPlace): KeyedChainState | null {
  if (first === undefined || !isChained(first)) return null;
  const { id, kind } = first;
  if (!isKeyedKind(kind)) return null;
  return { kind, state: createKeyedState(id, place, keyedRowOf(kind).timerOffsetMs(first)) };
}
