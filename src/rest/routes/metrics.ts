// Metrics, by their names: of tasks, jobs and processes. What is not asked for by `get` is listed without its value.
import { availableParallelism } from 'node:os';
import type { JobDetails } from '../../core/protocol/overview.ts';
import type { ProcessReading, TaskReading } from '../../net-real/metrics/readings.ts';
import { subtasksOf } from '../answers/jobs.ts';
import {
  aggregatedAnswer,
  aggregations,
  backpressureOf,
  bySubtask,
  jobMetricsOf,
  metricsAnswer,
  processMetricsOf,
  readWanted,
  taskMetricsOf,
  watermarksOf,
  type Aggregation,
  type Metrics,
} from '../answers/metrics.ts';
import { numberList } from '../parameters.ts';
import { notFound, RestError } from '../rest-error.ts';
import { get, type Call, type Route } from '../route.ts';
import { matching, text } from '../schema.ts';
import * as shapes from '../shapes.ts';
import { jobDetails, measuredOf, param, vertexIn } from './asking.ts';

const VERTEX = '/jobs/:jobid/vertices/:vertexid';

const named = { get: text };
const aggregated = {
  ...named,
  agg: matching(
    `^(${aggregations.join('|')})(,(${aggregations.join('|')}))*$`,
    `words of ${aggregations.join(', ')}, with commas`,
  ),
};

function wantedOf({ query }: Call) {
  return readWanted(query['get']);
}

function aggregationsOf({ query }: Call): readonly Aggregation[] {
  const words = query['agg'];
  return words === undefined ? aggregations : (words.split(',') as Aggregation[]); // the server has looked at it
}

/** `0,2-4` of a query; all, where there is none. */
function isWanted(list: string | undefined, number: number): boolean {
  return (
    list === undefined ||
    list.split(',').some((part) => {
      const [from = '', to = from] = part.split('-');
      return Number(from) <= number && number <= Number(to);
    })
  );
}

/** Of the tasks of a vertex that are not over, and of which something is known. */
async function tasksOf(call: Call): Promise<readonly TaskReading[]> {
  const details = await jobDetails(call);
  const { index } = vertexIn(details, call);
  const measured = await measuredOf(call, details);
  return subtasksOf(details, index).flatMap((line) => measured.now(line) ?? []);
}

async function jobMetrics({ gateway }: Call, details: JobDetails): Promise<Metrics> {
  const checkpoints = await gateway.result({ kind: 'checkpoints', jobId: details.jobId }, 'checkpoints');
  return jobMetricsOf(details, checkpoints, gateway.wallNow());
}

function ofProcess(process: ProcessReading): Metrics {
  return processMetricsOf(process, availableParallelism());
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** As Flink answers of a job that is not there. */
async function orNothing<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof RestError && error.status === 404) return null;
    throw error;
  });
}

