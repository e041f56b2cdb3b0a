// Checkpoints of a job.
import type { CheckpointLine, CheckpointStatistics } from '../../core/protocol/job-history.ts';
import {
  checkpointConfigOf,
  checkpointDetailsOf,
  checkpointsOf,
  checkpointTaskOf,
  type Locations,
} from '../answers/checkpoints.ts';
import { badRequest, notFound } from '../rest-error.ts';
import { locationOf } from '../rest-ids.ts';
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

/** A leader does not tell of which savepoint a checkpoint is: its metadata shows it. One that was disposed has none. */
async function locationsOf(call: Call, lines: readonly CheckpointLine[]): Promise<Locations> {
  const { gateway } = call;
  const names = lines.flatMap(({ isSavepoint, externalPath }) =>
    isSavepoint && externalPath !== null ? [externalPath] : [],
  );
  if (names.length === 0) return new Map();
  const jobId = param(call, 'jobid');
  const { savepointId } = await gateway.result({ kind: 'status', jobId }, 'job');
  if (savepointId !== null) await gateway.savepoint({ jobId, savepointId }); // the job is stopped with it
  const found = names.map(async (name) => {
    const place = gateway.savepointOf(name);
    const isThere = place !== null && (await gateway.savepoint(place)).status === 'COMPLETED';
    return isThere ? [[name, locationOf(place)] as const] : [];
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
      return checkpointsOf(told, call.gateway.config.options, await locationsOf(call, told.history));
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
      return checkpointDetailsOf(one, details, await locationsOf(call, [one]));
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
