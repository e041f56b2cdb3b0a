// Whether the latest checkpoint of each job that is not over lies where the job would be restored from.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shownPath } from '../files.ts';
import { fail, type Finding } from './check.ts';

/** The body of what REST answers with 200; null: there is none. */
export type AskRest = (path: string) => Promise<unknown>;

const OVER = new Set(['FINISHED', 'CANCELED', 'FAILED']);
const JOBS_MAX = 50;

interface Jobs {
  readonly jobs?: readonly { readonly id: string; readonly status: string }[];
}

interface Checkpoints {
  readonly latest?: { readonly completed?: { readonly id: number; readonly external_path: string } | null };
}

export async function checkCheckpoints(storage: string, ask: AskRest): Promise<readonly Finding[]> {
  const { jobs = [] } = ((await ask('/jobs')) ?? {}) as Jobs;
  const alive = jobs.filter(({ status }) => !OVER.has(status)).slice(0, JOBS_MAX);
  const found = await Promise.all(alive.map(({ id, status }) => checkJob(storage, ask, id, status)));
  return found.flat();
}

async function checkJob(storage: string, ask: AskRest, job: string, status: string): Promise<readonly Finding[]> {
  const first = await missing(storage, ask, job);
  if (first === null) return [];
  const again = await missing(storage, ask, job); // the next one may have come meanwhile, and this one have gone
  if (again?.id !== first.id) return [];
  return [
    fail(
      'checkpoints',
      `job ${job} is ${status}, and its latest checkpoint ${first.id} is not there: ${shownPath(join(storage, first.external_path))}; it cannot restart from it`,
      'if the folder was moved, or is not mounted, bring it back: the job goes on by itself; if it is lost, cancel the job, and submit it anew',
    ),
  ];
}

async function missing(storage: string, ask: AskRest, job: string) {
  const { latest } = ((await ask(`/jobs/${encodeURIComponent(job)}/checkpoints`)) ?? {}) as Checkpoints;
  const completed = latest?.completed ?? null;
  return completed === null || existsSync(join(storage, completed.external_path)) ? null : completed;
}
