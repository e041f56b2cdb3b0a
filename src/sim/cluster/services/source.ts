// Replayable logs in memory: topics with splits that are read by position. The records are given and never change; they are no state.
import type { Failed } from '../../../core/base/vocabulary.ts';
import type { PortAnswer, PortRequest } from '../../../core/protocol/ports.ts';
import type { Caller, Completion, Service } from '../../service.ts';
import type { Topic } from '../../../scenario/scenario.ts';

export interface SourceState {
  /** How far each split was read, ever, by `topic/split`. */
  readonly readTo: Map<string, number>;
}

export type SourceRequest = Extract<PortRequest, { readonly kind: 'source-read' }>;

export function sourceService(topics: Readonly<Record<string, Topic>>): Service<SourceState, SourceRequest> {
  return {
    name: 'source',
    serves: ['source-read'],
    create: () => ({ readTo: new Map() }),
    apply: (state: SourceState, request: SourceRequest, caller: Caller): readonly Completion[] => [
      { caller, answer: read(topics, state, request) },
    ],
    forget: () => {},
    sizeOf: () => 0,
    writes: () => false,
  };
}

function read(
  topics: Readonly<Record<string, Topic>>,
  state: SourceState,
  request: SourceRequest,
): PortAnswer | Failed {
  const split = Object.hasOwn(topics, request.topic) ? topics[request.topic]?.splits[request.split] : undefined;
  if (split === undefined) return refused(`there is no split ${request.split} of topic ${request.topic}`);
  if (request.position < 0 || request.position > split.length)
    return refused(`split ${request.split} of topic ${request.topic} has no position ${request.position}`);
  const end = Math.min(split.length, request.position + Math.max(0, request.maxRecords));
  const name = `${request.topic}/${request.split}`;
  state.readTo.set(name, Math.max(end, state.readTo.get(name) ?? 0));
  return {
    kind: 'records',
    position: request.position,
    values: split.slice(request.position, end),
    end: end === split.length,
  };
}

function refused(reason: string): Failed {
  return { kind: 'failed', outcome: 'not-applied', reason };
}
