// A standby hears at once that the process of the leader is gone: from a connection that it keeps to it. Its machine is told that this leader resigned, and
// campaigns without waiting for the lease. Being wrong costs a change of leaders and no more, as each write of a leader is conditional on its epoch.
import { setImmediate } from 'node:timers/promises';
import type { Address, StreamClass } from '../core/base/vocabulary.ts';
import type { LeaderRecord } from '../core/protocol/ha-records.ts';
import { decodeLeader, encodeLeader } from '../core/protocol/records-codec.ts';
import type { Receiver } from './network.ts';
import type { Port } from './port.ts';

/** A process takes so many leaders for gone in `CLAIMS_MS`: a connection that comes and goes must not depose leaders without end. */
const CLAIMS_MAX = 3;
const CLAIMS_MS = 60_000;

export interface LeaderLineOptions {
  readonly address: Address;
  /** Whether the process there says a word: not if none comes in time, or the connection ends first. */
  readonly isHeard: (address: Address) => Promise<boolean>;
  readonly tell: (sentence: string) => void;
}

/** What became of a question. `lost`: its connection ended, or there was none. */
type Outcome = 'heard' | 'lost' | 'silent';

/**
 * The connection to the leader. A leader is gone if it was heard on it, then the connection ended, and no other one can be opened at two attempts: each of
 * the two processes has a stream to the other, and the second may end while the first attempt waits. So one that was never reached from here is never taken
 * for gone: it may be cut off from this process alone.
 */
export class LeaderLine implements Receiver {
  readonly #options: LeaderLineOptions;
  #leader: LeaderRecord | null = null;
  #state: 'unheard' | 'asked' | 'heard' | 'gone' = 'unheard';
  /** Connections to it that ended. */
  #losses = 0;
  /** When leaders were taken for gone. */
  #claimedAt: readonly number[] = [];

  constructor(options: LeaderLineOptions) {
    this.#options = options;
  }

  /** @param leader as the HA service has it now */
  isGone(leader: LeaderRecord): boolean {
    if (leader.address === this.#options.address) return false;
    if (leader.epoch !== this.#leader?.epoch) {
      this.#leader = leader;
      this.#state = 'unheard';
    }
    if (this.#state === 'unheard') void this.#listen(this.#leader);
    return this.#state === 'gone';
  }

  onMessage(): void {}

  onConnectionLost(peer: Address, streamClass: StreamClass): void {
    const leader = this.#leader;
    if (streamClass !== 'control' || peer !== leader?.address) return;
    this.#losses += 1;
    if (this.#state === 'heard') void this.#judge(leader);
  }

  async #listen(leader: LeaderRecord): Promise<void> {
    const outcome = await this.#ask(leader);
    if (this.#leader === leader) this.#state = outcome === 'heard' ? 'heard' : 'unheard';
  }

  async #judge(leader: LeaderRecord): Promise<void> {
    this.#state = 'asked';
    await setImmediate(); // whoever else hears of the loss in this turn would take it for that of the question
    let outcome = await this.#ask(leader);
    if (outcome === 'lost') outcome = await this.#ask(leader);
    if (this.#leader !== leader) return;
    if (outcome === 'lost') this.#state = this.#claim(leader) ? 'gone' : 'unheard';
    else this.#state = outcome === 'heard' ? 'heard' : 'unheard';
  }

  async #ask(leader: LeaderRecord): Promise<Outcome> {
    this.#state = 'asked';
    const losses = this.#losses;
    const isHeard = await this.#options.isHeard(leader.address);
    if (isHeard) return 'heard';
    return this.#losses > losses ? 'lost' : 'silent';
  }

  #claim({ address, epoch }: LeaderRecord): boolean {
    const now = performance.now();
    this.#claimedAt = this.#claimedAt.filter((at) => now - at < CLAIMS_MS);
    if (this.#claimedAt.length >= CLAIMS_MAX) return false;
    this.#claimedAt = [...this.#claimedAt, now];
    this.#options.tell(
      `the leader of epoch ${epoch} is gone: the connection to ${address} ended, and none can be opened`,
    );
    return true;
  }
}

/** No count of renewals: the look is news to the machine, and so is the next one that tells how it is. */
const NO_RENEWALS = -1;

/** The HA service, but for looks at the lease of a leader that is gone: it has resigned. */
export function tellingOfGone(port: Port, line: Pick<LeaderLine, 'isGone'>): Port {
  return {
    serves: port.serves,
    async request(request, id) {
      const answer = await port.request(request, id);
      if (answer.kind !== 'ha-lease' || answer.leader === null) return answer;
      const leader = decodeLeader(answer.leader.value);
      if (!leader.ok || leader.value.resigned || !line.isGone(leader.value)) return answer;
      const value = encodeLeader({ ...leader.value, resigned: true });
      return { ...answer, leader: { ...answer.leader, value }, renewals: NO_RENEWALS };
    },
    close: () => port.close(),
  };
}
