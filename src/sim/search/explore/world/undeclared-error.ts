/** A machine, a service or an oracle does not say what goes on in it: one sentence. */
export class UndeclaredError extends Error {}
