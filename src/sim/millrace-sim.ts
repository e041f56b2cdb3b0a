// The public entry of the simulator: what a guest with machines of their own needs.
export { cloneState, deepFreeze, diffStates, hashState } from '../core/base/state.ts';
export { SCHEDULE_STREAM } from './decisions.ts';
export type { Decisions, StreamId, TapeEntry } from './decisions.ts';
export type { NodeView, Observation, Oracle, TimeUs, Violation, WorldView } from './observation.ts';
export { seededDecisions } from './seeded-decisions.ts';
export type { Caller, Completion, Service } from './service.ts';
export { plainDecisions, tapeDecisions } from './tape-decisions.ts';
export type { TapeDecisions, TapeDivergence } from './tape-decisions.ts';
export { decisionsOf, runArbitrary } from './search/run-arbitrary.ts';
export type { RunInput } from './search/run-arbitrary.ts';
export { nextScript, scriptedDecisions } from './search/scripted-decisions.ts';
export type { Choice, ScriptedDecisions } from './search/scripted-decisions.ts';
export { createWorld } from './world.ts';
export type {
  Checks,
  EventRecord,
  FaultControls,
  FaultPlan,
  FaultPoint,
  FaultRule,
  FiredFault,
  Latency,
  MessageCodec,
  NodeSpec,
  PointControls,
  RunOutcome,
  Thrown,
  World,
  WorldOptions,
} from './world-types.ts';
