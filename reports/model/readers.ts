// What is needed to read the data of a guest: what its header says of its kinds, and how its data reads.
import { textsOf } from '../../src/run/texts.ts';
import type { TextForms } from '../../src/run/texts.ts';
import type { GuestHeader } from '../../src/run/trace.ts';

export interface Readers {
  readonly guest: GuestHeader;
  readonly texts: TextForms;
}

export function readersOf(guest: GuestHeader): Readers {
  return { guest, texts: textsOf(guest) };
}
