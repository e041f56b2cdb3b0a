// Nodes that live, and take too long. A slow one does everything slowly, heartbeats included. A gray one does not look slow to whoever counts heartbeats: its
// data and its requests take long, and it is hardly of use. On connections a link that loses packets is one of these: what is lost is sent again.
import { atLeadingJob, atTaskRunner, jobManagerGroups, overGroups, taskManagerGroups } from './points.ts';
import { choose, hitAt, type FaultSetting, type RulesOf } from './rule.ts';

const TASK_MANAGERS = 0.7; // of the weight of slow nodes
const FACTORS = [4, 20];
const SERVICES = ['storage', 'source', 'sink'];

export const slowNode: RulesOf = (setting) => {
  const { estimate } = setting;
  const rule = {
    stream: 'slow-node',
    at: 'step',
    strike(_, controls, { node, kind }) {
      const factor = choose(controls, `slow-factor/${node}`, FACTORS);
      const forMs = choose(controls, `slow-time/${node}`, slowTimesMs(setting));
      if (!controls.slowNode(node, { factor, dataUs: 0, forUs: 1_000 * forMs })) return null;
      return hitAt(node, `${node} is ${factor} times as slow for ${forMs} ms from ${kind} on`);
    },
  } as const satisfies Partial<Parameters<typeof overGroups>[1]>;
  const ofTaskManagers = { ...rule, mayStrike: atTaskRunner };
  const ofJobManagers = { ...rule, mayStrike: atLeadingJob };
  return [
    ...overGroups(taskManagerGroups(estimate), ofTaskManagers, TASK_MANAGERS),
    ...overGroups(jobManagerGroups(estimate), ofJobManagers, 1 - TASK_MANAGERS),
  ];
};

export const grayNode: RulesOf = (setting) =>
  overGroups(taskManagerGroups(setting.estimate), {
    stream: 'gray-node',
    at: 'step',
    mayStrike: atTaskRunner,
    strike(_, controls, { node, kind }) {
      const extraMs = choose(controls, `gray/${node}`, grayDelaysMs(setting));
      const forMs = choose(controls, `gray-time/${node}`, slowTimesMs(setting));
      const [extraUs, forUs] = [1_000 * extraMs, 1_000 * forMs];
      if (!controls.slowNode(node, { factor: 1, dataUs: extraUs, forUs })) return null;
      for (const service of SERVICES)
        controls.troubleService({ service, node, kinds: null, forUs, failure: null, extraUs });
      return hitAt(node, `data and requests of ${node} take ${extraMs} ms longer for ${forMs} ms from ${kind} on`);
    },
  });

export function slowTimesMs({ options }: Pick<FaultSetting, 'options'>): readonly number[] {
  return [0.5, 1.3, 2.5].map((factor) => Math.ceil(factor * options.heartbeatTimeoutMs));
}

/** A checkpoint has some such ways before it. */
function grayDelaysMs({ options }: FaultSetting): readonly number[] {
  return [0.05, 0.2, 0.5].map((part) => Math.ceil(part * options.checkpointTimeoutMs));
}
