// Runs a seed in a process of its own, where no module has a past: what differs there was not decided by the seed.
import { fork } from 'node:child_process';
import { cachedEnv, programs } from '../../layout.ts';
import type { EventNote } from '../../sim/search/determinism.ts';
import type { SeedOutcome } from '../../sim/search/sweep.ts';
import { UsageError } from '../exit-codes.ts';
import type { RunPlan } from './run-seed.ts';

export interface FreshRequest {
  readonly plan: RunPlan;
  readonly seed: number;
  /** `events`: also every event, for a comparison. A number: also the state after that event. */
  readonly wanted: 'outcome' | 'events' | number;
}

export interface FreshAnswer {
  readonly kind: 'answer';
  readonly outcome: SeedOutcome;
  readonly events: readonly EventNote[];
  readonly state: unknown;
}

/** Code of the scenario ended the process, or kept it from an answer. */
export interface FreshEnd {
  readonly kind: 'ended';
  readonly sentence: string;
  readonly whose: 'user' | 'internal';
}

export function runInFreshProcess(request: FreshRequest): Promise<FreshAnswer> {
  return new Promise((resolve, reject) => {
    // What user code prints there was printed here before. Advanced serialization keeps maps and typed arrays of states.
    const child = fork(programs.freshProcess, {
      env: cachedEnv(),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      execArgv: [],
    });
    let answer: FreshAnswer | FreshEnd | null = null;
    child.on('message', (message) => {
      answer = message as FreshAnswer | FreshEnd;
      child.disconnect();
    });
    child.on('error', reject);
    let how = '';
    child.on('exit', (code, signal) => {
      how = signal ?? `exit code ${code}`;
      if (!child.connected) settle();
      else child.once('disconnect', settle); // its answer may still be on its way
    });
    const settle = (): void => {
      if (answer?.kind === 'answer') resolve(answer);
      else reject(errorOf(request, answer, how));
    };
    child.send(request);
  });
}

function errorOf({ seed }: FreshRequest, ended: FreshEnd | null, how: string): Error {
  if (ended?.whose === 'user') return new UsageError(`${ended.sentence} (seed ${seed} in a fresh process)`);
  return new Error(ended?.sentence ?? `the fresh process for seed ${seed} ended without an answer (${how})`);
}
