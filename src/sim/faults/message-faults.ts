// What happens to one message that leaves for somebody who lives, or to the connection that it travels on.
import type { WorldView } from '../observation.ts';
import type { FaultPoint } from '../world-types.ts';
import { durationsMs, hitAt, inManyWays, isThere } from './rule.ts';
import type { FaultSetting, RuleOf } from './rule.ts';

const toSomebody =
  (setting: FaultSetting) =>
  (point: FaultPoint, view: WorldView): boolean =>
    point.at === 'send' && isThere(setting, view, point.message.to);

export const messageDelay: RuleOf = (setting) => ({
  stream: 'slow',
  at: 'send',
  mayStrike: toSomebody(setting),
  ...inManyWays(durationsMs(setting), (delayMs, controls, point) => {
    if (point.at !== 'send') return null;
    const { from, to } = point.message;
    controls.delayMessage(delayMs * 1_000);
    return hitAt(`${from}>${to}`, `${point.kind} from ${from} to ${to} takes ${delayMs} ms longer`);
  }),
});

export const messageLoss: RuleOf = (setting) => ({
  stream: 'drop',
  at: 'send',
  mayStrike: toSomebody(setting),
  strike(controls, point) {
    if (point.at !== 'send') return null;
    const { from, to } = point.message;
    controls.dropMessage();
    return hitAt(`${from}>${to}`, `${point.kind} from ${from} to ${to} was lost`);
  },
});

export const messageDuplicate: RuleOf = (setting) => ({
  stream: 'twice',
  at: 'send',
  mayStrike: toSomebody(setting),
  ...inManyWays([0, ...durationsMs(setting)], (laterMs, controls, point) => {
    if (point.at !== 'send') return null;
    const { from, to } = point.message;
    controls.duplicateMessage(laterMs * 1_000);
    const when = laterMs === 0 ? 'at about the same time' : `${laterMs} ms later`;
    return hitAt(`${from}>${to}`, `${point.kind} from ${from} to ${to} comes again ${when}`);
  }),
});

export const connectionBreak: RuleOf = (setting) => ({
  stream: 'break-at',
  at: 'send',
  mayStrike: toSomebody(setting),
  strike(controls, point) {
    if (point.at !== 'send') return null;
    const { from, to, streamClass } = point.message;
    if (!controls.breakConnection(from, to, streamClass)) return null;
    return hitAt(`${from}>${to}`, `the ${streamClass} connection from ${from} to ${to} broke at ${point.kind}`);
  },
});
