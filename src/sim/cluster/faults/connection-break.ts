// A connection breaks. What was in flight is lost from some point on; each side hears of it at once, late, or never (half-open): the
// world decides which. Both directions between two nodes break with equal chance, as each has messages of its own.
import { isJobRunning } from './peek.ts';
import { isPoint } from './points.ts';
import { hitAt, type RulesOf } from './rule.ts';

const kinds = [
  'heartbeat',
  'heartbeat-answer',
  'deploy-task',
  'task-state-changed',
  'trigger-checkpoint',
  'acknowledge-checkpoint',
  'notify-checkpoint-complete',
  'channel-elements',
  'channel-credit',
] as const;

export const connectionBreak: RulesOf = ({ estimate }) => {
  const { checkpoints, tasks, sources, channels, heartbeats, taskManagers } = estimate;
  return [
    {
      stream: 'break',
      at: 'send',
      kinds,
      share: 1,
      questions: checkpoints * (sources + 2 * tasks + 3 * channels) + 2 * heartbeats * taskManagers + 3 * tasks,
      mayStrike: (point, view) => isPoint(point) && isJobRunning(view),
      strike(_, controls, point) {
        if (point.at !== 'send') return null;
        const { from, to, streamClass } = point.message;
        if (!controls.breakConnection(from, to, streamClass)) return null;
        return hitAt(`${from}>${to}`, `the ${streamClass} connection from ${from} to ${to} broke at ${point.kind}`);
      },
    },
  ];
};
