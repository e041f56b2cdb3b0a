// A source hands out one record that code of the job cannot take; when it is read again, it is as it should be.
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { FaultPoint } from '../../world-types.ts';
import type { SourceStrike } from '../services/source.ts';
import { requestAt } from './points.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';

const PLACES = [0, 0.5, 0.99]; // of the records of a read

export const userThrow: RulesOf = ({ estimate: { reads }, splitLengths, throwPlaces }) => [
  {
    stream: 'user-throw',
    at: 'request',
    kinds: ['source-read'],
    share: 1,
    questions: reads,
    mayStrike: (point) => {
      const read = readAt(point);
      if (read === null || (throwPlaces.get(read.topic) ?? []).length === 0) return false;
      return read.position < (splitLengths.get(read.topic)?.[read.split] ?? 0);
    },
    strike(_, controls, point) {
      const place = choose(
        controls,
        `user-throw/${point.node}/place`,
        throwPlaces.get(readAt(point)?.topic ?? '') ?? [],
      );
      const at = choose(controls, `user-throw/${point.node}/record`, PLACES);
      const strike: SourceStrike = { kind: 'bad-record', at, place };
      controls.strikeRequest(strike);
      const where = place === 'first' ? 'the first function' : 'the first function with state';
      return hitAt(point.node, `${requestAt(point)} of ${point.node} has a record at which ${where} of the job throws`);
    },
  },
];

function readAt(point: FaultPoint): Extract<PortRequest, { readonly kind: 'source-read' }> | null {
  const request = point.at === 'request' ? (point.request as PortRequest) : null;
  return request?.kind === 'source-read' ? request : null;
}
