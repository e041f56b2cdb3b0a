// Metrics of other processes of the cluster: one question, one answer, over the streams that are there for the machines, to an extension of the address of
// each process (switchboard.ts). Nobody is asked before somebody looks, and then at most once in CACHE_MS, however many look.
import type { Address, Envelope, StreamClass } from '../../core/base/vocabulary.ts';
import type { MessageCodec, Network, Receiver } from '../network.ts';
import { stationOf } from '../switchboard.ts';
import { letterCodec, type MetricsWord, type Readings } from './readings.ts';

/** Name of the extension that answers, in each process. */
export const METRICS_EXTENSION = 'metrics';

/** An answer, also that there is none, is told again for so long. */
export const CACHE_MS = 1_000;
/** Whoever does not answer within this time is left out: a process that stands still must not hold up those who ask for all. */
export const ANSWER_MS = 500;
/** Addresses that are remembered: more than a cluster has. */
const ADDRESSES_MAX = 4_096;

interface Asked {
  readonly at: number;
  readonly answer: Promise<Readings | null>;
}

interface Waiting {
  readonly address: Address;
  readonly tell: (readings: Readings | null) => void;
}

export class MetricsDesk implements Receiver {
  readonly #network: Network;
  readonly #read: () => Readings;
  readonly #asked = new Map<Address, Asked>();
  /** By the number of the question. */
  readonly #waiting = new Map<number, Waiting>();
  #questions = 0;
  #isClosed = false;

  /** @param network the extension of this process. @param read what this process tells of itself */
  constructor(network: Network, read: () => Readings) {
    this.#network = network;
    this.#read = read;
    network.deliverTo(this);
  }

  /** What the process at this address told, not older than CACHE_MS; null: it does not answer. */
  ask(address: Address): Promise<Readings | null> {
    const now = performance.now();
    const known = this.#asked.get(address);
    if (known !== undefined && now - known.at < CACHE_MS) return known.answer;
    const answer = this.#isClosed ? Promise.resolve(null) : this.#askNow(address);
    this.#asked.delete(address); // the newest is last
    this.#asked.set(address, { at: now, answer });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > ADDRESSES_MAX && oldest !== undefined) this.#asked.delete(oldest);
    return answer;
  }

  #askNow(address: Address): Promise<Readings | null> {
    const question = ++this.#questions;
    return new Promise((resolve) => {
      const tell = (readings: Readings | null): void => {
        clearTimeout(timer);
        this.#waiting.delete(question);
        resolve(readings);
      };
      const timer = setTimeout(() => tell(null), ANSWER_MS).unref();
      this.#waiting.set(question, { address, tell });
      this.#send(`${stationOf(address)}#${METRICS_EXTENSION}`, { kind: ASK, question });
    });
  }

  #send(to: Address, { kind, ...body }: MetricsWord): void {
    this.#network.send({ effect: 'send', streamClass: 'control', from: this.#network.address, to, kind, body });
  }

  onMessage({ from, kind, body }: Envelope): void {
    const word = { kind, ...(body as object) } as MetricsWord; // the codec has looked at it
    if (this.#isClosed) return;
    if (word.kind === ASK) {
      this.#send(from, { kind: TOLD, question: word.question, readings: this.#read() });
      return;
    }
    const waiting = this.#waiting.get(word.question);
    if (waiting?.address === stationOf(from)) waiting.tell(word.readings);
  }

  onConnectionLost(peer: Address, streamClass: StreamClass): void {
    if (streamClass !== 'control') return;
    for (const { address, tell } of this.#waiting.values()) if (address === peer) tell(null);
  }

  /** Whoever still waits is not answered. */
  close(): void {
    this.#isClosed = true;
    for (const { tell } of this.#waiting.values()) tell(null);
  }
}

const [ASK, TOLD] = ['ask-readings', 'readings'] as const satisfies readonly MetricsWord['kind'][];

/** The codec of the machines, and that of questions beside it. */
export function withMetrics(codec: MessageCodec): MessageCodec {
  return {
    encode: (message) => {
      const { kind } = message;
      if (kind !== ASK && kind !== TOLD) return codec.encode(message);
      const { from, to, body } = message;
      return letterCodec.encode({ from, to, word: { kind, ...(body as object) } as MetricsWord });
    },
    decode: (bytes) => {
      const message = codec.decode(bytes);
      if (message.ok) return message;
      const letter = letterCodec.decode(bytes);
      if (!letter.ok) return message;
      const { from, to, word } = letter.value;
      const { kind, ...body } = word;
      return { ok: true, value: { effect: 'send', streamClass: 'control', from, to, kind, body } };
    },
  };
}
