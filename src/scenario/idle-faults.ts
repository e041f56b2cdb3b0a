// Kinds of faults that can hit nothing in a scenario: whoever asks for one would prove nothing.
import { clusterOptionTable } from '../core/protocol/cluster-options.ts';
import { forgetfulClients } from './forgetful-clients.ts';
import type { FaultKind } from './fault-kinds.ts';
import { jobsOf, taskManagersNeeded } from './jobs.ts';
import type { Scenario } from './scenario.ts';

/** Why a kind of fault can hit nothing, as a clause that names what is missing; null: it can hit something. */
export function whyIdle(scenario: Scenario, kind: FaultKind): string | null {
  return reasons[kind]?.(scenario) ?? null;
}

/** The plan never destroys the last copy of what the guarantees rest on: where there is no other, it destroys none. */
const reasons: Readonly<Partial<Record<FaultKind, (scenario: Scenario) => string | null>>> = {
  'tm-loss': (scenario) => {
    const needed = taskManagersNeeded(scenario);
    const { taskManagers } = scenario.cluster;
    return needed < taskManagers
      ? null
      : `the jobs need ${needed} TaskManagers of ${taskManagers}: none can be lost for good`;
  },
  'jm-loss': ({ cluster }) =>
    cluster.jobManagers > 1
      ? null
      : 'it would be the last JobManager: without another one nobody goes on with the jobs',
  'storage-damage': ({ options }) => whyNothingIsSpared(options?.retainedCheckpoints ?? RETAINED_BY_DEFAULT),
  'power-loss': (scenario) =>
    jobsOf(scenario).some(({ endsProcess }) => endsProcess)
      ? null
      : 'no work folder holds anything that could be lost: none of the jobs has `endsProcess`',
  'user-chance': ({ varies }) =>
    varies === undefined ? 'the scenario does not say which code varies, and what of its results (`varies`)' : null,
  'client-crash': (scenario) =>
    forgetfulClients(scenario).length > 0
      ? null
      : 'what becomes of all requests may be removed: a client that forgot its answer would have the same done twice',
};

const RETAINED_BY_DEFAULT = clusterOptionTable.retainedCheckpoints.default;

/** Nobody goes on from an older checkpoint than the latest: only files of others can be damaged without the loss of what a job has done. */
export function whyNothingIsSpared(retainedCheckpoints: number): string | null {
  return retainedCheckpoints > 1
    ? null
    : 'retainedCheckpoints is 1: it would damage the last copy of what a job has done';
}
