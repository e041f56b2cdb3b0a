// What happens to one request to a service.
import { hitAt } from './rule.ts';
import type { RuleOf } from './rule.ts';

export const requestFail: RuleOf = () => ({
  stream: 'fail',
  at: 'request',
  mayStrike: () => true,
  strike(controls, { node, kind }) {
    controls.failRequest({ kind: 'not-available' });
    return hitAt(node, `${kind} of ${node} failed`);
  },
});

export const requestUnknown: RuleOf = () => ({
  stream: 'unanswered',
  at: 'request',
  mayStrike: (point) => point.at === 'request' && point.writes,
  strike(controls, { node, kind }) {
    controls.unknownRequest({ kind: 'timed-out' });
    return hitAt(node, `nobody knows what became of ${kind} of ${node}`);
  },
});
