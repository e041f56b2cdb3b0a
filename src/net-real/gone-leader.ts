// A standby hears at once that the process of the leader is gone: from a connection that it keeps to it, or, as it starts, from its own system. Its machine
// is told that this leader resigned, and campaigns without waiting for the lease. Being wrong costs a change of leaders and no more, as each write of a
// leader is conditional on its epoch.
import { setImmediate } from 'node:timers/promises';
import type { Address, StreamClass } from '../core/base/vocabulary.ts';
import type { LeaderRecord } from '../core/protocol/ha-records.ts';
import type { HaEntry } from '../core/protocol/ports.ts';
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
  /** Whether it is known that no process listens there: `nobodyListensAt`. */
  readonly isLeft: (address: Address) => Promise<boolean>;
  readonly tell: (sentence: string) => void;
}

/** What became of a question. `lost`: its connection ended, or there was none. */
type Outcome = 'heard' | 'lost' | 'silent';

/**
 * The connection to the leader. A leader is gone if it was heard on it, then the connection ended, and no other one can be opened at two attempts: each of
 * the two processes has a stream to the other, and the second may end while the first attempt waits. One that was never reached from here may be cut off
 * from this process alone. It is gone only if it is the one that this process finds as it starts, and nobody listens at its address, which is of this
 * machine: so it is when all processes were killed. Were that asked of later leaders too, two that live behind relays that do not could depose each other.
 */
export class LeaderLine implements Receiver {
  readonly #options: LeaderLineOptions;
  #leader: LeaderRecord | null = null;
  #state: 'unheard' | 'asked' | 'heard' | 'gone' = 'unheard';
  /** Connections to it that ended. */
  #losses = 0;
  /** It has not seen yet who led as it started. */
  #isNew = true;
  /** When leaders were taken for gone. */
  #claimedAt: readonly number[] = [];

  constructor(options: LeaderLineOptions) {
    this.#options = options;
  }

  /** @param leader as the HA service has it now; null: none that counts */
  async isGone(leader: LeaderRecord | null): Promise<boolean> {
    const isFound = this.#isNew;
    this.#isNew = false;
    if (leader === null || leader.address === this.#options.address) return false;
    if (leader.epoch !== this.#leader?.epoch) {
      this.#leader = leader;
      this.#state = 'unheard';
      if (isFound) await this.#lookForIt(leader);
    }
    if (this.#leader === leader && this.#state === 'unheard') void this.#listen(leader);
    return this.#leader.epoch === leader.epoch && this.#state === 'gone';
  }

  onMessage(): void {}

  onConnectionLost(peer: Address, streamClass: StreamClass): void {
    const leader = this.#leader;
    if (streamClass !== 'control' || peer !== leader?.address) return;
    this.#losses += 1;
    if (this.#state === 'heard') void this.#judge(leader);
  }

  async #lookForIt(leader: LeaderRecord): Promise<void> {
    this.#state = 'asked';
    const isLeft = await this.#options.isLeft(leader.address);
    if (this.#leader !== leader) return;
    const isGone = isLeft && this.#claim(leader, `nobody listens at ${leader.address}, which is of this machine`);
    this.#state = isGone ? 'gone' : 'unheard';
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
    const isGone = outcome === 'lost' && this.#claim(leader, lineEnded(leader));
    if (isGone) this.#state = 'gone';
    else this.#state = outcome === 'heard' ? 'heard' : 'unheard';
  }

  async #ask(leader: LeaderRecord): Promise<Outcome> {
    this.#state = 'asked';
    const losses = this.#losses;
    const isHeard = await this.#options.isHeard(leader.address);
    if (isHeard) return 'heard';
    return this.#losses > losses ? 'lost' : 'silent';
  }

  #claim({ epoch }: LeaderRecord, why: string): boolean {
    const now = performance.now();
    this.#claimedAt = this.#claimedAt.filter((at) => now - at < CLAIMS_MS);
    if (this.#claimedAt.length >= CLAIMS_MAX) return false;
    this.#claimedAt = [...this.#claimedAt, now];
    this.#options.tell(`the leader of epoch ${epoch} is gone: ${why}`);
    return true;
  }
}

const lineEnded = ({ address }: LeaderRecord): string => `the connection to ${address} ended, and none can be opened`;

/** No count of renewals: the look is news to the machine, and so is the next one that tells how it is. */
const NO_RENEWALS = -1;

/** The HA service, but for looks at the lease of a leader that is gone: it has resigned. */
export function tellingOfGone(port: Port, line: Pick<LeaderLine, 'isGone'>): Port {
  return {
    serves: port.serves,
    async request(request, id) {
      const answer = await port.request(request, id);
      if (answer.kind !== 'ha-lease') return answer;
      const leader = leaderOf(answer.leader);
      const isGone = await line.isGone(leader);
      if (!isGone || leader === null || answer.leader === null) return answer;
      const value = encodeLeader({ ...leader, resigned: true });
      return { ...answer, leader: { ...answer.leader, value }, renewals: NO_RENEWALS };
    },
    close: () => port.close(),
  };
}

function leaderOf(entry: HaEntry | null): LeaderRecord | null {
  const record = entry === null ? null : decodeLeader(entry.value);
  return record?.ok === true && !record.value.resigned ? record.value : null;
}
