// All oracles of a cluster run. Each reports its first violation only; README.md says what each proves, and by which evidence.
import type { Oracle } from '../observation.ts';
import { commitOracle } from './commit.ts';
import type { OracleContext } from './context.ts';
import { cutOracle } from './cut.ts';
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

/** The narrow ones first: where several object to the same event, the first says most about its cause. */
export function clusterOracles(context: OracleContext): Oracle[] {
  return [
    firstViolationOnly(fenceOracle(context)),
    firstViolationOnly(idsOracle(context)),
    firstViolationOnly(slotsOracle(context)),
    firstViolationOnly(storeOracle(context)),
    firstViolationOnly(cutOracle(context)),
    firstViolationOnly(commitOracle(context)),
    firstViolationOnly(timeOracle(context)),
    firstViolationOnly(restoreOracle(context)),
    firstViolationOnly(exactOracle(context)),
    firstViolationOnly(liveOracle(context)),
    firstViolationOnly(leakOracle(context)),
    firstViolationOnly(notesOracle()),
  ] as Oracle[];
}
