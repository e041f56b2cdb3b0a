// Replayable logs in memory: topics with splits that are read by position. The records are given and never change; they are no state.
import type { PortAnswer, PortFailed, PortRequest } from '../../../core/protocol/ports.ts';
import type { PortReason } from '../../../core/protocol/reasons.ts';
import type { Caller, Completion, Service } from '../../service.ts';
import type { TimeUs } from '../../observation.ts';
import { plantThrow, type ThrowPlace } from '../throwing-program.ts';
import { plantChance } from '../varying-program.ts';
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
    apply: (state: SourceState, request: SourceRequest, caller: Caller, now: TimeUs): readonly Completion[] => [
      { caller, answer: read(topics, state, request, now) },
    ],
    applyStruck: (state, request, caller, now, strike) => [
      { caller, answer: planted(read(topics, state, request, now), strike as SourceStrike) },
    ],
    forget: () => {},
    sizeOf: () => 0,
    writes: () => false,
  };
}

/** A fault of a source: one record of a read, `at` of it (0 to 1), makes code of the job throw, or ask chance. */
export type SourceStrike =
  | { readonly kind: 'bad-record'; readonly at: number; readonly place: ThrowPlace }
  | { readonly kind: 'chance-record'; readonly at: number; readonly chance: number };

function planted(answer: PortAnswer | PortFailed, strike: SourceStrike): PortAnswer | PortFailed {
  if (answer.kind !== 'records' || answer.values.length === 0) return answer;
  const struck = Math.floor(strike.at * answer.values.length);
  const values = answer.values.map((value, index) => {
    if (index !== struck) return value;
    return strike.kind === 'bad-record' ? plantThrow(value, strike.place) : plantChance(value, strike.chance);
  });
  return { ...answer, values };
}

function read(
  topics: Readonly<Record<string, Topic>>,
  state: SourceState,
  request: SourceRequest,
  now: TimeUs,
): PortAnswer | PortFailed {
  const { topic, split: index, position } = request;
  const {
    splits = [],
    endless = false,
    fromMs = [],
  } = (Object.hasOwn(topics, topic) ? topics[topic] : undefined) ?? {};
  const split = splits[index];
  if (split === undefined) return refused({ kind: 'split-missing', topic, split: index, path: null });
  if (position < 0) return refused({ kind: 'position-missing', topic, split: index, position, file: null });
  if (position > split.length)
    return {
      kind: 'source-refused',
      reason: { kind: 'position-missing', topic, split: index, position, file: null },
      stack: null,
    };
  if (now < 1_000 * (fromMs[index] ?? 0)) return { kind: 'records', position, values: [], end: false, mark: '' };
  const end = Math.min(split.length, request.position + Math.max(0, request.maxRecords));
  const name = `${request.topic}/${request.split}`;
  state.readTo.set(name, Math.max(end, state.readTo.get(name) ?? 0));
  return {
    kind: 'records',
    position: request.position,
    values: split.slice(request.position, end),
    end: end === split.length && !endless,
    mark: '',
  };
}

function refused(reason: PortReason): PortFailed {
  return { kind: 'failed', outcome: 'not-applied', reason };
}
