// Why a message did not arrive, as a world or a host sees it: a closed union of words, with one text form.

export type Loss =
  /** Nobody has that address. */
  | 'no-such-address'
  /** Sent into a stream that is broken already. */
  | 'connection-broken'
  /** A fault broke the connection while it was in flight. */
  | 'connection-broke'
  /** The connection timed out in a partition. */
  | 'partition'
  /** The process behind the address does not run. */
  | 'nobody-there'
  | 'sender-died'
  /** The sender opened a newer stream. */
  | 'replaced'
  | 'receiver-died'
  /** A fault took this very message. */
  | 'struck'
  /** A fault plan's filter kept it back. */
  | 'filtered';

const TEXTS: Readonly<Record<Loss, string>> = {
  'no-such-address': 'no such address',
  'connection-broken': 'connection broken',
  'connection-broke': 'connection broke',
  partition: 'partition',
  'nobody-there': 'nobody there',
  'sender-died': 'sender died',
  replaced: 'replaced',
  'receiver-died': 'receiver died',
  struck: 'a fault took it',
  filtered: 'filtered',
};

/** All of them. */
export const losses: readonly Loss[] = Object.keys(TEXTS) as Loss[];

/** In a few words. */
export function describeLoss(loss: Loss): string {
  return TEXTS[loss];
}
