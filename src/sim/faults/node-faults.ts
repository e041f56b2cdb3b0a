// What happens to a process: it dies, dies for good, or is stopped for a while. The point is an input that it is about to take.
import type { WorldView } from '../observation.ts';
import { durationsMs, hitAt, inManyWays } from './rule.ts';
import type { FaultSetting, RuleOf } from './rule.ts';

export const crash: RuleOf = (setting) => ({
  stream: 'crash',
  at: 'step',
  mayStrike: () => true,
  ...inManyWays(downTimesMs(setting), (downMs, controls, { node, kind }) => {
    if (!controls.crash(node, downMs * 1_000, setting.aim.disk)) return null;
    return hitAt(node, `${node} died at ${kind}, down for ${downMs} ms`);
  }),
});

/** If each time has to be tried, back at once is one of them: nobody need notice. */
function downTimesMs(setting: FaultSetting): readonly number[] {
  return setting.isExact ? [0, ...durationsMs(setting)] : durationsMs(setting);
}

export const crashForGood: RuleOf = (setting) => ({
  stream: 'crash-for-good',
  at: 'step',
  mayStrike: (_, view) => livingOf(setting, view) > mustLive(setting),
  strike(controls, { node, kind }) {
    return controls.crash(node, 'never', setting.aim.disk)
      ? hitAt(node, `${node} died at ${kind} and never comes back`)
      : null;
  },
});

function candidates({ aim, nodes }: FaultSetting): readonly string[] {
  return aim.nodes ?? nodes;
}

/** So many must not be gone; more than half of those that may go, if nobody says. */
function mustLive(setting: FaultSetting): number {
  return setting.aim.mustLive ?? Math.floor(candidates(setting).length / 2) + 1;
}

/** Also those that are down count: they come back. */
function livingOf(setting: FaultSetting, view: WorldView): number {
  return candidates(setting).filter((address) => view.node(address)?.isGone === false).length;
}

export const pause: RuleOf = (setting) => ({
  stream: 'pause',
  at: 'step',
  mayStrike: () => true,
  ...inManyWays(durationsMs(setting), (forMs, controls, { node, kind }) => {
    if (!controls.pause(node, forMs * 1_000)) return null;
    return hitAt(node, `${node} was stopped at ${kind} for ${forMs} ms`);
  }),
});
