// Vertices of a job, and their subtasks.
import { subtaskOf, subtasksOf, subtaskTimesOf, vertexOf, vertexTaskManagersOf } from '../answers/jobs.ts';
import { vertexIdOf } from '../rest-ids.ts';
import { notFound } from '../rest-error.ts';
import { get, type Call, type Route } from '../route.ts';
import * as shapes from '../shapes.ts';
import { jobDetails, measuredOf, param, vertexIn } from './asking.ts';

const AT = '/jobs/:jobid/vertices/:vertexid';

async function found(call: Call) {
  const details = await jobDetails(call);
  return { details, vertex: vertexIn(details, call), wallNow: call.gateway.wallNow() };
}

async function foundMeasured(call: Call) {
  const { details, vertex, wallNow } = await found(call);
  return { details, vertex, wallNow, measured: await measuredOf(call, details) };
}

export const vertexRoutes: readonly Route[] = [
  get(AT, {
    about: 'A vertex with its subtasks. Its id is shown by the job; that of its first operator is taken, too.',
    answer: shapes.vertex,
    handle: async (call) => {
      const { details, vertex, wallNow, measured } = await foundMeasured(call);
      return vertexOf(details, vertex, measured, wallNow);
    },
  }),
  get(`${AT}/subtasktimes`, {
    about: 'When each subtask entered each state.',
    answer: shapes.subtaskTimes,
    handle: async (call) => {
      const { details, vertex, wallNow } = await found(call);
      return subtaskTimesOf(details, vertex, wallNow);
    },
  }),
  get(`${AT}/taskmanagers`, {
    about: 'Where the subtasks of a vertex run.',
    answer: shapes.vertexTaskManagers,
    handle: async (call) => {
      const { details, vertex, wallNow, measured } = await foundMeasured(call);
      return vertexTaskManagersOf(details, vertex, measured, wallNow);
    },
  }),
  get(`${AT}/accumulators`, {
    about: 'Accumulators, of which Millrace has none.',
    answer: shapes.vertexAccumulators,
    handle: async (call) => ({ id: vertexIdOf((await found(call)).vertex.id), 'user-accumulators': [] }),
  }),
  get(`${AT}/subtasks/accumulators`, {
    about: 'Accumulators, of which Millrace has none.',
    answer: shapes.subtaskAccumulators,
    handle: async (call) => {
      const { details, vertex } = await found(call);
      const subtasks = subtasksOf(details, vertex.index).map(({ subtask, attempt, taskManager }) => {
        return { subtask, attempt, endpoint: taskManager, 'user-accumulators': [] };
      });
      return { id: vertexIdOf(vertex.id), parallelism: vertex.parallelism, subtasks };
    },
  }),
  get(`${AT}/subtasks/:subtaskindex`, {
    about: 'The latest attempt of a subtask.',
    answer: shapes.subtask,
    handle: async (call) => {
      const { details, vertex, wallNow, measured } = await foundMeasured(call);
      const index = Number(param(call, 'subtaskindex'));
      const line = subtasksOf(details, vertex.index).find(({ subtask }) => subtask === index);
      if (line === undefined) throw notFound(`Vertex ${param(call, 'vertexid')} has no subtask ${index}.`);
      return subtaskOf(line, measured, wallNow);
    },
  }),
];
