// All oracles of a cluster run. Each reports its first violation only; README.md says what each proves, and by which evidence.
import type { Oracle } from '../observation.ts';
import { commitOracle } from './commit.ts';
import type { OracleContext } from './context.ts';
import { cutOracle } from './cut.ts';
import { forEachJob } from './each-job.ts';
import { exactOracle } from './exact.ts';
import { fenceOracle } from './fence.ts';
import { firstViolationOnly } from './first-violation.ts';
import { idsOracle } from './ids.ts';
import { leakOracle } from './leak.ts';
import { liveOracle } from './live.ts';
import { notesOracle } from './notes.ts';
import { restoreOracle } from './restore.ts';
import { slotsOracle } from './slots.ts';
import { storeOracle } from './store.ts';
import { timeOracle } from './time.ts';

export type { OracleContext } from './context.ts';

/**
 * The narrow ones first: where several object to the same event, the first says most about its cause.
 * @param jobs all jobs of the run; most oracles judge each by itself, those that have the cluster in view judge it once
 */
export function clusterOracles(jobs: readonly OracleContext[]): Oracle[] {
  return [
    firstViolationOnly(fenceOracle(jobs[0] as OracleContext)),
    firstViolationOnly(forEachJob(jobs, idsOracle)),
    firstViolationOnly(slotsOracle()),
    firstViolationOnly(forEachJob(jobs, storeOracle)),
    firstViolationOnly(forEachJob(jobs, cutOracle)),
    firstViolationOnly(forEachJob(jobs, commitOracle)),
    firstViolationOnly(forEachJob(jobs, timeOracle)),
    firstViolationOnly(forEachJob(jobs, restoreOracle)),
    firstViolationOnly(forEachJob(jobs, exactOracle)),
    firstViolationOnly(forEachJob(jobs, liveOracle)),
    firstViolationOnly(leakOracle(jobs)),
    firstViolationOnly(notesOracle()),
  ] as Oracle[];
}
