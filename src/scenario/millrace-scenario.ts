// The public entry `millrace/scenario`: everything that a scenario file needs, the job API included.
//
//   export const scenario = defineScenario({ name, about, cluster, job: defineJob(…), input, faults, reference: true })
export type { FaultKind } from './fault-kinds.ts';
export type { Moment, Scenario, SubmittedJob, Topic } from './scenario.ts';
export * from '../core/millrace.ts';
export { defineScenario } from './define-scenario.ts';
export { endProcess } from './end-process.ts';
export { mix } from './mix.ts';
