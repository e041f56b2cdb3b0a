// What happens to the clocks of a node: they differ from the beginning on, run fast or slow, or jump.
import { choose, durationsMs, hitAt, inManyWays } from './rule.ts';
import type { FaultSetting, RuleOf } from './rule.ts';

export const clockOffset: RuleOf = (setting) => ({
  stream: 'clock-offset',
  at: 'begin',
  mayStrike: () => true,
  ...inManyWays(durationsMs(setting), (aheadMs, controls, { node }) => {
    const wallMs = choose(controls, `clock-wall/${node}`, bothSigns(durationsMs(setting)));
    controls.jumpClock(node, aheadMs, 'both');
    controls.jumpClock(node, wallMs - aheadMs, 'wall');
    return hitAt(node, `the clock of ${node} is ${aheadMs} ms ahead, its wall clock ${aheadOrBehind(wallMs)}`);
  }),
});

export const clockDrift: RuleOf = (setting) => ({
  stream: 'clock-drift',
  at: 'step',
  mayStrike: () => true,
  ...inManyWays(driftsPpm(setting), (ppm, controls, { node, kind }) => {
    if (!controls.driftClock(node, ppm)) return null;
    const percent = Math.abs(ppm) / 10_000;
    return hitAt(node, `the clocks of ${node} run ${percent} % ${ppm > 0 ? 'fast' : 'slow'} from ${kind} on`);
  }),
});

export const clockJump: RuleOf = (setting) => ({
  stream: 'clock-jump',
  at: 'step',
  mayStrike: () => true,
  ...inManyWays(durationsMs(setting), (byMs, controls, { node, kind }) => {
    const which = choose(controls, `jump/${node}`, ['both', 'wall', 'wall-back'] as const);
    controls.jumpClock(node, which === 'wall-back' ? -byMs : byMs, which === 'both' ? 'both' : 'wall');
    const clocks = which === 'both' ? 'the clocks' : 'the wall clock';
    return hitAt(
      node,
      `${clocks} of ${node} jumped ${byMs} ms ${which === 'wall-back' ? 'back' : 'forward'} at ${kind}`,
    );
  }),
});

const DRIFT_PPM_MAX = 10_000;

/** A little to a lot, both ways. */
function driftsPpm({ aim, isExact }: FaultSetting): readonly number[] {
  const most = aim.driftPpmMax ?? DRIFT_PPM_MAX;
  return bothSigns((isExact ? [1] : [0.01, 0.1, 1]).map((part) => Math.max(1, Math.round(most * part))));
}

function bothSigns(amounts: readonly number[]): readonly number[] {
  return amounts.flatMap((amount) => [amount, -amount]);
}

function aheadOrBehind(ms: number): string {
  return ms < 0 ? `${-ms} ms behind` : `${ms} ms ahead`;
}
