// The file by which the bench and the tasks of a Flink job speak. Board.java has the same layout.
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { PARALLELISM } from '../real/measure-real.ts';

const SUBTASKS_MAX = 8;
const PAUSED_AT = 0;
const RECORDS_AT = 64;
const LATENCIES_AT = 4_096;
const LATENCIES_MAX = 65_536;
const LATENCY_BYTES = 8 + 4 * LATENCIES_MAX;
const SIZE = LATENCIES_AT + SUBTASKS_MAX * LATENCY_BYTES;

export class Board {
  readonly path: string;
  readonly #file: number;
  readonly #latenciesSeen: number[] = Array.from({ length: PARALLELISM }, () => 0);

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'w+');
    ftruncateSync(this.#file, SIZE);
  }

  pause(isPaused: boolean): void {
    writeSync(this.#file, Uint8Array.of(isPaused ? 1 : 0), 0, 1, PAUSED_AT);
  }

  /** That sources emitted, all of them together. */
  records(): number {
    let sum = 0;
    for (let split = 0; split < PARALLELISM; split++) sum += this.#numberAt(RECORDS_AT + split * 8);
    return sum;
  }

  /** In µs, since the last time; of very many the latest. */
  takeLatencies(): number[] {
    return this.#latenciesSeen.flatMap((seen, subtask) => {
      const at = LATENCIES_AT + subtask * LATENCY_BYTES;
      const count = this.#numberAt(at);
      this.#latenciesSeen[subtask] = count;
      const ring = this.#bytes(at + 8, 4 * LATENCIES_MAX);
      const first = Math.max(seen, count - LATENCIES_MAX);
      return Array.from({ length: count - first }, (_, index) =>
        ring.readInt32LE(((first + index) % LATENCIES_MAX) * 4),
      );
    });
  }

  close(): void {
    closeSync(this.#file);
  }

  #numberAt(at: number): number {
    return Number(this.#bytes(at, 8).readBigInt64LE());
  }

  #bytes(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, at);
    return bytes;
  }
}
