// Shapes of what is named in messages, records and reasons alike: ids and states.
import { oneOf, record, type Shape } from './shapes.ts';
import { executionTransitions, jobTransitions, slotTransitions, type Transitions } from './states.ts';

const stateOf = (table: Transitions<string>): Shape => oneOf(...Object.keys(table));

export const executionState: Shape = stateOf(executionTransitions);
export const jobStatus: Shape = stateOf(jobTransitions);
export const slotState: Shape = stateOf(slotTransitions);

export const attempt: Shape = record({ jobId: 'string', vertex: 'int', subtask: 'int', attempt: 'int' });
export const channel: Shape = record({
  jobId: 'string',
  epoch: 'int',
  edge: 'int',
  producer: 'int',
  producerAttempt: 'int',
  consumer: 'int',
  consumerAttempt: 'int',
});
