// A JobManager that does not lead says why, once, and again when that changes: another one leads, or its HA service does not answer.
import type { Address } from '../../core/base/machine.ts';
import type { Election } from '../../core/jobmanager/election-state.ts';
import type { ProcessLog } from '../../net-real/log/process-log.ts';
import { shownHa } from '../files.ts';

/** An HA service that is there answers sooner, if it is asked. */
const FIRST_MS = 5_000;
/** So many times it is asked meanwhile, at the least. */
const LOOKS_MIN = 3;
const LOOK_MS = 500;

export interface Standing {
  /** Its own. */
  readonly address: Address;
  /** To be looked at. */
  election(): Election;
  /** When the HA service last answered, on the clock of `performance`, in ms. */
  haAnsweredAt(): number;
  /** Between two questions to it. */
  readonly leaseRenewIntervalMs: number;
}

/** The function ends it. */
export function tellStandby(ha: string, standing: Standing, log: Pick<ProcessLog, 'say'>): () => void {
  const beganAt = performance.now();
  const silentMs = Math.max(FIRST_MS, LOOKS_MIN * standing.leaseRenewIntervalMs);
  let told = '';
  let silentSince: number | null = null;
  const look = (): void => {
    const now = performance.now();
    const { role, seenEpoch, seenAddress, seenResigned } = standing.election();
    const answeredAt = Math.max(beganAt, standing.haAnsweredAt());
    if (now - answeredAt >= silentMs) {
      if (silentSince !== null) return;
      silentSince = answeredAt;
      told = '';
      const what = role === 'LEADING' ? 'cannot go on leading' : 'cannot lead';
      const why = `its HA service in ${shownHa(ha)} has not answered for ${Math.round((now - answeredAt) / 1_000)} s`;
      return log.say('process', `${what}: ${why}`, 'warn');
    }
    if (silentSince !== null) {
      const seconds = Math.round((answeredAt - silentSince) / 1_000);
      log.say('process', `its HA service in ${shownHa(ha)} answers again, after ${seconds} s`);
      silentSince = null;
    }
    if (role !== 'STANDBY') told = '';
    if (role !== 'STANDBY' || seenEpoch === 0 || seenResigned || seenAddress === standing.address) return; // its own lease runs out
    const leader = `${seenAddress} leads with epoch ${seenEpoch}`;
    if (leader === told) return;
    told = leader;
    log.say('process', `stands by: ${leader}`);
  };
  const looks = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(looks);
}
