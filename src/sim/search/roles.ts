// What streams of decisions are about, by the first part of their names: the table of streams is in README.md of src/sim.
import type { DecisionRole } from './shrink.ts';

const delayStreams = ['delay', 'store', 'schedule'];
const otherStreams = ['workload', 'options', 'chance'];

/** What is neither a delay nor about the input, the options or the chance of machines is a fault. */
export function roleOfStream(stream: string): DecisionRole {
  const kind = stream.split('/', 1)[0] as string;
  if (delayStreams.includes(kind)) return 'delay';
  return otherStreams.includes(kind) ? 'other' : 'fault';
}
