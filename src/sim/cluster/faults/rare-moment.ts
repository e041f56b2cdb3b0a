// Moments that chance seldom hits, each with the fault that can do most harm there: a pointer of unknown outcome as its job restarts, a leader that dies
// between two writes of an end, a file that cannot be deleted, a TaskManager that dies as it restores.
import { CHECKPOINTS_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { FaultPoint } from '../../world-types.ts';
import { isEndingJob, isRestoring, taskRunners } from './peek.ts';
import { requestAt, whileJobAlive } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';

export const rareMoment: RulesOf = (setting) => [
  pointerInRestart(setting),
  betweenWrites(setting),
  undeleted(setting),
  deathInRestore(setting),
];

/** Nobody knows whether the pointer was written, and a TaskManager dies: its job restarts from what is there. */
function pointerInRestart({ estimate, sim }: FaultSetting): ClusterRule {
  return {
    stream: 'rare-pointer',
    at: 'request',
    kinds: ['ha-write'],
    share: 0.4,
    questions: estimate.checkpoints,
    mayStrike: (point, view) => isPointerWrite(point) && taskRunners(view).length > 0,
    strike(_, controls, point, view) {
      const victim = choose(controls, `rare-pointer/${point.node}`, taskRunners(view));
      if (!controls.crash(victim, 1_000 * sim.restartNodeMs)) return null;
      controls.unknownRequest({ kind: 'disconnected' });
      return hitAt(
        point.node,
        `nobody knows what became of ${requestAt(point)} of ${point.node}, and ${victim} died at that moment`,
      );
    },
  };
}

function isPointerWrite(point: FaultPoint): boolean {
  const request = point.at === 'request' ? (point.request as PortRequest) : null;
  return request?.kind === 'ha-write' && request.key.startsWith(CHECKPOINTS_PREFIX) && request.value !== null;
}

const WRITES_OF_AN_END = 5; // result, pointers, counter, job, result once more

function betweenWrites({ sim }: FaultSetting): ClusterRule {
  return {
    stream: 'rare-write',
    at: 'step',
    kinds: ['ha-written'],
    share: 0.2,
    questions: WRITES_OF_AN_END,
    mayStrike: (point, view) => isEndingJob(view, point.node),
    strike(_, controls, point) {
      if (!controls.crash(point.node, 1_000 * sim.restartNodeMs)) return null;
      return hitAt(point.node, `${point.node}, the leader, died between two writes of the end of a job`);
    },
  };
}

function undeleted({ estimate: { checkpoints, tasks } }: FaultSetting): ClusterRule {
  return {
    stream: 'rare-deletion',
    at: 'request',
    kinds: ['storage-delete'],
    share: 0.2,
    questions: checkpoints * tasks,
    mayStrike: whileJobAlive,
    strike(_, controls, point) {
      controls.failRequest({ kind: 'not-available' });
      return hitAt(point.node, `${requestAt(point)} of ${point.node} failed`);
    },
  };
}

const RESTORES = 6; // answers that a task waits for as it is restored

function deathInRestore({ sim, estimate: { taskManagers } }: FaultSetting): ClusterRule {
  return {
    stream: 'rare-restore',
    at: 'step',
    kinds: ['artifact-loaded', 'loaded', 'sink-opened'],
    share: 0.2,
    questions: RESTORES * taskManagers,
    mayStrike: (point, view) => isRestoring(view, point.node),
    strike(_, controls, point) {
      if (!controls.crash(point.node, 1_000 * sim.restartNodeMs)) return null;
      return hitAt(point.node, `${point.node} died at ${point.kind}, while it restored tasks`);
    },
  };
}
