// Frames on a connection: four bytes of length, big endian, the same bytes inverted, then that many bytes (a sealed hello or message, with format,
// version and checksum of its own). Nothing here knows what they mean, and nothing here touches a socket.
//
// Why the length is there twice: a damaged one would take what follows, heartbeats included, for the content of a frame that hardly ever ends.
// Its stream would swallow all, say nothing, and stay: to the machines a partition that never heals.

const LENGTH_BYTES = 4;
const HEADER_BYTES = 2 * LENGTH_BYTES;
const NOTHING = new Uint8Array(0);
/** A part of a frame that is shorter is copied, and joined with those before it. */
const SMALL_BYTES = 4_096;
/** Shorter Buffers may lie in a pool, which each of them would keep. */
const POOLED_BYTES_MAX = 8_192;

export function joinFrames(frames: readonly Uint8Array[]): Buffer {
  let size = 0;
  for (const frame of frames) size += frameSize(frame);
  const joined = Buffer.allocUnsafe(size);
  let at = 0;
  for (const frame of frames) at = putFrame(joined, at, frame);
  return joined;
}

function putFrame(into: Buffer, begin: number, content: Uint8Array): number {
  let at = into.writeUInt32BE(content.length, begin);
  at = into.writeInt32BE(~content.length, at);
  into.set(content, at);
  return at + content.length;
}

/** Bytes that a frame of this content takes on its connection. */
export function frameSize(content: Uint8Array): number {
  return HEADER_BYTES + content.length;
}

/** What is given to `write` of a socket. */
export interface FrameSink {
  write(bytes: Uint8Array): unknown;
  /** Of what it was given and still reads. */
  readonly writableLength: number;
}

const CHUNK_BYTES = 65_536;
const NO_CHUNK = Buffer.alloc(0);

/** Frames that wait to be written together: a copy costs less than a system call, or an entry of a vector, for each. */
export class FrameQueue {
  /** Of all of them. */
  sizeBytes = 0;
  /** Those that no frame fits into any more. */
  #full: Buffer[] = [];
  #chunk = NO_CHUNK;
  #length = 0;

