// Shapes of what is named in messages, records and reasons alike: ids and states.
import type { ProcessEnd } from '../base/process-ended.ts';
import type { AttemptId, ChannelId, ProcessDeath } from './ids.ts';
import { nullable, oneOf, record, shapeOf, type ShapeOf } from './shapes.ts';
import {
  executionTransitions,
  jobTransitions,
  slotTransitions,
  type ExecutionState,
  type JobStatus,
  type SlotState,
  type ToldStatus,
  type Transitions,
} from './states.ts';

/** The compiler compared the keys of the table with the states. */
const stateOf = <S extends string>(table: Transitions<S>): ShapeOf<S> =>
  oneOf(...Object.keys(table)) as unknown as ShapeOf<S>;

export const executionState: ShapeOf<ExecutionState> = stateOf(executionTransitions);
export const jobStatus: ShapeOf<JobStatus> = stateOf(jobTransitions);
export const statusOrUnknown: ShapeOf<ToldStatus> = oneOf(
  ...Object.keys(jobTransitions),
  'UNKNOWN',
) as unknown as ShapeOf<ToldStatus>;
export const slotState: ShapeOf<SlotState> = stateOf(slotTransitions);

export const attempt: ShapeOf<AttemptId> = shapeOf<AttemptId>()(
  record({ jobId: 'string', vertex: 'int', subtask: 'int', attempt: 'int' }),
);
export const processEnd: ShapeOf<ProcessEnd> = shapeOf<ProcessEnd>()(oneOf('looped', 'exited', 'heap-exhausted'));
export const processDeath: ShapeOf<ProcessDeath> = shapeOf<ProcessDeath>()(
  record({ epoch: 'int', attempt, operator: 'string?', record: nullable('int'), how: processEnd }),
);
export const channel: ShapeOf<ChannelId> = shapeOf<ChannelId>()(
  record({
    jobId: 'string',
    epoch: 'int',
    edge: 'int',
    producer: 'int',
    producerAttempt: 'int',
    consumer: 'int',
    consumerAttempt: 'int',
  }),
);
