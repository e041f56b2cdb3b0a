// Large files of bytes: written in pieces, and whole or not at all; read in pieces, with a checksum at their end.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from './exit-codes.ts';
import { checkWritable, reasonOf, shownPath } from './files.ts';

const CHECKSUM_BYTES = 32;
const PIECE_BYTES = 1 << 20;

/** A file that gets its name and its checksum once it is whole. Refuses at once what cannot be written. */
export class NewByteFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #hash = createHash('sha256');
  /** Null: nothing was written yet. */
  #descriptor: number | null = null;

  constructor(path: string) {
    checkWritable(path);
    this.path = path;
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}.partial`);
  }

  write(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#write(bytes);
  }

  /** Under its name there is a whole file, or what was there before. */
  publish(): void {
    this.#write(this.#hash.digest());
    this.#orRemove(() => {
      closeSync(this.#descriptor as number);
      renameSync(this.#temporary, this.path);
    });
  }

  #write(bytes: Uint8Array): void {
    this.#orRemove(() => {
      this.#descriptor ??= openSync(this.#temporary, 'w');
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
    });
  }

  #orRemove(work: () => void): void {
    try {
      work();
    } catch (error) {
      rmSync(this.#temporary, { force: true });
      throw new UsageError(`${shownPath(this.path)} cannot be written: ${reasonOf(error)}`);
    }
  }
}

/** Such a file, from its beginning on. */
export class ByteFile {
  readonly #descriptor: number;
  /** Without the checksum. */
  readonly #size: number;
  #at = 0;

  /** Throws what the system says of it. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.#size = Math.max(0, fstatSync(this.#descriptor).size - CHECKSUM_BYTES);
  }

  /** All that was written is there, and nothing else. */
  isWhole(): boolean {
    const hash = createHash('sha256');
    for (let at = 0; at < this.#size; at += PIECE_BYTES)
      hash.update(this.#readAt(at, Math.min(PIECE_BYTES, this.#size - at)));
    return hash.digest().equals(this.#readAt(this.#size, CHECKSUM_BYTES));
  }

  /** The next bytes, in memory of their own: fewer where the file ends. */
  read(length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#readAt(this.#at, Math.min(length, this.#size - this.#at));
    this.#at += bytes.length;
    return bytes;
  }

  /** The next line, as far as it is no longer than this. Where the file ends too soon, the checksum is a part of it. */
  readLine(bytesMax: number): string {
    const bytes = this.#readAt(this.#at, bytesMax);
    const end = bytes.indexOf('\n'.charCodeAt(0));
    const line = end < 0 ? bytes : bytes.subarray(0, end);
    this.#at += Math.min(bytes.length, line.length + 1);
    return new TextDecoder().decode(line);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Fewer bytes where the file ends. */
  #readAt(from: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    let at = 0;
    for (let read = -1; at < length && read !== 0; at += read)
      read = readSync(this.#descriptor, bytes, at, length - at, from + at);
    return at < length ? bytes.slice(0, at) : bytes;
  }
}
