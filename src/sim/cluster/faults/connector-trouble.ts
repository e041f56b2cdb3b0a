// Sinks and sources that fail or stall for a time, and a sink that gives up what is not prepared.
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { WorldView } from '../../observation.ts';
import type { FaultPoint } from '../../world-types.ts';
import type { SinkState, SinkStrike } from '../services/sink.ts';
import { requestAt } from './points.ts';
import { hitAt, type FaultSetting, type RulesOf } from './rule.ts';
import { serviceTrouble, type ServiceTroubleKind } from './service-trouble.ts';

const sinkGroups: ServiceTroubleKind['groups'] = ({ estimate: { checkpoints, sinks } }) => [
  { kinds: ['sink-write', 'sink-prepare'], share: 0.5, questions: 2 * checkpoints * sinks },
  { kinds: ['sink-commit'], share: 0.35, questions: checkpoints * sinks },
  { kinds: ['sink-open'], share: 0.15, questions: sinks },
];

const sourceGroups: ServiceTroubleKind['groups'] = ({ estimate: { reads } }) => [
  { kinds: ['source-read'], share: 1, questions: reads },
];

const times = ({ options: { checkpointTimeoutMs } }: FaultSetting): readonly number[] =>
  [0.2, 0.8, 2].map((factor) => factor * checkpointTimeoutMs);

const slowTimes = ({ options: { checkpointTimeoutMs, heartbeatTimeoutMs } }: FaultSetting): readonly number[] => [
  0.3 * checkpointTimeoutMs,
  1.3 * checkpointTimeoutMs,
  2.5 * heartbeatTimeoutMs,
];

const fails = { kinds: null, failure: { kind: 'not-available' }, lastsMs: times, slowMs: () => [0] } as const;
const stalls = { kinds: null, failure: null, lastsMs: times, slowMs: slowTimes } as const;

export const sinkFail = serviceTrouble({
  ...fails,
  service: 'sink',
  stream: 'sink-fails',
  groups: sinkGroups,
  text: 'sinks fail',
});

export const sinkStall = serviceTrouble({
  ...stalls,
  service: 'sink',
  stream: 'sink-stalls',
  groups: sinkGroups,
  text: 'sinks are slow',
});

export const sourceFail = serviceTrouble({
  ...fails,
  service: 'source',
  stream: 'source-fails',
  groups: sourceGroups,
  text: 'sources fail',
});

export const sourceStall = serviceTrouble({
  ...stalls,
  service: 'source',
  stream: 'source-stalls',
  groups: sourceGroups,
  text: 'sources are slow',
});

/** As a sink does whose transactions time out. What is prepared stays: it can be committed by anybody. */
export const sinkFence: RulesOf = ({ estimate: { checkpoints, sinks } }) => [
  {
    stream: 'sink-fences',
    at: 'request',
    kinds: ['sink-write', 'sink-prepare'],
    share: 1,
    questions: 2 * checkpoints * sinks,
    mayStrike: isUnprepared,
    strike(_, controls, point) {
      controls.strikeRequest({ kind: 'fence' } satisfies SinkStrike);
      return hitAt(point.node, `the transaction of ${requestAt(point)} of ${point.node} was given up by its sink`);
    },
  },
];

/** Its writer is the newest, and nobody prepared the transaction. */
function isUnprepared(point: FaultPoint, view: WorldView): boolean {
  const request = point.at === 'request' ? (point.request as PortRequest) : null;
  if (request?.kind !== 'sink-write' && request?.kind !== 'sink-prepare') return false;
  const sink = (view.service('sink') as SinkState).sinks.get(request.sink);
  const token = sink?.tokens.get(request.writer);
  if (sink === undefined || token?.epoch !== request.token.epoch || token.attempt !== request.token.attempt)
    return false;
  const { transaction } = request;
  return !sink.prepared.has(transaction) && !sink.committedNames.has(transaction) && !sink.aborted.has(transaction);
}
