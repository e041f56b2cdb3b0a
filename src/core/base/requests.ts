// Requests through a port that wait for their answer: ids with a description of what the answer is for.

export interface Requests<T> {
  nextId: number;
  readonly pending: Map<number, T>;
}

export function createRequests<T>(): Requests<T> {
  return { nextId: 1, pending: new Map() };
}

/** A new id for a request with this purpose. */
export function openRequest<T>(requests: Requests<T>, purpose: T): number {
  const id = requests.nextId;
  requests.nextId += 1;
  requests.pending.set(id, purpose);
  return id;
}

/** The purpose of an answered request, which is closed by this; null if nobody waits for it any more. */
export function closeRequest<T>(requests: Requests<T>, id: number): T | null {
  const purpose = requests.pending.get(id);
  if (purpose === undefined) return null;
  requests.pending.delete(id);
  return purpose;
}
