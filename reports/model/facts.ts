// What the observations of a trace tell, by the reducer of every run (src/run/facts): of a cluster all of it, of other machines what holds of any
// process.
import { createFacts } from '../../src/run/facts/facts.ts';
import type { RunFacts } from '../../src/run/facts/facts.ts';
import { createProcessFacts, noteProcess } from '../../src/run/facts/processes.ts';
import type { ProcessFacts } from '../../src/run/facts/processes.ts';
import { noteObservation } from '../../src/run/facts/reduce.ts';
import type { Trace } from '../../src/run/trace.ts';

export interface TraceFacts {
  readonly processes: ProcessFacts;
  readonly history: RunFacts['history'];
}

export function factsIn({ header, lines }: Pick<Trace, 'header' | 'lines'>): TraceFacts {
  const processes = createProcessFacts();
  const facts = createFacts(processes);
  const reading = { world: header.world, checkpointTimeoutMs: Number.POSITIVE_INFINITY };
  for (const line of lines) {
    if (header.guest.kind === 'job') noteObservation(facts, line, line.at, reading);
    else noteProcess(processes, line, line.at);
  }
  return { processes, history: facts.history };
}
