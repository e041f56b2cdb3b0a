// Reads traces while they are written: whole lines only, each once.
import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { parseTraceLine, type TraceLine } from './trace-line.ts';

const CHUNK_BYTES = 1 << 16;

interface Tailed {
  readonly descriptor: number;
  readonly decoder: StringDecoder;
  /** The beginning of a line. */
  rest: string;
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
      const texts = (tailed.rest + tailed.decoder.write(this.#chunk.subarray(0, size))).split('\n');
      tailed.rest = texts.pop() ?? '';
      for (const text of texts) {
        const line = parseTraceLine(text);
        if (line !== null) lines.push(line);
      }
    }
  }
}

function open(path: string): Tailed | null {
  try {
    return { descriptor: openSync(path, 'r'), decoder: new StringDecoder('utf8'), rest: '' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
