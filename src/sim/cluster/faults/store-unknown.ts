// A request to a port fails, and nobody knows whether it was applied: it was, was not, or will be later. A read just fails.
import { overGroups, requestAt, requestGroups, whileJobAlive } from './points.ts';
import { hitAt, type RulesOf } from './rule.ts';

export const storeUnknown: RulesOf = ({ estimate }) =>
  overGroups(requestGroups(estimate), {
    stream: 'doubt',
    at: 'request',
    mayStrike: whileJobAlive,
    strike(_, controls, point) {
      controls.unknownRequest({ kind: 'disconnected' });
      return hitAt(point.node, `nobody knows what became of ${requestAt(point)} of ${point.node}`);
    },
  });
