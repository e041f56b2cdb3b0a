/** What can happen cannot be foreseen: nothing is left out on its account. */
export class ForesightError extends Error {}
