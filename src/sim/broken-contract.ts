// A machine did what no machine may do, whatever its protocol is: the author's mistake, found where it was made.

/** Its message names file, node and event, and says in one sentence what is wrong. */
export class BrokenContract extends Error {
  override readonly name = 'BrokenContract';
}
