// What goes on behind its answer: savepoints, the stop of a job, disposals, rescaling. An operation is known by the id of its savepoint, so that any JobManager
// can tell how it stands.
import type { SavepointPlace } from '../rest-ids.ts';
import { causeOf } from '../answers/jobs.ts';
import { noSuchJob, type Gateway } from '../gateway.ts';
import { badRequest, notFound } from '../rest-error.ts';
import { locationOf, newId, placeIn } from '../rest-ids.ts';
import { change, get, type Route } from '../route.ts';
import { count, flag, mapOf, matching, nullable, object, optional, text, words, type TypeOf } from '../schema.ts';
import * as shapes from '../shapes.ts';
import { param } from './asking.ts';

const operationId = matching('^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$', 'an id: letters, digits, dots, dashes, underscores');
const format = optional(nullable(words('CANONICAL', 'NATIVE')));

const savepointBody = object({
  'target-directory': optional(nullable(text)),
  'cancel-job': optional(nullable(flag)),
  formatType: format,
  triggerId: optional(nullable(operationId)),
});

const stopBody = object({
  targetDirectory: optional(nullable(text)),
  drain: optional(nullable(flag)),
  formatType: format,
  triggerId: optional(nullable(operationId)),
});

type Operation = TypeOf<typeof shapes.operation>;
const IN_PROGRESS: Operation = { status: { id: 'IN_PROGRESS' }, operation: null };

const checkpointBody = object({
  checkpointType: optional(nullable(words('CONFIGURED', 'FULL', 'INCREMENTAL'))),
  triggerId: optional(nullable(operationId)),
});

function completed(place: SavepointPlace): Operation {
  return { status: { id: 'COMPLETED' }, operation: { location: locationOf(place) } };
}

function failed(sentence: string): Operation {
  return { status: { id: 'COMPLETED' }, operation: { 'failure-cause': causeOf('OperationFailed', sentence) } };
}

/** What is durable goes first; what failed, or has not begun at the leader, only this gateway knows. */
async function stateOf(gateway: Gateway, place: SavepointPlace): Promise<Operation> {
  const { jobId, savepointId } = place;
  const operation = gateway.operation(`${jobId}/${savepointId}`);
  if (operation?.isDone === false) return IN_PROGRESS; // its job may be cancelled behind it
  const [known, job] = await Promise.all([gateway.savepoint(place), gateway.result({ kind: 'status', jobId }, 'job')]);
  const isStop = job.savepointId === savepointId;
  if (isStop) return job.status === 'FINISHED' ? completed(place) : IN_PROGRESS;
  if (known.status === 'COMPLETED') return completed(place);
  if (known.status === 'IN_PROGRESS') return IN_PROGRESS;
  if (operation === null)
    throw notFound(
      `There is no savepoint operation ${savepointId} of job ${jobId}, which is ${job.status}: no savepoint of that id is there or on its way, and none failed that this JobManager was asked for. It may be asked for again with the same id.`,
    );
  return failed(operation.failure ?? 'The savepoint was disposed.');
}

/** Of a checkpoint that a client asked for. Its leader remembers it while the job runs, this gateway how it ended. */
async function takenState(
  gateway: Gateway,
  jobId: string,
  triggerId: string,
): Promise<TypeOf<typeof shapes.checkpointOperation>> {
  const { status, checkpointId } = await gateway.result({ kind: 'checkpoint-status', jobId, triggerId }, 'taken');
  if (status === 'IN_PROGRESS') return { status: { id: 'IN_PROGRESS' }, operation: null };
  const operation = gateway.operation(checkpointOperation(jobId, triggerId));
  const id = checkpointId ?? operation?.checkpointId ?? null;
  if (id !== null) return { status: { id: 'COMPLETED' }, operation: { checkpointId: id } };
  if (operation === null)
    throw notFound(
      `There is no checkpoint operation ${triggerId} of job ${jobId}: its leader took none of that id, and none failed that this JobManager was asked for.`,
    );
  if (!operation.isDone) return { status: { id: 'IN_PROGRESS' }, operation: null };
  const cause = causeOf('OperationFailed', operation.failure ?? 'The checkpoint is not known any more.');
  return { status: { id: 'COMPLETED' }, operation: { 'failure-cause': cause } };
}

/** A savepoint may have the same id. */
function checkpointOperation(jobId: string, triggerId: string): string {
  return `${jobId}/checkpoint/${triggerId}`;
}

