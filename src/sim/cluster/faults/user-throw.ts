// A source hands out one record that code of the job cannot take; when it is read again, it is as it should be.
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { FaultPoint } from '../../world-types.ts';
import type { SourceStrike } from '../services/source.ts';
import { requestAt } from './points.ts';
import { choose, hitAt, type FaultSetting, type RulesOf } from './rule.ts';

const PLACES = [0, 0.5, 0.99]; // of the records of a read

export const userThrow: RulesOf = ({ estimate: { reads }, splitLengths, throwPlaces }) => [
  {
    stream: 'user-throw',
    at: 'request',
    kinds: ['source-read'],
    share: 1,
    questions: reads,
    mayStrike: (point) => {
      const topic = readAt(point)?.topic ?? '';
      return (throwPlaces.get(topic) ?? []).length > 0 && hasRecord(point, splitLengths);
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

export function readAt(point: FaultPoint): Extract<PortRequest, { readonly kind: 'source-read' }> | null {
  const request = point.at === 'request' ? (point.request as PortRequest) : null;
  return request?.kind === 'source-read' ? request : null;
}

/** A read that comes to a record at least. */
export function hasRecord(point: FaultPoint, splitLengths: FaultSetting['splitLengths']): boolean {
  const read = readAt(point);
  return read !== null && read.position < (splitLengths.get(read.topic)?.[read.split] ?? 0);
}
