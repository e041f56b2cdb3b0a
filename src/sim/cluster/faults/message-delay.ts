// A message takes much longer than usual. Its stream keeps its order, so all behind it is held up as well.
import { messageGroups, overGroups, whileJobAlive } from './points.ts';
import { choose, hitAt, type FaultSetting, type RulesOf } from './rule.ts';

export const messageDelay: RulesOf = (setting) =>
  overGroups(messageGroups(setting.estimate), {
    stream: 'slow',
    at: 'send',
    mayStrike: whileJobAlive,
    strike(_, controls, point) {
      if (point.at !== 'send') return null;
      const delayMs = choose(controls, `slow/${point.node}`, delaysMs(setting));
      controls.delayMessage(delayMs * 1_000);
      const { from, to } = point.message;
      return hitAt(`${from}>${to}`, `${point.kind} from ${from} to ${to} takes ${delayMs} ms longer`);
    },
  });

/** A little; less than anybody waits; nearly too long for a checkpoint; too long for everybody. */
export function delaysMs({ options }: FaultSetting): readonly number[] {
  const { heartbeatTimeoutMs, checkpointTimeoutMs } = options;
  return [20, 0.3 * heartbeatTimeoutMs, 0.8 * checkpointTimeoutMs, 1.3 * heartbeatTimeoutMs].map(Math.ceil);
}
