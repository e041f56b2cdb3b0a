// A source hands out one record for which code of the job asks chance; when it is read again, the code gives what it always gives.
import type { SourceStrike } from '../services/source.ts';
import { requestAt } from './points.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';
import { hasRecord, readAt } from './user-throw.ts';

const PLACES = [0, 0.5, 0.99]; // of the records of a read
const ANSWERS = [1, 2, 3];

export const userChance: RulesOf = ({ estimate: { reads }, splitLengths, varyingTopics }) => [
  {
    stream: 'user-chance',
    at: 'request',
    kinds: ['source-read'],
    share: 1,
    questions: reads,
    mayStrike: (point) => varyingTopics.has(readAt(point)?.topic ?? '') && hasRecord(point, splitLengths),
    strike(_, controls, point) {
      const chance = choose(controls, `user-chance/${point.node}/answer`, ANSWERS);
      const at = choose(controls, `user-chance/${point.node}/record`, PLACES);
      const strike: SourceStrike = { kind: 'chance-record', at, chance };
      controls.strikeRequest(strike);
      return hitAt(
        point.node,
        `${requestAt(point)} of ${point.node} has a record for which code asks chance: ${chance}`,
      );
    },
  },
];
