// A client dies and starts again later: behind its request, with an answer in its hands, or while it waits. It remembers nothing, and asks the same again,
// also when it was told how everything ended.
import type { RunEstimate } from './estimate.ts';
import { isClientWaiting } from './peek.ts';
import { overGroups, type PointGroup } from './points.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';

const QUICK_RESTART_MS = 30; // it asks again before its first request can have been answered

export const clientCrash: RulesOf = ({ estimate, sim, options, forgetfulClients }) =>
  overGroups(clientGroups(estimate), {
    stream: 'crash',
    at: 'step',
    isEven: true, // a client waits for as long as nobody leads, and nothing is half done there
    mayStrike: ({ node }, view) => forgetfulClients.includes(node) && isClientWaiting(view, node),
    strike(_, controls, { node, kind }) {
      const downs = [sim.restartNodeMs, QUICK_RESTART_MS, 4 * options.clientRetryMs];
      const downMs = choose(controls, `down/${node}`, downs);
      if (!controls.crash(node, downMs * 1_000, 'kept')) return null;
      return hitAt(node, `${node} died at ${kind}, and asks again in ${downMs} ms`);
    },
  });

const HEARD = 2; // it is told who leads, or that nobody does yet, and then who
const LIVES = 2; // each asks all again

/** A client heard who leads, and asks; it is accepted; it hears how things stand or ended; it asks again. */
function clientGroups({ clients, polls }: RunEstimate): readonly PointGroup[] {
  return [
    { kinds: ['ha-changed', 'ha-entries'], share: 0.3, questions: clients * HEARD * LIVES },
    {
      kinds: ['job-accepted', 'savepoint-status', 'drain-status', 'request-refused'],
      share: 0.25,
      questions: clients * LIVES,
    },
    { kinds: ['job-status', 'job-list', 'job-checkpoints', 'job-exceptions'], share: 0.3, questions: clients * polls },
    { kinds: ['wake'], share: 0.15, questions: clients * polls },
  ];
}
