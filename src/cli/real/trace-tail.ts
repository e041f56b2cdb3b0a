// Reads traces while they are written: whole lines only, each once.
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { readTraceLine } from '../../run/read-trace.ts';
import type { TraceLine } from '../../run/trace.ts';
import { LineReader } from '../../run/trace-lines.ts';

const CHUNK_BYTES = 1 << 16;

interface Tailed {
  readonly descriptor: number;
  readonly decoder: StringDecoder;
  readonly reader: LineReader;
  /** The beginning of a line, in pieces: a line is put together once, however long it is. */
  rest: string[];
}

export class TraceTail {
  readonly #files = new Map<string, Tailed | null>();
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);

  /** Follows a file, which need not be there yet. */
  follow(path: string): void {
    this.#files.set(path, null);
  }

  /** What was written since the last time, over all files in the order of time. */
  read(): TraceLine[] {
    const lines: TraceLine[] = [];
    for (const [path, known] of this.#files) {
      const tailed = known ?? open(path);
      if (tailed === null) continue;
      this.#files.set(path, tailed);
      this.#readFile(tailed, lines);
    }
    return lines.sort((a, b) => a.at - b.at);
  }

  close(): void {
    for (const tailed of this.#files.values()) if (tailed !== null) closeSync(tailed.descriptor);
    this.#files.clear();
  }

  #readFile(tailed: Tailed, lines: TraceLine[]): void {
    for (;;) {
      const size = readSync(tailed.descriptor, this.#chunk, 0, CHUNK_BYTES, null);
      if (size === 0) return;
      const pieces = tailed.decoder.write(this.#chunk.subarray(0, size)).split('\n');
      const last = pieces.pop() ?? '';
      for (const piece of pieces) {
        const line = readTraceLine([...tailed.rest, piece].join(''), tailed.reader); // a process that was killed may leave half of one
        if (line.ok) lines.push(line.value);
        tailed.rest = [];
      }
      tailed.rest.push(last);
    }
  }
}

function open(path: string): Tailed | null {
  try {
    return { descriptor: openSync(path, 'r'), decoder: new StringDecoder('utf8'), reader: new LineReader(), rest: [] };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
