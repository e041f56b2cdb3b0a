// Moments that chance seldom hits, each with the fault that can do most harm there: a pointer of unknown outcome as its job restarts, a leader that dies
// between two writes of an end, a file that cannot be deleted, a TaskManager that dies as it restores, or as some tasks have ended behind a final
// checkpoint and others not, a record of an isolated leader that outlives it.
import { CHECKPOINTS_PREFIX, UNREACHED_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { FaultPoint } from '../../world-types.ts';
import { addressesOf, isEndingJob, isRestoring, isTaskRunner, taskRunners } from './peek.ts';
import { messageAt, requestAt, whileJobAlive } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';
import { longestDownMs } from './tm-crash.ts';

/** The shares of the first four add up to 1. The others come on top: where they can strike, few of the first do. */
export const rareMoment: RulesOf = (setting) => [
  pointerInRestart(setting),
  betweenWrites(setting),
  undeleted(setting),
  deathInRestore(setting),
  deathAtFinal(setting),
  recordLeft(setting),
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
      if (!controls.crash(victim, 1_000 * sim.restartNodeMs, 'kept')) return null;
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
      if (!controls.crash(point.node, 1_000 * sim.restartNodeMs, 'kept')) return null;
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
      if (!controls.crash(point.node, 1_000 * sim.restartNodeMs, 'kept')) return null;
      return hitAt(point.node, `${point.node} died at ${point.kind}, while it restored tasks`);
    },
  };
}

/** Some regions of the job are FINISHED by then, and others are not. */
function deathAtFinal({ sim, estimate: { tasks } }: FaultSetting): ClusterRule {
  return {
    stream: 'rare-final',
    at: 'step',
    kinds: ['notify-checkpoint-complete'],
    share: 0.3,
    questions: tasks,
    mayStrike: (point, view) => isFinalNotice(point) && isTaskRunner(view, point.node),
    strike(_, controls, point) {
      if (!controls.crash(point.node, 1_000 * sim.restartNodeMs, 'kept')) return null;
      return hitAt(point.node, `${point.node} died as it heard that a final checkpoint is complete`);
    },
  };
}

function isFinalNotice(point: FaultPoint): boolean {
  const message = messageAt(point);
  return message?.kind === 'notify-checkpoint-complete' && message.body.final;
}

/**
 * A TaskManager said that it cannot reach a leader, and all TaskManagers die as the next leader deletes that. The deletion fails, so that the next leader hears
 * nobody and finds a record of another one.
 */
function recordLeft(setting: FaultSetting): ClusterRule {
  return {
    stream: 'rare-record',
    at: 'request',
    kinds: ['ha-write'],
    share: 0.5,
    questions: setting.estimate.taskManagers,
    mayStrike: (point, view) => isRecordDeleted(point) && view.node(point.node)?.role === 'job-manager',
    strike(_, controls, point, view) {
      const downUs = 1_000 * longestDownMs(setting);
      const died = addressesOf(view, 'task-manager').filter((address) => controls.crash(address, downUs, 'kept'));
      if (died.length === 0) return null;
      controls.failRequest({ kind: 'not-available' });
      return hitAt(
        point.node,
        `${requestAt(point)} of ${point.node} failed, and ${died.join(', ')} died at that moment`,
      );
    },
  };
}

function isRecordDeleted(point: FaultPoint): boolean {
  const request = point.at === 'request' ? (point.request as PortRequest) : null;
  return request?.kind === 'ha-write' && request.key.startsWith(UNREACHED_PREFIX) && request.value === null;
}
