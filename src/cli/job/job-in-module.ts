// The job that a module exports, or what is wrong with it in one sentence.
import { messageOf } from '../../core/base/stack-lines.ts';
import type { JobDefinition } from '../../core/graph/define-job.ts';
import { validate } from '../../core/graph/validate.ts';
import { mistakeInConnectors } from '../../net-real/connectors/users-own.ts';
import { UsageError } from '../exit-codes.ts';
import { shownPath } from '../files.ts';
import type { Module } from '../scenario/load-module.ts';

/** The job that a module exports, checked: nobody compiled the file, or called `defineJob`. */
export function jobIn(module: Module, file: string): JobDefinition {
  const { job } = module;
  if (job === undefined) throw new UsageError(`${shownPath(file)}: it exports no "job"${instead(module)}: ${EXPECTED}`);
  if (!isDefinition(job)) throw new UsageError(`${shownPath(file)}: "job" is not what defineJob returns: ${EXPECTED}`);
  const mistakes = mistakesOf(job);
  if (mistakes.length > 0) throw new UsageError(`${shownPath(file)}: its job cannot run: ${mistakes.join('; ')}`);
  const mistake = mistakeInConnectors(module);
  if (mistake !== null) throw new UsageError(`${shownPath(file)}: ${mistake}`);
  return job;
}

const EXPECTED = 'a job file says `export const job = defineJob(…)`, with defineJob of millrace';

function instead(module: Module): string {
  if ('scenario' in module) return ' but a "scenario", which `millrace sim` and `millrace real` run';
  const names = Object.keys(module)
    .filter((name) => name !== '__esModule')
    .map((name) => `"${name}"`);
  return names.length === 0 ? '' : ` but ${names.join(', ')}`;
}

function isDefinition(job: unknown): job is JobDefinition {
  if (typeof job !== 'object' || job === null) return false;
  const { graph, program } = job as Partial<JobDefinition>;
  return typeof graph === 'object' && program?.functions instanceof Map;
}

function mistakesOf({ graph, program }: JobDefinition): readonly string[] {
  try {
    return validate(graph, program);
  } catch (error) {
    return [messageOf(error)]; // of a program that somebody wrote by hand
  }
}
