// Jobs: what they are, how they stand, and their end.
import { exceptionsOf, executionResultOf, jobConfigOf, jobLinesOf, jobOf, planOf } from '../answers/jobs.ts';
import { noSuchJob } from '../gateway.ts';
import { wholeNumber } from '../parameters.ts';
import { conflict } from '../rest-error.ts';
import { change, get, type Route } from '../route.ts';
import { words } from '../schema.ts';
import * as shapes from '../shapes.ts';
import { jobDetails, measuredOf, param, queryNumber } from './asking.ts';

const EXCEPTIONS_ASKED = 16; // as many as are kept

export const jobRoutes: readonly Route[] = [
  get('/jobs', {
    about: 'The ids of all jobs, with their status.',
    answer: shapes.jobIds,
    handle: async ({ gateway }) => {
      const { jobs } = await gateway.result({ kind: 'list' }, 'jobs');
      return { jobs: jobs.map(({ jobId, status }) => ({ id: jobId, status })) };
    },
  }),
  get('/jobs/overview', {
    about: 'All jobs, with their times and how their tasks stand.',
    answer: shapes.jobLines,
    handle: async ({ gateway }) => {
      const { jobs } = await gateway.result({ kind: 'list' }, 'jobs');
      return jobLinesOf(jobs, gateway.wallNow());
    },
  }),
  get('/jobs/:jobid', {
    about: 'A job with its graph and how its tasks stand.',
    answer: shapes.job,
    handle: async (call) => {
      const details = await jobDetails(call);
      const job = jobOf(details, await measuredOf(call, details), call.gateway.wallNow());
      return { ...job, reason: job.reason === null ? null : call.gateway.named(job.reason) };
    },
  }),
  get('/jobs/:jobid/status', {
    about: 'The status of a job.',
    answer: shapes.jobStatus,
    handle: async (call) => {
      const jobId = param(call, 'jobid');
      const { status } = await call.gateway.result({ kind: 'status', jobId }, 'job');
      if (status === 'UNKNOWN') throw noSuchJob(jobId);
      return { status };
    },
  }),
  get('/jobs/:jobid/plan', {
    about: 'The graph of a job.',
    answer: shapes.jobPlan,
    handle: async (call) => ({ plan: planOf(await jobDetails(call)) }),
  }),
  get('/jobs/:jobid/config', {
    about: 'How a job is run.',
    answer: shapes.jobConfig,
    handle: async (call) => jobConfigOf(await jobDetails(call)),
  }),
  get('/jobs/:jobid/execution-result', {
    about: 'How a job ended, once it is over.',
    answer: shapes.executionResult,
    handle: async (call) => executionResultOf(await jobDetails(call)),
  }),
  get('/jobs/:jobid/accumulators', {
    about: 'Accumulators, of which Millrace has none.',
    answer: shapes.accumulators,
    handle: async (call) => {
      await jobDetails(call);
      return { 'job-accumulators': [], 'user-task-accumulators': [], 'serialized-user-task-accumulators': {} };
    },
  }),
  get('/jobs/:jobid/exceptions', {
    about: 'The latest failures of a job, newest first.',
    answer: shapes.exceptions,
    query: { maxExceptions: wholeNumber },
    handle: async (call) => {
      const max = queryNumber(call, 'maxExceptions', EXCEPTIONS_ASKED);
      const request = { kind: 'exceptions', jobId: param(call, 'jobid'), max } as const;
      const { exceptions, truncated } = await call.gateway.result(request, 'exceptions');
      const { nameAt } = call.gateway.config;
      return exceptionsOf(exceptions, truncated, { vertices: await call.gateway.namesOf(request.jobId), nameAt });
    },
  }),
  change('PATCH', '/jobs/:jobid', {
    about: 'Cancels a job. Answered when the wish is durable.',
    answer: shapes.empty,
    status: 202,
    query: { mode: words('cancel') },
    handle: async (call) => {
      const jobId = param(call, 'jobid');
      const ended = await call.gateway.wish({ kind: 'cancel', jobId });
      if (ended === null || ended.status === 'CANCELED') return {};
      if (ended.status === 'UNKNOWN') throw noSuchJob(jobId);
      throw conflict(`Job ${jobId} cannot be cancelled: it is ${ended.status} already.`);
    },
  }),
];
