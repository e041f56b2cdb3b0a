// Bytes as base64 (RFC 4648, with padding), for the bytes in traces. By hand: the engines' own came later than the oldest that we run on.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (letter, value) => [letter, value]));

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const group = (first << 16) | (second << 8) | third;
    for (const shift of [18, 12, 6, 0]) text += ALPHABET[(group >> shift) & 63];
  }
  const padding = (3 - (bytes.length % 3)) % 3;
  return padding === 0 ? text : text.slice(0, -padding) + '='.repeat(padding);
}

/** Throws a SyntaxError on what is no base64. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = text.endsWith('==') ? text.slice(0, -2) : text.endsWith('=') ? text.slice(0, -1) : text;
  if (text.length % 4 !== 0) throw new SyntaxError('base64 comes in groups of four letters');
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let [bits, group, at] = [0, 0, 0];
  for (const letter of letters) {
    group = ((group << 6) | valueOf(letter)) & 0xff_ffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (group >> bits) & 255;
    at += 1;
  }
  return bytes;
}

function valueOf(letter: string): number {
  const value = values.get(letter);
  if (value === undefined) throw new SyntaxError(`${JSON.stringify(letter)} is no letter of base64`);
  return value;
}
