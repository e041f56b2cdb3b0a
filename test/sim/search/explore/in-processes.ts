// What is kept of a search, without a file.
import { must } from '../../../../src/core/base/assert.ts';
import { KeptReader, KeptWriter } from '../../../../src/sim/search/explore/kept.ts';

/** Bytes that one search leaves, and the next takes. */
export class KeptBytes {
  readonly #pieces: Uint8Array[] = [];

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  writer(): KeptWriter {
    return new KeptWriter((bytes) => this.#pieces.push(bytes.slice()));
  }

  /** @returns a reader, and whether it has read all */
  reader(): { readonly reader: KeptReader; readonly isAtEnd: () => boolean } {
    let next = 0;
    const reader = new KeptReader((length) => {
      const piece = must(this.#pieces[next++], 'a piece');
      if (piece.length !== length) throw new Error(`${piece.length} bytes were written, and ${length} are read`);
      return new Uint8Array(piece);
    });
    return { reader, isAtEnd: () => next === this.#pieces.length };
  }
}
