// Runs a seed in a process of its own, where no module has a past: what differs there was not decided by the seed.
import { fork } from 'node:child_process';
import { compileCacheFolder, programs } from '../../layout.ts';
import type { EventNote } from '../../sim/search/determinism.ts';
import type { SeedOutcome } from '../../sim/search/sweep.ts';
import type { RunPlan } from './run-seed.ts';

export interface FreshRequest {
  readonly plan: RunPlan;
  readonly seed: number;
  /** `events`: also every event, for a comparison. A number: also the state after that event. */
  readonly wanted: 'outcome' | 'events' | number;
}

export interface FreshAnswer {
  readonly outcome: SeedOutcome;
  readonly events: readonly EventNote[];
  readonly state: unknown;
}

export function runInFreshProcess(request: FreshRequest): Promise<FreshAnswer> {
  return new Promise((resolve, reject) => {
    // What user code prints there was printed here before. Advanced serialization keeps maps and typed arrays of states.
    const env = { ...process.env, NODE_COMPILE_CACHE: compileCacheFolder };
    const child = fork(programs.freshProcess, {
      env,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      execArgv: [],
    });
    let answer: FreshAnswer | null = null;
    child.on('message', (message) => {
      answer = message as FreshAnswer;
      child.disconnect();
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer !== null) resolve(answer);
      else
        reject(
          new Error(
            `the fresh process for seed ${request.seed} ended without an answer (${signal ?? `exit code ${code}`})`,
          ),
        );
    });
    child.send(request);
  });
}