export const metricRoutes: readonly Route[] = [
  get('/jobmanager/metrics', {
    about: 'Metrics of the JobManager that leads.',
    answer: shapes.metrics,
    query: named,
    handle: async (call) => {
      const { gateway } = call;
      const { leader, jobs, taskManagers } = await gateway.result({ kind: 'overview' }, 'overview');
      const told = await gateway.config.metrics.ask(leader);
      const metrics = new Map<string, number | string>([
        ['taskSlotsTotal', sum(taskManagers.map(({ slots }) => slots))],
        ['taskSlotsAvailable', sum(taskManagers.map(({ freeSlots }) => freeSlots))],
        ['numRegisteredTaskManagers', taskManagers.length],
        ['numRunningJobs', jobs.running],
        ...(told === null ? [] : ofProcess(told.process)),
      ]);
      return metricsAnswer(metrics, wantedOf(call));
    },
  }),
  get('/taskmanagers/metrics', {
    about: 'Metrics of all TaskManagers, aggregated.',
    answer: shapes.aggregatedMetrics,
    query: { ...aggregated, taskmanagers: text },
    handle: async (call) => {
      const { gateway, query } = call;
      const { taskManagers } = await gateway.result({ kind: 'overview' }, 'overview');
      const only = query['taskmanagers']?.split(',') ?? null;
      const addresses = taskManagers.map(({ address }) => address).filter((one) => only?.includes(one) ?? true);
      const told = await gateway.told(addresses);
      const all = [...told.values()].map(({ process }) => ofProcess(process));
      return aggregatedAnswer(all, wantedOf(call), aggregationsOf(call));
    },
  }),
  get('/taskmanagers/:taskmanagerid/metrics', {
    about: 'Metrics of a TaskManager; none, while it does not answer.',
    answer: shapes.metrics,
    query: named,
    handle: async (call) => {
      const id = param(call, 'taskmanagerid');
      const { taskManagers } = await call.gateway.result({ kind: 'overview', only: id }, 'overview');
      if (taskManagers.length === 0) throw notFound(`No TaskManager ${id} is registered.`);
      const told = await call.gateway.config.metrics.ask(id);
      return metricsAnswer(told === null ? new Map() : ofProcess(told.process), wantedOf(call));
    },
  }),
  get('/jobs/metrics', {
    about: 'Metrics of all jobs that are not over, aggregated.',
    answer: shapes.aggregatedMetrics,
    query: { ...aggregated, jobs: text },
    handle: async (call) => {
      const { jobs } = await call.gateway.result({ kind: 'list' }, 'jobs');
      const only = call.query['jobs']?.split(',') ?? null;
      const asked = jobs
        .filter(({ jobId, endedAt }) => endedAt === null && (only?.includes(jobId) ?? true))
        .map(({ jobId }) =>
          orNothing(
            call.gateway.result({ kind: 'details', jobId }, 'details').then((details) => jobMetrics(call, details)),
          ),
        );
      const all = (await Promise.all(asked)).filter((metrics) => metrics !== null);
      return aggregatedAnswer(all, wantedOf(call), aggregationsOf(call));
    },
  }),
  get('/jobs/:jobid/metrics', {
    about: 'Metrics of a job, under its leader; none of one that is not there.',
    answer: shapes.metrics,
    query: named,
    handle: async (call) => {
      const metrics = await orNothing(jobDetails(call).then((details) => jobMetrics(call, details)));
      return metricsAnswer(metrics ?? new Map(), wantedOf(call));
    },
  }),
  get(`${VERTEX}/metrics`, {
    about: 'Metrics of the tasks of a vertex, each name with the number of its subtask before it.',
    answer: shapes.metrics,
    query: named,
    handle: async (call) => metricsAnswer(bySubtask(await tasksOf(call), call.gateway.wallNow()), wantedOf(call)),
  }),
  get(`${VERTEX}/subtasks/metrics`, {
    about: 'Metrics of the tasks of a vertex, aggregated.',
    answer: shapes.aggregatedMetrics,
    query: { ...aggregated, subtasks: numberList },
    handle: async (call) => {
      const tasks = (await tasksOf(call)).filter(({ subtask }) => isWanted(call.query['subtasks'], subtask));
      const all = tasks.map((task) => taskMetricsOf(task, call.gateway.wallNow()));
      return aggregatedAnswer(all, wantedOf(call), aggregationsOf(call));
    },
  }),
  get(`${VERTEX}/subtasks/:subtaskindex/metrics`, {
    about: 'Metrics of the task of a subtask.',
    answer: shapes.metrics,
    query: named,
    handle: async (call) => {
      const index = Number(param(call, 'subtaskindex'));
      const task = (await tasksOf(call)).find(({ subtask }) => subtask === index);
      const metrics = task === undefined ? new Map() : taskMetricsOf(task, call.gateway.wallNow());
      return metricsAnswer(metrics, wantedOf(call));
    },
  }),
  get(`${VERTEX}/backpressure`, {
    about: 'How much of the last seconds the tasks of a vertex were back-pressured, busy and idle.',
    answer: shapes.backpressure,
    handle: async (call) => backpressureOf(await tasksOf(call), call.gateway.wallNow()),
  }),
  get(`${VERTEX}/watermarks`, {
    about: 'The watermarks that came to the tasks of a vertex.',
    answer: shapes.metrics,
    handle: async (call) => watermarksOf(await tasksOf(call)),
  }),
];
