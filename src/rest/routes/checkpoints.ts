// Checkpoints of a job.
import type { CheckpointLine, CheckpointStatistics } from '../../core/protocol/job-history.ts';
import { namesIn } from '../../core/protocol/vertex-names.ts';
import {
  checkpointConfigOf,
  checkpointDetailsOf,
  checkpointsOf,
  checkpointTaskOf,
  type Beside,
} from '../answers/checkpoints.ts';
import { notFound } from '../rest-error.ts';
import { locationOf } from '../rest-ids.ts';
import { get, type Call, type Route } from '../route.ts';
import * as shapes from '../shapes.ts';
import { jobDetails, param, vertexIn } from './asking.ts';

const AT = '/jobs/:jobid/checkpoints';

async function checkpointIn(call: Call): Promise<CheckpointStatistics> {
  const [jobId, checkpointId] = [param(call, 'jobid'), Number(param(call, 'checkpointid'))];
  const { checkpoint } = await call.gateway.result({ kind: 'checkpoint', jobId, checkpointId }, 'checkpoint');
  if (checkpoint === null) throw notFound(`Of job ${jobId} checkpoint ${checkpointId} is not kept.`);
  return checkpoint;
}

/** One that was disposed has none. */
async function locationsOf(call: Call, lines: readonly (CheckpointLine | null)[]): Promise<Beside['locations']> {
  const jobId = param(call, 'jobid');
  const completed = lines.filter((line) => line?.status === 'COMPLETED');
  const ids = new Set(completed.flatMap((line) => line?.savepointId ?? []));
  const found = [...ids].map(async (savepointId) => {
    const place = { jobId, savepointId };
    const isThere = (await call.gateway.savepoint(place)).status === 'COMPLETED';
    return isThere ? [[savepointId, locationOf(place)] as const] : [];
  });
  return new Map((await Promise.all(found)).flat());
}

export const checkpointRoutes: readonly Route[] = [
  get(AT, {
    about: 'The checkpoints of a job under its leader: counts, the latest ones, and the last few, newest first.',
    answer: shapes.checkpoints,
    handle: async (call) => {
      const request = { kind: 'checkpoints', jobId: param(call, 'jobid') } as const;
      const told = await call.gateway.result(request, 'checkpoints');
      const [locations, names] = await Promise.all([
        locationsOf(call, [told.latestSavepoint, ...told.history]),
        call.gateway.namesOf(request.jobId),
      ]);
      return checkpointsOf(told, call.gateway.config.options, { locations, names });
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
      const locations = await locationsOf(call, [one]);
      return checkpointDetailsOf(one, details, { locations, names: namesIn(details.vertices) });
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
