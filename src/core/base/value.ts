// Values: the only data that records, state, messages and user functions are made of. Nothing here may hold behaviour.

/** Data that can be compared, hashed, encoded and shipped. Immutable once it left the code that built it. */
export type Value = null | boolean | number | string | Uint8Array | readonly Value[] | { readonly [field: string]: Value };

/** A key of keyed state: a scalar, or a tuple of scalars. */
export type KeyPart = string | number | boolean;
export type Key = KeyPart | readonly KeyPart[];

/** A decision at a border: a value, or one sentence that says what is wrong, where, and what would be right. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };
