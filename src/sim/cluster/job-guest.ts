// The guest that is a Millrace cluster with a job.
import { clusterOptionTable } from '../../core/protocol/cluster-options.ts';
import { faultKinds, type FaultKind } from '../../scenario/fault-kinds.ts';
import { whyIdle } from '../../scenario/idle-faults.ts';
import { emptyInput } from '../../scenario/input.ts';
import { clientsOf } from '../../scenario/jobs.ts';
import { outputOf } from '../../scenario/output-text.ts';
import { phases } from '../../scenario/phases.ts';
import { simOptionTable, timelessCluster } from '../../scenario/sim-options.ts';
import { smallerParallelisms } from '../../scenario/smaller.ts';
import { jobHeader } from '../../run/job-header.ts';
import type { Guest } from '../guest.ts';
import { roleOfStream } from '../search/roles.ts';
import { beginRun } from './run.ts';
import type { JobGiven, JobRunResult } from './run-types.ts';
import { countJob, sumUpJobs, tellJob } from './tell.ts';

/** What `--set` can set: options of the cluster and of the world. */
export const jobOptionTable = { ...clusterOptionTable, ...simOptionTable };

export function jobGuest(given: JobGiven): Guest<JobRunResult> {
  const { scenario } = given;
  return {
    kind: 'job',
    name: scenario.name,
    about: scenario.about,
    header: jobHeader({ ...scenario.cluster, clients: clientsOf(scenario) }),
    options: jobOptionTable,
    timeless: timelessCluster,
    parallelisms: smallerParallelisms(scenario),
    faultKinds,
    whyIdle: (fault) => whyIdle(scenario, fault as FaultKind),
    weights: scenario.faults,
    coverage: { phases, excuses: scenario.excuses ?? [] },
    roleOf: roleOfStream,
    begin: (request) => beginRun({ ...request, ...given }),
    tell: tellJob,
    count: countJob,
    sumUp: sumUpJobs,
    provesNothing: ({ records = 0 }) => emptyInput(records),
    outputOf: (result) => outputOf(scenario, result),
  };
}
