// A request to a port fails and is not applied: reads and writes of storage, HA, sources, sinks and artifacts.
import { overGroups, requestAt, requestGroups, whileJobAlive } from './points.ts';
import { hitAt, type RulesOf } from './rule.ts';

export const storeFail: RulesOf = ({ estimate }) =>
  overGroups(requestGroups(estimate), {
    stream: 'fail',
    at: 'request',
    mayStrike: whileJobAlive,
    strike(_, controls, point) {
      controls.failRequest({ kind: 'not-available' });
      return hitAt(point.node, `${requestAt(point)} of ${point.node} failed`);
    },
  });