  /** Copies the content. */
  add(content: Uint8Array): void {
    const size = frameSize(content);
    if (this.#length + size > this.#chunk.length) this.#begin(size);
    this.#length = putFrame(this.#chunk, this.#length, content);
    this.sizeBytes += size;
  }

  #begin(sizeBytes: number): void {
    if (this.#length > 0) this.#full.push(this.#written());
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, sizeBytes));
    this.#length = 0;
  }

  #written(): Buffer {
    return this.#chunk.subarray(0, this.#length);
  }

  /** The last chunk is used again if the system has taken all of it. */
  writeTo(sink: FrameSink): void {
    for (const chunk of this.#full) sink.write(chunk);
    if (this.#length > 0) sink.write(this.#written());
    const isFree = sink.writableLength === 0 && this.#chunk.length === CHUNK_BYTES;
    const chunk = this.#chunk;
    this.clear();
    if (isFree) this.#chunk = chunk;
  }

  clear(): void {
    this.#full = [];
    this.#chunk = NO_CHUNK;
    this.#length = 0;
    this.sizeBytes = 0;
  }
}

/**
 * Cuts what comes in into frames, however it is cut into chunks. A frame that lies in one chunk is a view of it; one that does not is copied
 * once. What a header announces is not allocated before it has come.
 */
export class FrameDecoder {
  /** A frame may be this long; the first one, of a peer that nobody knows yet, much less. */
  frameBytesMax: number;
  /** What is wrong with the stream, or null. There are no more frames in it then. */
  failure: string | null = null;
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  /** The beginning of a frame that the chunks so far did not complete. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  /** Of the frame that begins with `#parts`, header included; 0 while its header is not complete. */
  #wantedBytes = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** The stream stands in the middle of a frame. */
  get isPartial(): boolean {
    return this.#partBytes > 0;
  }

  /** Kept of that frame, its header included. */
  get partialBytes(): number {
    return this.#partBytes;
  }

  /** Adds a chunk. All frames of the one before were taken. */
  push(chunk: Uint8Array): void {
    this.#chunk = plainBytes(chunk);
    this.#at = 0;
  }

  /** The content of the next complete frame, or null. It is valid until the next chunk is pushed. */
  next(): Uint8Array | null {
    if (this.failure !== null) return null;
    return this.#partBytes > 0 ? this.#nextOfParts() : this.#nextOfChunk();
  }

  #nextOfChunk(): Uint8Array | null {
    const begin = this.#at;
    const left = this.#chunk.length - begin;
    if (left < HEADER_BYTES) return this.#keep(left);
    const length = this.#checkedLength(this.#chunk, begin);
    if (length < 0) return null;
    if (left < HEADER_BYTES + length) {
      this.#wantedBytes = HEADER_BYTES + length;
      return this.#keep(left);
    }
    this.#at = begin + HEADER_BYTES + length;
    return this.#chunk.subarray(begin + HEADER_BYTES, this.#at);
  }

  #nextOfParts(): Uint8Array | null {
    if (this.#wantedBytes === 0 && !this.#completeHeader()) return null;
    const missing = this.#wantedBytes - this.#partBytes;
    const left = this.#chunk.length - this.#at;
    if (left < missing) return this.#keep(left);
    this.#keep(missing);
    const whole = this.#takeParts();
    return whole.subarray(HEADER_BYTES);
  }

  /** Takes as much of the chunk as the header needs. */
  #completeHeader(): boolean {
    this.#keep(Math.min(HEADER_BYTES - this.#partBytes, this.#chunk.length - this.#at));
    if (this.#partBytes < HEADER_BYTES) return false;
    const header = this.#takeParts();
    const length = this.#checkedLength(header, 0);
    if (length < 0) return false;
    this.#parts.push(header);
    this.#partBytes = HEADER_BYTES;
    this.#wantedBytes = HEADER_BYTES + length;
    return true;
  }

  #keep(bytes: number): null {
    if (bytes > 0) this.#add(this.#chunk.subarray(this.#at, this.#at + bytes));
    this.#partBytes += bytes;
    this.#at += bytes;
    return null;
  }

  /** Small parts become larger ones, and hold no chunk: one of a byte would cost a hundred times what is counted of it. */
  #add(part: Uint8Array): void {
    let added = part.length < SMALL_BYTES ? part.slice() : part;
    while (added.length < SMALL_BYTES) {
      const last = this.#parts.at(-1);
      if (last === undefined || last.length >= SMALL_BYTES || last.length >= 2 * added.length) break;
      this.#parts.pop();
      added = joinParts([last, added], last.length + added.length);
    }
    this.#parts.push(added);
  }

  #takeParts(): Uint8Array {
    const whole = joinParts(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
    this.#wantedBytes = 0;
    return whole;
  }

  #checkedLength(bytes: Uint8Array, at: number): number {
    const length = uint32At(bytes, at);
    const isLength = length + uint32At(bytes, at + LENGTH_BYTES) === UINT32_MAX;
    if (isLength && length <= this.frameBytesMax) return length;
    this.failure = isLength
      ? `a frame of ${length} bytes is announced, at most ${this.frameBytesMax} are taken`
      : `no frame begins with the bytes ${Buffer.from(bytes.subarray(at, at + HEADER_BYTES)).toString('hex')}`;
    return -1;
  }
}

const UINT32_MAX = 0xffff_ffff;

function uint32At(bytes: Uint8Array, at: number): number {
  const low = ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return (bytes[at] as number) * 0x1000000 + low;
}

/** In memory of their own. */
function joinParts(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (size >= POOLED_BYTES_MAX) return plainBytes(Buffer.concat(parts, size)); // which is not filled with zeros first
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Not a Buffer: a slice of one is no copy, and a value that holds one is none (src/core/base/value.ts). */
function plainBytes({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
