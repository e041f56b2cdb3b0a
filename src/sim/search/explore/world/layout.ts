// Where the parts of a world lie in a row.

/** What all nodes share: the clock, partitions, and how much of the bounds is used up. */
export const FRAME = 0;
/** The states of all judges. */
export const JUDGES = 1;
/** What is on its way to no node: requests to services, starts and ends of processes. */
export const BAG = 2;
/** The states of all services. */
export const SERVICES = 3;

const FIRST_NODE = 4;
const PLACES_PER_NODE = 2;

export function nodePlace(node: number): number {
  return FIRST_NODE + PLACES_PER_NODE * node;
}

/** All that is on its way to a node. */
export function inboxPlace(node: number): number {
  return FIRST_NODE + PLACES_PER_NODE * node + 1;
}

export function widthFor(nodes: number): number {
  return FIRST_NODE + PLACES_PER_NODE * nodes;
}
