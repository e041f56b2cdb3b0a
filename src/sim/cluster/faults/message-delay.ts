// A message takes much longer than usual. Its stream keeps its order, so all behind it is held up as well.
import { isJobRunning } from './peek.ts';
import { isPoint } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type RulesOf } from './rule.ts';

const controlKinds = [
  'submit-job',
  'register-task-manager',
  'task-manager-registered',
  'request-slot',
  'slot-answer',
  'offer-slots',
  'slots-accepted',
  'deploy-task',
  'cancel-task',
  'task-state-changed',
  'heartbeat',
  'heartbeat-answer',
  'trigger-checkpoint',
  'acknowledge-checkpoint',
  'decline-checkpoint',
  'abort-checkpoint',
  'notify-checkpoint-complete',
] as const;

const dataKinds = ['request-partition', 'channel-elements', 'channel-status'] as const;

export const messageDelay: RulesOf = (setting) => {
  const { checkpoints, tasks, sources, channels, heartbeats, taskManagers } = setting.estimate;
  return [
    delayRule(
      setting,
      controlKinds,
      0.7,
      checkpoints * (sources + 2 * tasks) + 2 * heartbeats * taskManagers + 4 * tasks,
    ),
    delayRule(setting, dataKinds, 0.3, channels * (checkpoints + 2)),
  ];
};

function delayRule({ options }: FaultSetting, kinds: readonly string[], share: number, questions: number): ClusterRule {
  const delaysMs = [
    20,
    0.3 * options.heartbeatTimeoutMs,
    0.8 * options.checkpointTimeoutMs,
    1.3 * options.heartbeatTimeoutMs,
  ].map(Math.ceil);
  return {
    stream: 'slow',
    at: 'send',
    kinds,
    share,
    questions,
    mayStrike: (point, view) => isPoint(point) && isJobRunning(view),
    strike(_, controls, point) {
      if (point.at !== 'send') return null;
      const delayMs = choose(controls, `slow/${point.node}`, delaysMs);
      controls.delayMessage(delayMs * 1_000);
      const { from, to } = point.message;
      return hitAt(`${from}>${to}`, `${point.kind} from ${from} to ${to} takes ${delayMs} ms longer`);
    },
  };
}
