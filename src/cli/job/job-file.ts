// A job as one file, which exports `job`: what a cluster is sent of it. Whatever is wrong with the file is told in one sentence.
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../../core/base/stack-lines.ts';
import type { JobGraph } from '../../core/graph/job-graph.ts';
import { validateGraph } from '../../core/graph/validate.ts';
import { resolveConnectors, weaknessesOf } from '../../net-real/connectors/resolve.ts';
import { connectorsIn, sinksIn } from '../../net-real/connectors/users-own.ts';
import { addJob, jobInArtifact, THIS_ARTIFACT } from '../../net-real/job-in-artifact.ts';
import { UsageError } from '../exit-codes.ts';
import { findForUser, shownPath } from '../files.ts';
import { bundleScenario, type Bundle } from '../scenario/bundle.ts';
import { loadModule, type Module } from '../scenario/load-module.ts';
import { jobIn } from './job-in-module.ts';

/** What a cluster is sent of a job. */
export interface ShippedJob {
  readonly name: string;
  /** What is not exactly once about it. */
  readonly weaknesses: readonly string[];
  readonly graph: JobGraph;
  /** The bundle of the file and all that it imports, which holds the program, and the graph in its first line. */
  readonly artifact: Bundle;
}

/** The file that a user named. */
export function findJobFile(given: string): string {
  const file = findForUser(given);
  if (!existsSync(file)) throw new UsageError(`there is no job file ${shownPath(file)}`);
  if (!statSync(file).isFile()) throw new UsageError(`${shownPath(file)} is not a job file, which is a module`);
  if (!/\.[cm]?[jt]s$/.test(file))
    throw new UsageError(
      `${shownPath(file)} is not a job file, which is a module: its name ends with .ts, .mts, .js or .mjs`,
    );
  return file;
}

/** Loads the job of a file, and bundles it. @param given as the user named it */
export async function loadJobFile(given: string): Promise<ShippedJob> {
  const file = findJobFile(given);
  const bundle = await bundleScenario(file); // first: it says best what is no code, and which import is not there
  if (!bundle.ok) throw new UsageError(`${shownPath(file)} cannot be bundled: ${bundle.reason}`);
  const module = await loadModule(file);
  const { graph } = jobIn(module, file);
  const contents = addJob(bundle.value.contents, await resolved(graph, module, file));
  const job = jobInArtifact(contents);
  if (!job.ok) throw new Error(`the artifact of ${shownPath(file)} ${job.reason}`);
  return {
    name: graph.name,
    weaknesses: weaknessesOf(job.value),
    graph: job.value,
    artifact: { hash: hashOf(contents), contents },
  };
}

function hashOf(contents: Uint8Array): string {
  return createHash('sha256').update(contents).digest('hex');
}

/** The graph as TaskManagers see it: with URLs that mean the same wherever they are read. */
async function resolved(graph: JobGraph, module: Module, file: string): Promise<JobGraph> {
  const submission = {
    folder: dirname(file),
    hash: THIS_ARTIFACT,
    connectors: connectorsIn(module),
    sinks: sinksIn(module),
  };
  try {
    const whole = validateGraph(await resolveConnectors(graph, submission));
    if (whole.ok) return whole.value;
    throw new Error(whole.reason);
  } catch (error) {
    throw new UsageError(`${shownPath(file)}: ${messageOf(error)}`);
  }
}
