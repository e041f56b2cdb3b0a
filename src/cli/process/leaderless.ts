// A TaskManager that finds no leader waits, as one may come. That it waits is told: its HA service may be another one than that of the JobManagers.
import type { Leader } from '../../core/leadership/leader-watch.ts';
import { isHaFolder } from '../../net-real/ha-service.ts';
import type { ProcessLog } from '../../net-real/log/process-log.ts';
import { shownHa } from '../files.ts';

/** An election takes less where a JobManager runs. */
const FIRST_MS = 5_000;
/** Each line comes after twice the time of the one before it, and after this at the latest. */
const PAUSE_MAX_MS = 300_000;
const LOOK_MS = 500;

/**
 * Warns while there is no leader, and tells the one that it warned of the lack of. Ends with that; the function ends it before.
 *
 * @param leader whom the process follows; null: nobody yet
 */
export function tellLeaderless(ha: string, leader: () => Leader | null, log: Pick<ProcessLog, 'say'>): () => void {
  const beganAt = performance.now();
  let nextMs = FIRST_MS;
  const look = (): void => {
    const waitedMs = performance.now() - beganAt;
    const seconds = Math.round(waitedMs / 1_000);
    const found = leader();
    if (found !== null) {
      clearInterval(looks);
      if (nextMs > FIRST_MS)
        log.say('process', `follows the leader ${found.address}, epoch ${found.epoch}, after ${seconds} s`);
      return;
    }
    if (waitedMs < nextMs) return;
    nextMs = waitedMs + Math.min(waitedMs, PAUSE_MAX_MS);
    const why = `no JobManager runs there, or it is another ${isHaFolder(ha) ? 'folder' : 'place'}`;
    log.say('process', `no leader in ${shownHa(ha)} for ${seconds} s: ${why}`, 'warn');
  };
  const looks = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(looks);
}
