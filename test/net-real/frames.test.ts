// Frames come out as they went in, however the bytes between are cut; too long ones are refused before they are there.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FrameDecoder, FrameQueue, joinFrames, type FrameSink } from '../../src/net-real/frames.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const LIMIT = 1_000;

/** Everything that comes out when these chunks go in. */
function decodeAll(decoder: FrameDecoder, chunks: readonly Uint8Array[]): string[] {
  const frames: string[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== null; frame = decoder.next())
      frames.push(Buffer.from(frame).toString('hex'));
  }
  return frames;
}

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((cut, index) => bytes.subarray(cuts[index], cut));
}

const hex = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');

test('frames survive any cut of their bytes', () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(frames, fc.array(fc.nat(400), { maxLength: 20 }), (sent, places) => {
      const decoder = new FrameDecoder(LIMIT);
      expect(decodeAll(decoder, cutAt(joinFrames(sent), places))).toEqual(sent.map(hex));
      expect(decoder.isPartial).toBe(false);
    }),
  );
});

/** Takes what is written as a socket does: at once, or it goes on reading the bytes that it was given until `finish`. */
class Sink implements FrameSink {
  writableLength = 0;
  isSlow = false;
  readonly #taken: Uint8Array[] = [];
  writes = 0;

  write(bytes: Uint8Array): void {
    this.writes += 1;
    if (this.isSlow) this.writableLength += bytes.length;
    this.#taken.push(this.isSlow ? bytes : Uint8Array.from(bytes));
  }

  finish(): Uint8Array {
    this.writableLength = 0;
    return Buffer.concat(this.#taken);
  }
}

describe('frames that wait', () => {
  const turn = fc.record({
    frames: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
    padding: fc.constantFrom(0, 0, 0, 100, 30_000, 70_000),
    isSlow: fc.boolean(),
  });

  test('are written as they were added, whether or not the system takes them at once', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 6 }), (turns) => {
        const queue = new FrameQueue();
        const sink = new Sink();
        const all: Uint8Array[] = [];
        for (const { frames, padding, isSlow } of turns) {
          const added = padding === 0 ? frames : [...frames, new Uint8Array(padding).fill(frames.length)];
          for (const frame of added) queue.add(frame);
          all.push(...added);
          expect(queue.sizeBytes).toBe(joinFrames(added).length);
          sink.isSlow ||= isSlow; // what came behind what waits, waits
          queue.writeTo(sink);
          expect(queue.sizeBytes).toBe(0);
        }
        expect(hex(sink.finish())).toBe(hex(joinFrames(all)));
      }),
    );
  });

  test('are one write', () => {
    const queue = new FrameQueue();
    const sink = new Sink();
    for (let frame = 0; frame < 10; frame++) queue.add(new Uint8Array(5_000));
    queue.writeTo(sink);
    queue.writeTo(sink);
    expect(sink.writes).toBe(1);
  });

  test('are copied, and forgotten when they are to be', () => {
    const queue = new FrameQueue();
    const sink = new Sink();
    const content = Uint8Array.of(1, 2, 3);
    queue.add(content);
    queue.clear();
    queue.add(content);
    content.fill(9);
    queue.writeTo(sink);
    expect(hex(sink.finish())).toBe(hex(joinFrames([Uint8Array.of(1, 2, 3)])));
  });
});

test('a large frame comes out of thousands of chunks', () => {
  const content = new Uint8Array(400_000).fill(7);
  const bytes = joinFrames([content]);
  const decoder = new FrameDecoder(content.length);
  const chunks = Array.from({ length: Math.ceil(bytes.length / 100) }, (_, n) =>
    bytes.subarray(n * 100, n * 100 + 100),
  );
  expect(decodeAll(decoder, chunks)).toEqual([hex(content)]);
});

