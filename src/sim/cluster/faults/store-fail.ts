// A request to a port fails and is not applied: reads and writes of storage, HA, sources, sinks and artifacts.
import { isJobRunning } from './peek.ts';
import { requestKinds, requestQuestions } from './requests.ts';
import { hitAt, type RulesOf } from './rule.ts';

export const storeFail: RulesOf = ({ estimate }) => [
  {
    stream: 'fail',
    at: 'request',
    kinds: requestKinds,
    share: 1,
    questions: requestQuestions(estimate),
    mayStrike: (_, view) => isJobRunning(view),
    strike(_, controls, point) {
      controls.failRequest('the service is not available');
      return hitAt(point.node, `${point.kind} of ${point.node} failed`);
    },
  },
];
