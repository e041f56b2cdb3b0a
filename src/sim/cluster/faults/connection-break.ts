// A connection breaks. What was in flight is lost from some point on; each side hears of it at once, late, or never (half-open): the
// world decides which.
import { messageGroups, overGroups, whileJobAlive } from './points.ts';
import { hitAt, type RulesOf } from './rule.ts';

export const connectionBreak: RulesOf = ({ estimate }) =>
  overGroups(messageGroups(estimate), {
    stream: 'break',
    at: 'send',
    mayStrike: whileJobAlive,
    strike(_, controls, point) {
      if (point.at !== 'send') return null;
      const { from, to, streamClass } = point.message;
      if (!controls.breakConnection(from, to, streamClass)) return null;
      return hitAt(`${from}>${to}`, `the ${streamClass} connection from ${from} to ${to} broke at ${point.kind}`);
    },
  });
