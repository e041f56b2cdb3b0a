// What happens to the clocks of JobManagers and TaskManagers. A wall clock is wrong, or jumps: nothing but what people are told of times may depend on it.
// Both clocks run fast or slow. Both jump forward, as in a machine that was moved: heartbeats, leases and requests seem to be over.
import type { PointControls } from '../../world-types.ts';
import type { WorldView } from '../../observation.ts';
import { standbysOf } from './peek.ts';
import { atLeadingJob, atTaskRunner, jobManagerGroups, overGroups, taskManagerGroups } from './points.ts';
import { choose, hitAt, type ClusterRule, type FaultSetting, type OwnRule, type RulesOf } from './rule.ts';

const TASK_MANAGERS = 0.5; // of the weight of what strikes at steps

export const wallClock: RulesOf = (setting) => [wallSkew(setting), ...atSteps(setting, wallJump(), 1 - SKEWS)];

export const clockDrift: RulesOf = (setting) => atSteps(setting, drift());

export const clockJump: RulesOf = (setting) => atSteps(setting, forwardJump(setting));

/** Of any node, where no odds are given. */
export const wallJumpAnywhere = (): OwnRule => anywhere(wallJump());
export const driftAnywhere = (): OwnRule => anywhere(drift());
export const forwardJumpAnywhere = (setting: FaultSetting): OwnRule => anywhere(forwardJump(setting));

type Strike = Pick<ClusterRule, 'stream' | 'strike'>;

function anywhere(strike: Strike): OwnRule {
  return { ...strike, at: 'step', mayStrike: ({ node }, view) => isOfCluster(view, node) };
}

function atSteps({ estimate }: FaultSetting, strike: Strike, share = 1): readonly ClusterRule[] {
  const ofTaskManagers = { ...strike, at: 'step', mayStrike: atTaskRunner } as const;
  const ofJobManagers = { ...strike, at: 'step', mayStrike: atLeadingJob } as const;
  return [
    ...overGroups(taskManagerGroups(estimate), ofTaskManagers, share * TASK_MANAGERS),
    ...overGroups(jobManagerGroups(estimate), ofJobManagers, share * (1 - TASK_MANAGERS)),
  ];
}

function isOfCluster(view: WorldView, address: string): boolean {
  const role = view.node(address)?.role;
  return role === 'job-manager' || role === 'task-manager';
}

// ---- The wall clock

const SKEWS = 0.5; // of the weight; the rest are jumps
const WALL_MS = [200, 20_000, 3_600_000]; // a badly synced clock, one that was set by hand, one in another time zone

function wallSkew({ estimate }: FaultSetting): ClusterRule {
  return {
    stream: 'wall',
    at: 'begin',
    kinds: ['begin'],
    share: SKEWS,
    questions: estimate.jobManagers + estimate.taskManagers,
    mayStrike: ({ node }, view) => isOfCluster(view, node),
    strike(_, controls, { node }) {
      const byMs = chooseWall(controls, node);
      controls.jumpClock(node, byMs, 'wall');
      return hitAt(node, `the wall clock of ${node} is ${Math.abs(byMs)} ms ${byMs < 0 ? 'behind' : 'ahead'}`);
    },
  };
}

function wallJump(): Strike {
  return {
    stream: 'wall',
    strike(_, controls, { node, kind }) {
      const byMs = chooseWall(controls, node);
      controls.jumpClock(node, byMs, 'wall');
      const way = byMs < 0 ? 'back' : 'forward';
      return hitAt(node, `the wall clock of ${node} jumped ${Math.abs(byMs)} ms ${way} at ${kind}`);
    },
  };
}

function chooseWall(controls: PointControls, node: string): number {
  return choose(
    controls,
    `wall/${node}`,
    WALL_MS.flatMap((ms) => [-ms, ms]),
  );
}

// ---- Both clocks

const DRIFTS_PPM = [200, 2_000, 10_000]; // of a bad quartz, of a bad virtual machine, and one in a hundred

function drift(): Strike {
  return {
    stream: 'drift',
    strike(_, controls, { node, kind }) {
      const drifts = DRIFTS_PPM.flatMap((ppm) => [ppm, -ppm]);
      const ppm = choose(controls, `drift/${node}`, drifts);
      if (!controls.driftClock(node, ppm)) return null;
      const percent = Math.abs(ppm) / 10_000;
      return hitAt(node, `the clocks of ${node} run ${percent} % ${ppm > 0 ? 'fast' : 'slow'} from ${kind} on`);
    },
  };
}

/** Of the node, or of a standby, which then believes that nobody renews the lease. */
function forwardJump({ options }: FaultSetting): Strike {
  const { heartbeatTimeoutMs, leaseMs } = options;
  const jumpsMs = [0.4 * heartbeatTimeoutMs, 1.2 * leaseMs, 1.2 * heartbeatTimeoutMs, 10 * heartbeatTimeoutMs];
  return {
    stream: 'jump',
    strike(_, controls, { node, kind }, view) {
      const struck = choose(controls, `jump-who/${node}`, [node, ...standbysOf(view, node)]);
      const byMs = choose(controls, `jump/${node}`, jumpsMs.map(Math.ceil));
      controls.jumpClock(struck, byMs, 'both');
      return hitAt(struck, `the clocks of ${struck} jumped ${byMs} ms forward at ${kind}`);
    },
  };
}
