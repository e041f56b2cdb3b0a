// The public entry `millrace/testing`: runs and properties for people's own tests, in vitest and any other runner. The only entry that imports
// fast-check, which is the user's own copy.
export { chaos, ChaosFailure } from './chaos.ts';
export type { ChaosOptions, ChaosRun } from './chaos-arbitrary.ts';
export { decisionsOf, runArbitrary } from './run-arbitrary.ts';
export type { RunInput } from './run-arbitrary.ts';
export type { AnyScenario, RunChoice, RunOptions, Topics } from './run-scenario.ts';
export type { ExactFaults } from '../sim/guest.ts';
export { simulate } from './simulate.ts';
export type { Simulation } from './simulate.ts';
