// A first-in first-out queue inside a state: a plain record, cheap at both ends (Array.shift on a long queue is not).

export interface Ring<T> {
  /** Live items are `items[head] …`; what lies before is spent. */
  readonly items: T[];
  head: number;
}

export function createRing<T>(): Ring<T> {
  return { items: [], head: 0 };
}

export function ringSize(ring: Ring<unknown>): number {
  return ring.items.length - ring.head;
}

export function pushRing<T>(ring: Ring<T>, item: T): void {
  ring.items.push(item);
}

export function peekRing<T>(ring: Ring<T>): T | undefined {
  return ring.items[ring.head];
}

export function takeRing<T>(ring: Ring<T>): T | undefined {
  if (ring.items.length === 1) return ring.items.pop(); // as in most rings; an array whose length is set to 0 gives its room back
  if (ring.head === ring.items.length) return undefined;
  const item = ring.items[ring.head];
  ring.head += 1;
  if (ring.head === ring.items.length) clearRing(ring);
  else if (ring.head >= 32 && ring.head * 2 >= ring.items.length) compact(ring);
  return item;
}

function clearRing(ring: Ring<unknown>): void {
  ring.items.length = 0;
  ring.head = 0;
}

function compact(ring: Ring<unknown>): void {
  ring.items.splice(0, ring.head);
  ring.head = 0;
}
