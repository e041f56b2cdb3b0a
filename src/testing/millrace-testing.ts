// The public entry `millrace/testing`: what a property test needs. The only entry that imports fast-check, which is the user's own copy.
export { decisionsOf, runArbitrary } from './run-arbitrary.ts';
export type { RunInput } from './run-arbitrary.ts';
