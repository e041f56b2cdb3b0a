// Checkpoints of a job.
import type { CheckpointStatistics } from '../../core/protocol/job-history.ts';
import { checkpointConfigOf, checkpointDetailsOf, checkpointsOf, checkpointTaskOf } from '../answers/checkpoints.ts';
import { badRequest, notFound } from '../rest-error.ts';
import { change, get, type Call, type Route } from '../route.ts';
import * as shapes from '../shapes.ts';
import { jobDetails, param, vertexIn } from './asking.ts';

const AT = '/jobs/:jobid/checkpoints';

async function checkpointIn(call: Call): Promise<CheckpointStatistics> {
  const [jobId, checkpointId] = [param(call, 'jobid'), Number(param(call, 'checkpointid'))];
  const { checkpoint } = await call.gateway.result({ kind: 'checkpoint', jobId, checkpointId }, 'checkpoint');
  if (checkpoint === null) throw notFound(`Of job ${jobId} checkpoint ${checkpointId} is not kept.`);
  return checkpoint;
}

export const checkpointRoutes: readonly Route[] = [
  get(AT, {
    about: 'The checkpoints of a job under its leader: counts, the latest ones, and the last few, newest first.',
    answer: shapes.checkpoints,
    handle: async (call) => {
      const request = { kind: 'checkpoints', jobId: param(call, 'jobid') } as const;
      return checkpointsOf(await call.gateway.result(request, 'checkpoints'), call.gateway.config.options);
    },
  }),
  change('POST', AT, {
    about: 'Refused: checkpoints are taken in their interval.',
    answer: shapes.empty,
    handle: () => {
      throw badRequest(
        'A checkpoint is not taken on demand: POST /jobs/:jobid/savepoints takes a savepoint, which is one that stays.',
      );
    },
  }),
  get(`${AT}/config`, {
    about: 'How checkpoints are taken.',
    answer: shapes.checkpointConfig,
    handle: async (call) => {
      await jobDetails(call);
      return checkpointConfigOf(call.gateway.config.options);
    },
  }),
  get(`${AT}/details/:checkpointid`, {
    about: 'One checkpoint, with what each vertex did.',
    answer: shapes.checkpoint,
    handle: async (call) => {
      const [one, details] = await Promise.all([checkpointIn(call), jobDetails(call)]);
      return checkpointDetailsOf(one, details);
    },
  }),
  get(`${AT}/details/:checkpointid/subtasks/:vertexid`, {
    about: 'One checkpoint of one vertex, with its subtasks.',
    answer: shapes.checkpointTask,
    handle: async (call) => {
      const [one, details] = await Promise.all([checkpointIn(call), jobDetails(call)]);
      return checkpointTaskOf(one, details, vertexIn(details, call).index);
    },
  }),
];