test.each([
  ['in one chunk', []],
  ['in two', [5]],
])('frames of Buffers are plain bytes: a slice of them is a copy, %s', (_, places) => {
  const frames: Uint8Array[] = [];
  const decoder = new FrameDecoder(LIMIT);
  for (const chunk of cutAt(joinFrames([Uint8Array.of(1, 2, 3)]), places)) {
    decoder.push(Buffer.from(chunk));
    for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame);
  }
  expect(frames.map((frame) => Object.getPrototypeOf(frame) === Uint8Array.prototype)).toEqual([true]);
});

test('a frame that lies in one chunk is not copied at all', () => {
  const bytes = joinFrames([Uint8Array.of(1, 2, 3)]);
  const decoder = new FrameDecoder(LIMIT);
  decoder.push(bytes);
  expect(decoder.next()?.buffer).toBe(bytes.buffer);
});

describe('a frame over the limit', () => {
  const announced = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1);
  const sentence = 'a frame of 4294967295 bytes is announced, at most 1000 are taken';

  test.each([
    ['in one chunk', []],
    ['byte by byte', [1, 2, 3, 4, 5, 6, 7, 8]],
  ])('is refused by its header, %s', (_, places) => {
    const decoder = new FrameDecoder(LIMIT);
    expect(decodeAll(decoder, cutAt(announced, places))).toEqual([]);
    expect(decoder.failure).toBe(sentence);
  });

  test('ends the stream: what was before it counts, what is behind it does not', () => {
    const decoder = new FrameDecoder(LIMIT);
    const bytes = Buffer.concat([joinFrames([Uint8Array.of(1)]), announced, joinFrames([Uint8Array.of(2)])]);
    expect(decodeAll(decoder, [bytes, joinFrames([Uint8Array.of(3)])])).toEqual(['01']);
  });
});

test('a header with any bit flipped ends the stream at once, and nothing behind it waits for the end of a frame', () => {
  for (let bit = 0; bit < 64; bit++) {
    const decoder = new FrameDecoder(LIMIT);
    const bytes = joinFrames([Uint8Array.of(1, 2, 3)]);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    expect(decodeAll(decoder, [bytes.subarray(0, 8)])).toEqual([]);
    expect(decoder.failure).toMatch(/^no frame begins with the bytes [0-9a-f]{16}$/);
  }
});

test('the decoder knows when it stands inside a frame', () => {
  const decoder = new FrameDecoder(LIMIT);
  const bytes = joinFrames([Uint8Array.of(9, 9)]);
  decodeAll(decoder, [bytes.subarray(0, 2)]);
  expect(decoder.isPartial).toBe(true);
  decodeAll(decoder, [bytes.subarray(2, 9)]);
  expect(decoder.isPartial).toBe(true);
  expect(decodeAll(decoder, [Uint8Array.of(9)])).toEqual(['0909']);
  expect(decoder.isPartial).toBe(false);
});

describe('what is kept of a frame that is not complete costs about what is counted of it', () => {
  const CHUNK_BYTES = 65_536; // as Node reads a socket
  const CHUNKS = 10_000;

  test.each([
    ['a byte, in a chunk of its own', 1, 1],
    ['a byte of a long chunk', 1, CHUNK_BYTES],
    ['a kilobyte', 1_000, 1_000],
    ['many bytes', 5_000, 5_000],
  ])('it comes by %s', (_, bytes, chunkBytes) => {
    const decoder = new FrameDecoder(2 ** 30);
    const header = joinFrames([new Uint8Array(0)]);
    header.writeUInt32BE(2 ** 30, 0);
    header.writeInt32BE(~(2 ** 30), 4);
    decodeAll(decoder, [header]);
    const before = memoryBytes();
    for (let count = 0; count < CHUNKS; count++)
      decodeAll(decoder, [new Uint8Array(chunkBytes).fill(7).subarray(0, bytes)]);
    const grown = memoryBytes() - before;
    expect(decoder.partialBytes).toBe(header.length + CHUNKS * bytes);
    expect(grown).toBeLessThan(1.3 * CHUNKS * bytes + 500_000);
  });
});

/** What is in use. */
function memoryBytes(): number {
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
