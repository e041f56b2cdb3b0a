// Faults that cannot hit anything in some phases, whatever the job.
import type { Scenario } from '../src/scenario/scenario.ts';

export const excuses = [
  {
    fault: 'barrier-loss',
    phases: ['no leader', 'deploying', 'restoring', 'running idle'],
    because: 'a part of a checkpoint can be lost while there is one: a leader triggers it when all tasks run',
  },
  {
    fault: 'barrier-loss',
    phases: ['committing'],
    because: 'all notifications leave before the first commit, and the next trigger comes long after the last one',
  },
  {
    fault: 'jm-crash',
    phases: ['no leader'],
    because: 'a JobManager that does not lead has nothing to lose',
  },
  {
    fault: 'lease-loss',
    phases: ['no leader'],
    because: 'a JobManager that does not lead has no lease',
  },
] as const satisfies Scenario['excuses'];
