// Why something was not done, as data: what every host can answer, whatever the machines speak. A vocabulary adds its own (`reason`).

/** What a host or a port says of a request that failed, in any vocabulary. */
export type GenericReason =
  /** The service could not be reached. */
  | { readonly kind: 'no-connection' }
  /** The connection to the service broke. */
  | { readonly kind: 'disconnected' }
  /** The service did not answer in time. */
  | { readonly kind: 'timed-out' }
  /** The port did not answer, as it must: whoever asked waits no longer. */
  | { readonly kind: 'unanswered' }
  /** The service answered that it cannot, right now. */
  | { readonly kind: 'not-available' }
  /** The process is about to end: its port takes nothing more. */
  | { readonly kind: 'port-closed' }
  /** The operating system, or the format of a file, stood in the way. `code` is the system's (`ENOSPC`), or null; `text` is its sentence. */
  | { readonly kind: 'io'; readonly code: string | null; readonly text: string };

/** A reason of machines that list none in their vocabulary: data with a kind, or a few words. */
export type AnyReason = string | { readonly kind: string };

/** In a few words, for machines without a text form of their own: the words, or the kind with its values. */
export function wordsOf(reason: AnyReason): string {
  if (typeof reason === 'string') return reason;
  const { kind, ...values } = reason;
  return Object.keys(values).length === 0 ? kind : `${kind} ${JSON.stringify(values)}`;
}
