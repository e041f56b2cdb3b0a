// A request to a port fails, and nobody knows whether it was applied: it was, was not, or will be later. A read just fails.
import { isJobRunning } from './peek.ts';
import { requestKinds, requestQuestions } from './requests.ts';
import { hitAt, type RulesOf } from './rule.ts';

export const storeUnknown: RulesOf = ({ estimate }) => [
  {
    stream: 'doubt',
    at: 'request',
    kinds: requestKinds,
    share: 1,
    questions: requestQuestions(estimate),
    mayStrike: (_, view) => isJobRunning(view),
    strike(_, controls, point) {
      controls.unknownRequest('connection lost');
      return hitAt(point.node, `nobody knows what became of ${point.kind} of ${point.node}`);
    },
  },
];
