// A service is in trouble for a time, of one node or of all: it refuses some requests, or takes long. The request at which that begins suffers first.
import type { PortReason } from '../../../core/protocol/reasons.ts';
import type { FaultPoint, PointControls } from '../../world-types.ts';
import { requestAt, whileJobAlive } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';

/** One sort of trouble. */
export interface ServiceTroubleKind {
  readonly service: string;
  /** Prefix of its decision streams. */
  readonly stream: string;
  /** Requests at which it may begin, with their share of the weight and how often a plain run asks. */
  groups(setting: FaultSetting): readonly Pick<ClusterRule, 'kinds' | 'share' | 'questions'>[];
  /** Requests that suffer; null: all of the service. */
  readonly kinds: readonly string[] | null;
  /** They fail with this; null: they are slow. */
  readonly failure: PortReason | null;
  /** How long it lasts, in ms; the first is the plainest. */
  lastsMs(setting: FaultSetting): readonly number[];
  /** How much longer each request takes, where they are slow. */
  slowMs(setting: FaultSetting): readonly number[];
  /** Who suffers: everybody, or, drawn, everybody or the node of the request. Default: drawn. */
  readonly whose?: 'all';
  /** A clause with the service as its subject: `storage is full`. */
  readonly text: string;
}

export function serviceTrouble(kind: ServiceTroubleKind): RulesOf {
  return (setting) =>
    kind.groups(setting).map((group) => ({
      ...group,
      stream: kind.stream,
      at: 'request',
      mayStrike: whileJobAlive,
      strike: (_, controls, point) => begin(kind, setting, controls, point),
    }));
}

function begin(
  kind: ServiceTroubleKind,
  setting: FaultSetting,
  controls: PointControls,
  point: FaultPoint,
): ReturnType<ClusterRule['strike']> {
  const { service, stream, kinds, failure, text } = kind;
  const asked = `${stream}/${point.node}`;
  const forMs = choose(controls, `${asked}/time`, kind.lastsMs(setting).map(Math.ceil));
  const whose = choose(controls, `${asked}/whose`, kind.whose === 'all' ? [null] : [point.node, null]);
  const slowMs = failure === null ? choose(controls, `${asked}/slow`, kind.slowMs(setting).map(Math.ceil)) : 0;
  controls.troubleService({ service, node: whose, kinds, forUs: 1_000 * forMs, failure, extraUs: 1_000 * slowMs });
  if (failure === null) controls.delayRequest(1_000 * slowMs);
  else controls.failRequest(failure);
  const whom = whose === null ? 'everybody' : whose;
  const how = failure === null ? `${text}, ${slowMs} ms a request,` : text;
  return hitAt(point.node, `${how} for ${whom} for ${forMs} ms from ${requestAt(point)} of ${point.node} on`);
}