/** Those of checkpoints, which stand behind other paths that begin so. */
export const takingRoutes: readonly Route[] = [
  change('POST', '/jobs/:jobid/checkpoints', {
    about: 'Takes a checkpoint of a job that runs, now. All are full, whatever type is wanted.',
    answer: shapes.begun,
    status: 202,
    body: checkpointBody,
    emptyBody: {},
    handle: async (call) => {
      const jobId = param(call, 'jobid');
      const { status } = await call.gateway.result({ kind: 'status', jobId }, 'job');
      if (status === 'UNKNOWN') throw noSuchJob(jobId);
      const triggerId = call.body.triggerId ?? newId();
      call.gateway.begin(
        { kind: 'checkpoint', jobId, savepointId: triggerId },
        { kind: 'take-checkpoint', jobId, triggerId },
        checkpointOperation(jobId, triggerId),
      );
      return { 'request-id': triggerId };
    },
  }),
  get('/jobs/:jobid/checkpoints/:triggerid', {
    about: 'How a checkpoint stands that was asked for.',
    answer: shapes.checkpointOperation,
    handle: async (call) => takenState(call.gateway, param(call, 'jobid'), param(call, 'triggerid')),
  }),
];

export const operationRoutes: readonly Route[] = [
  change('POST', '/jobs/:jobid/savepoints', {
    about:
      'Takes a savepoint of a job that runs, and with cancel-job ends it behind that. It lies in the storage of the cluster, whatever directory is wanted.',
    answer: shapes.begun,
    status: 202,
    body: savepointBody,
    emptyBody: {},
    handle: async (call) => {
      const jobId = param(call, 'jobid');
      const { status } = await call.gateway.result({ kind: 'status', jobId }, 'job');
      if (status === 'UNKNOWN') throw noSuchJob(jobId);
      const savepointId = call.body.triggerId ?? newId();
      const kind = call.body['cancel-job'] === true ? 'savepoint-and-cancel' : 'savepoint';
      call.gateway.begin({ kind: 'savepoint', jobId, savepointId }, { kind, jobId, savepointId });
      return { 'request-id': savepointId };
    },
  }),
  change('POST', '/jobs/:jobid/stop', {
    about: 'Ends a job with a savepoint; `drain`: its sources end first. Answered when the wish is durable.',
    answer: shapes.begun,
    status: 202,
    body: stopBody,
    emptyBody: {},
    handle: async (call) => {
      const jobId = param(call, 'jobid');
      const savepointId = call.body.triggerId ?? newId();
      await call.gateway.wish({ kind: 'stop', jobId, savepointId, drain: call.body.drain === true });
      return { 'request-id': savepointId };
    },
  }),
  get('/jobs/:jobid/savepoints/:triggerid', {
    about: 'How a savepoint, or the stop of a job, stands.',
    answer: shapes.operation,
    handle: async (call) =>
      stateOf(call.gateway, { jobId: param(call, 'jobid'), savepointId: param(call, 'triggerid') }),
  }),
  change('POST', '/savepoint-disposal', {
    about: 'Disposes a savepoint.',
    answer: shapes.begun,
    body: object({ 'savepoint-path': text }),
    handle: async ({ gateway, body }) => {
      const place = placeOf(body['savepoint-path']);
      const id = newId();
      gateway.begin({ kind: 'disposal', ...place }, { kind: 'dispose', ...place }, id);
      return { 'request-id': id };
    },
  }),
  get('/savepoint-disposal/:triggerid', {
    about: 'How a disposal stands.',
    answer: shapes.disposal,
    handle: async (call) => {
      const id = param(call, 'triggerid');
      const operation = call.gateway.operation(id);
      if (operation?.kind !== 'disposal') throw notFound(`There is no disposal ${id}.`);
      if (!operation.isDone) return { status: { id: 'IN_PROGRESS' }, operation: null };
      const { failure } = operation;
      const cause = failure === null ? {} : { 'failure-cause': causeOf('OperationFailed', failure) };
      return { status: { id: 'COMPLETED' }, operation: cause };
    },
  }),
  change('PATCH', '/jobs/:jobid/rescaling', {
    about: 'Gives operators of a job that runs other numbers of subtasks. Answered when the wish is durable.',
    answer: shapes.empty,
    status: 202,
    body: object({ parallelism: mapOf(count) }),
    handle: async (call) => {
      const jobId = param(call, 'jobid');
      const parallelism = Object.entries(call.body.parallelism).map(([operator, number]) => {
        return { operator, parallelism: number };
      });
      if (parallelism.length === 0)
        throw badRequest('parallelism names no operator: { "parallelism": { "count": 4 } }.');
      const told = await call.gateway.result({ kind: 'rescale', jobId, parallelism }, 'job');
      if (told.status === 'UNKNOWN') throw noSuchJob(jobId);
      if (told.status === 'FINISHED' || told.status === 'FAILED' || told.status === 'CANCELED')
        throw badRequest(`Job ${jobId} is ${told.status}, and only a job that is not over can be rescaled.`);
      return {};
    },
  }),
];

export function placeOf(path: string): SavepointPlace {
  const place = placeIn(path);
  if (place !== null) return place;
  throw badRequest(
    `${JSON.stringify(path)} is no savepoint: expected millrace:JOB/SAVEPOINT, as the status of a savepoint tells it.`,
  );
}
