// A search as bytes: whoever is kept writes its fields, and reads them back in the same order. The code that reads must be the code that wrote.

const NUMBER_BYTES = 8;
/** Texts are written in pieces, so that no piece is long. */
const TEXTS_PER_PIECE = 1 << 16;

/** Takes bytes, which may change once it has returned. */
export type Sink = (bytes: Uint8Array) => void;

/** Gives the next bytes, in memory of their own. */
export type Source = (length: number) => Uint8Array<ArrayBuffer>;

type Words = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

export class KeptWriter {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  number(value: number): void {
    this.#put(Float64Array.of(value));
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  words(words: Words): void {
    this.number(words.byteLength);
    this.#put(words);
  }

  /** Any strings: halves of surrogate pairs are kept as they are. */
  texts(texts: readonly string[]): void {
    this.number(texts.length);
    for (let from = 0; from < texts.length; from += TEXTS_PER_PIECE) {
      const piece = texts.slice(from, from + TEXTS_PER_PIECE);
      this.words(Uint32Array.from(piece, ({ length }) => length));
      this.words(unitsOf(piece.join('')));
    }
  }

  #put({ buffer, byteOffset, byteLength }: Words): void {
    this.#sink(new Uint8Array(buffer, byteOffset, byteLength));
  }
}

export class KeptReader {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  number(): number {
    return new Float64Array(this.#source(NUMBER_BYTES).buffer)[0] as number;
  }

  flag(): boolean {
    return this.number() === 1;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#source(this.number());
  }

  uint32s(): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.bytes().buffer);
  }

  int32s(): Int32Array<ArrayBuffer> {
    return new Int32Array(this.bytes().buffer);
  }

  texts(): readonly string[] {
    const texts: string[] = [];
    const size = this.number();
    while (texts.length < size) this.#readTexts(texts);
    return texts;
  }

  #readTexts(texts: string[]): void {
    const lengths = this.uint32s();
    const units = new Uint16Array(this.bytes().buffer);
    let at = 0;
    for (const length of lengths) {
      texts.push(String.fromCharCode(...units.subarray(at, at + length)));
      at += length;
    }
  }
}

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < units.length; at++) units[at] = text.charCodeAt(at);
  return units;
}
