// The public entry `millrace/sim`: what a guest with machines of their own needs, the contract of a machine included.
export { assert } from '../core/base/assert.ts';
export { NEVER } from '../core/base/machine.ts';
export type {
  Address,
  Envelope,
  Failed,
  Input,
  Machine,
  MessageOf,
  StreamClass,
  Vocabulary,
} from '../core/base/machine.ts';
export type { Chance, Effect } from '../core/base/outbox.ts';
export { Outbox } from '../core/base/outbox.ts';
export { REQUESTS } from '../core/base/relative.ts';
export type { Counters, Relative, Shift } from '../core/base/relative.ts';
export type { Value } from '../core/base/value.ts';
export { cloneState, deepFreeze, diffStates, hashState } from '../core/base/state.ts';
export { SCHEDULE_STREAM } from './decisions.ts';
export type { Decisions, StreamId, TapeEntry } from './decisions.ts';
export type {
  EvidenceLine,
  NodeView,
  Observation,
  Oracle,
  OracleShift,
  Property,
  Thing,
  TimeUs,
  Violate,
  Violation,
  WorldView,
} from './observation.ts';
export { faultKindsOn, genericFaultKinds } from './faults/kinds.ts';
export type { GenericFaultKind } from './faults/kinds.ts';
export { planGenericFaults } from './faults/plan.ts';
export type { GenericFaultOptions, GenericFaultState } from './faults/plan.ts';
export type { GenericAim } from './faults/rule.ts';
export { eventually } from './judges/eventually.ts';
export type { EventuallyOptions } from './judges/eventually.ts';
export type { Call, Returned, SequentialModel } from './judges/history.ts';
export { invariant } from './judges/invariant.ts';
export { linearizable } from './judges/linearizable.ts';
export type { CalledNote, CallNote, LinearizableOptions, ReturnedNote } from './judges/linearizable.ts';
export { checkLinearizable } from './judges/linear-search.ts';
export type { LinearResult } from './judges/linear-search.ts';
export type { SeenNode, SeenNodes } from './judges/seen-nodes.ts';
export { defineMachines } from './machines/define-machines.ts';
export type { MachinesScenario, MachineSetting, PerRun } from './machines/scenario.ts';
export type { MachineWorldOptions } from './machines/world-options.ts';
export { seededDecisions } from './seeded-decisions.ts';
export type { Caller, Completion, RelativeService, Service, ServiceShift } from './service.ts';
export { durableLog, logEntries } from './services/durable-log.ts';
export type { LogAnswer, LogRequest, LogState, NodeLog } from './services/durable-log.ts';
export { fileContent, fileStore } from './services/file-store.ts';
export type { FileAnswer, FileRequest, FileState } from './services/file-store.ts';
export { keyValueStore } from './services/key-value-store.ts';
export type { KeyValueAnswer, KeyValueEntry, KeyValueRequest, KeyValueState } from './services/key-value-store.ts';
export { leaseHolder, leaseService } from './services/lease.ts';
export type { HeldLease, LeaseAnswer, LeaseRequest, LeaseState } from './services/lease.ts';
export { plainDecisions, tapeDecisions } from './tape-decisions.ts';
export type { TapeDecisions, TapeDivergence } from './tape-decisions.ts';
export { nextScript, scriptedDecisions } from './search/scripted-decisions.ts';
export type { Choice, ScriptedDecisions } from './search/scripted-decisions.ts';
export { createWorld } from './world.ts';
export type {
  Checks,
  CostOptions,
  EventRecord,
  FaultControls,
  FaultPlan,
  FaultPoint,
  FaultRule,
  FiredFault,
  Latency,
  MessageCodec,
  NetworkOptions,
  NodeSpec,
  PointControls,
  RunBounds,
  Restart,
  RunOutcome,
  Thrown,
  TraceOptions,
  Transport,
  World,
  WorldOptions,
} from './world-types.ts';
