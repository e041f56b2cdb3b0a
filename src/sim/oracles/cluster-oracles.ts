// All oracles of a cluster run. Each reports its first violation only; README.md says what each proves, and by which evidence.
import type { Oracle } from '../observation.ts';
import { backOracle } from './back.ts';
import { causeOracle } from './cause.ts';
import { commitOracle } from './commit.ts';
import type { OracleContext } from './context.ts';
import { cutOracle } from './cut.ts';
import { forEachJob } from './each-job.ts';
import { drainOracle } from './drain.ts';
import { exactOracle } from './exact.ts';
import { fenceOracle } from './fence.ts';
import { idsOracle } from './ids.ts';
import { leadOracle } from './lead.ts';
import { leakOracle } from './leak.ts';
import { lifeOracle } from './life.ts';
import { liveOracle } from './live.ts';
import { notesOracle } from './notes.ts';
import { restoreOracle } from './restore.ts';
import { savepointOracle } from './savepoint.ts';
import { slotsOracle } from './slots.ts';
import { storeOracle } from './store.ts';
import { timeOracle } from './time.ts';
import { viewOracle } from './view.ts';

export type { OracleContext } from './context.ts';

/**
 * The narrow ones first: where several object to the same event, the first says most about its cause.
 * @param jobs all jobs of the run; most oracles judge each by itself, those that have the cluster in view judge it once
 * @param isTimed how long things take is as in a real cluster; where all runs are tried, time is no more than an order, and no cause can be told by it
 */
export function clusterOracles(jobs: readonly OracleContext[], isTimed = true): Oracle[] {
  const oracles = [
    fenceOracle(jobs[0] as OracleContext),
    forEachJob(jobs, idsOracle),
    slotsOracle(),
    drainOracle(),
    forEachJob(jobs, storeOracle),
    forEachJob(jobs, savepointOracle),
    forEachJob(jobs, cutOracle),
    forEachJob(jobs, commitOracle),
    forEachJob(jobs, timeOracle),
    forEachJob(jobs, restoreOracle),
    forEachJob(jobs, lifeOracle),
    forEachJob(jobs, exactOracle),
    forEachJob(jobs, liveOracle),
    leakOracle(jobs),
    notesOracle(),
    ...(jobs.some(({ looksOn }) => looksOn === true) ? [viewOracle(jobs)] : []),
    ...(isTimed ? [leadOracle(jobs[0] as OracleContext), backOracle(jobs), causeOracle(jobs)] : []),
  ] as Oracle[];
  return oracles.map((oracle) => ({ ...oracle, once: true }));
}
