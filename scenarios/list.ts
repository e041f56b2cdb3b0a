// The scenarios of the house by name. Each is loaded when it is asked for.
import type { Scenario } from '../src/scenario/scenario.ts';

export const scenarioLoaders: Readonly<Record<string, () => Promise<{ readonly scenario: Scenario }>>> = {
  'flight-delays': () => import('./flight-delays.ts'),
  'word-count': () => import('./word-count.ts'),
  'tm-crash': () => import('./tm-crash.ts'),
  'jm-failover': () => import('./jm-failover.ts'),
  'barrier-loss': () => import('./barrier-loss.ts'),
  'zombie-task-manager': () => import('./zombie-task-manager.ts'),
  'zombie-job-manager': () => import('./zombie-job-manager.ts'),
  partition: () => import('./partition.ts'),
  'two-inputs': () => import('./two-inputs.ts'),
  'two-jobs': () => import('./two-jobs.ts'),
  'two-parts': () => import('./two-parts.ts'),
  'own-failure': () => import('./own-failure.ts'),
  poison: () => import('./poison.ts'),
  'many-jobs': () => import('./many-jobs.ts'),
  cancel: () => import('./cancel.ts'),
  savepoint: () => import('./savepoint.ts'),
  stop: () => import('./stop.ts'),
  'stop-drained': () => import('./stop-drained.ts'),
  rescale: () => import('./rescale.ts'),
  drain: () => import('./drain.ts'),
  replace: () => import('./replace.ts'),
  retained: () => import('./retained.ts'),
  endless: () => import('./endless.ts'),
  hostile: () => import('./hostile.ts'),
};
