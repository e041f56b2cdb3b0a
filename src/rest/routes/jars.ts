// Code of jobs (Flink: jars). The id of one is the SHA-256 of its bytes. Its job stands in it as data: no code of a job runs in a JobManager.
import { vertexLine } from '../../core/protocol/overview.ts';
import { chainOperators } from '../../core/graph/chaining.ts';
import type { JobGraph } from '../../core/graph/job-graph.ts';
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { RestoreSettings } from '../../core/protocol/messages.ts';
import { jobInArtifact } from '../../net-real/job-in-artifact.ts';
import { planOf } from '../answers/jobs.ts';
import { badRequest, conflict, notFound } from '../rest-error.ts';
import { newId } from '../rest-ids.ts';
import { change, get, type Call, type Route } from '../route.ts';
import {
  bytes,
  count,
  flag,
  integer,
  list,
  mapOf,
  matching,
  nullable,
  object,
  optional,
  text,
  told,
  words,
  type Schema,
  type TypeOf,
} from '../schema.ts';
import * as shapes from '../shapes.ts';
import { param } from './asking.ts';
import { placeOf } from './operations.ts';

const jobId = matching(
  '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
  'the id of a job: letters, digits, dots, dashes, underscores',
);

const planFields = {
  jobId: optional(nullable(jobId)),
  entryClass: optional(nullable(told(text, 'the name of the job, which is the only one of its artifact'))),
  programArgsList: optional(nullable(told(list(text), 'a job takes none'))),
  parallelism: optional(nullable(told(integer, 'operators name their own; -1: as they do'))),
  flinkConfiguration: optional(nullable(told(mapOf(text), 'a job takes none'))),
};

const claimMode = words('CLAIM', 'NO_CLAIM');
const planBody = object(planFields);
const runBody = object({
  ...planFields,
  savepointPath: optional(nullable(text)),
  allowNonRestoredState: optional(nullable(flag)),
  claimMode: optional(nullable(claimMode)),
  restoreMode: optional(nullable(told(claimMode, 'the old name of claimMode'))),
});

const planQuery = {
  'entry-class': text,
  programArg: text,
  parallelism: matching(String.raw`^-?\d{1,9}$`, 'a whole number'),
};
const runQuery = {
  ...planQuery,
  savepointPath: text,
  allowNonRestoredState: matching('^(true|false)$', 'true or false'),
};

const jarList = object({
  address: text,
  files: list(
    object({
      id: text,
      name: text,
      uploaded: told(count, 'wall time in ms'),
      entry: list(object({ name: text, description: nullable(text) })),
    }),
  ),
});

/** As the server reads a form. */
type Upload = { readonly name: string; readonly bytes: Uint8Array };
const upload = object({ jarfile: bytes }) as unknown as Schema<Upload>;

function hashIn(call: Call): string {
  return param(call, 'jarid').replace(/\.mjs$/, '');
}

export const jarRoutes: readonly Route[] = [
  change('POST', '/jars/upload', {
    about: 'Keeps a job, as `millrace bundle` writes it: in a form, as Flink takes a jar, under whatever name.',
    answer: object({ filename: text, status: words('success') }),
    body: upload,
    isUpload: true,
    handle: async ({ gateway, body }) => {
      if (body.bytes.length === 0) throw badRequest(`The file ${body.name} is empty.`);
      const job = jobInArtifact(body.bytes);
      if (!job.ok) throw badRequest(`The file ${body.name} ${job.reason}.`);
      return {
        filename: `artifacts/${await gateway.config.artifacts.keep(body.bytes)}.mjs`,
        status: 'success' as const,
      };
    },
  }),
  get('/jars', {
    about: 'All code that is kept.',
    answer: jarList,
    handle: async ({ gateway }) => {
      const files = (await gateway.config.artifacts.list()).map(({ hash, job, uploadedAt }) => {
        const entry = job === null ? [] : [{ name: job, description: null }];
        return { id: `${hash}.mjs`, name: `${job ?? hash}.mjs`, uploaded: uploadedAt, entry };
      });
      return { address: '', files: files.toSorted((a, b) => b.uploaded - a.uploaded) }; // the newest first, as in Flink
    },
  }),
  change('POST', '/jars/:jarid/run', {
    about: 'Submits the job of an artifact. A request that names the job can be repeated: the job runs once.',
    answer: object({ jobid: text }),
    body: runBody,
    query: runQuery,
    emptyBody: {},
    handle: async (call) => {
      const hash = hashIn(call);
      const graph = await jobOf(call, call.body);
      const id = call.body.jobId ?? newId();
      const restore = restoreOf(call, call.body);
      const request = {
        kind: 'submit',
        jobId: id,
        graph,
        artifact: hash,
        ...(restore === null ? {} : { restore }),
      } as const;
      const known = await call.gateway.wish(request);
      if (known?.reason?.kind === 'rejected') {
        const sentence = `Job ${id} was rejected: ${describeReason(known.reason.reason)}.`;
        throw known.reason.reason.kind === 'job-id-taken' || known.reason.reason.kind === 'sink-taken'
          ? conflict(sentence)
          : badRequest(sentence);
      }
      return { jobid: id };
    },
  }),
  get('/jars/:jarid/plan', {
    about: 'The graph of the job of an artifact.',
    answer: shapes.jobPlan,
    query: planQuery,
    handle: async (call) => planAnswer(await jobOf(call, {})),
  }),
  change('POST', '/jars/:jarid/plan', {
    about: 'The same, for clients that send a body with it.',
    answer: shapes.jobPlan,
    body: planBody,
    query: planQuery,
    emptyBody: {},
    handle: async (call) => planAnswer(await jobOf(call, call.body), call.body.jobId ?? newId()),
  }),
  change('DELETE', '/jars/:jarid', {
    about: 'Removes code. Jobs that run it cannot be deployed again.',
    answer: shapes.empty,
    handle: async (call) => {
      const hash = hashIn(call);
      if (!(await call.gateway.config.artifacts.has(hash))) throw notFound(`There is no artifact ${hash}.`);
      await call.gateway.config.artifacts.remove(hash);
      return {};
    },
  }),
  change('POST', '/jobs', {
    about: 'Refused: clients of Flink send the graph of a Java program here.',
    answer: shapes.empty,
    handle: () => {
      throw badRequest(
        'A job is not submitted here: this takes Java objects of Flink, and none is run. POST /jars/upload takes what `millrace bundle` wrote, and POST /jars/:jarid/run runs it.',
      );
    },
  }),
];

/** The job of an artifact, where what else is asked for is what it has. */
async function jobOf(call: Call, body: TypeOf<typeof planBody>): Promise<JobGraph> {
  const hash = hashIn(call);
  const job = await call.gateway.config.artifacts.job(hash);
  if (job === null) throw notFound(`There is no artifact ${hash}.`);
  if (!job.ok) throw badRequest(`The artifact ${hash} ${job.reason}.`);
  const mistake = mistakeInSettings(job.value.name, call, body);
  if (mistake !== null) throw badRequest(mistake);
  return job.value;
}

/** Each may come in the body or in the query, as Flink takes it. */
function mistakeInSettings(name: string, { query }: Call, body: TypeOf<typeof planBody>): string | null {
  const entry = body.entryClass ?? query['entry-class'] ?? '';
  if (entry !== '' && entry !== name)
    return `entryClass is ${JSON.stringify(entry)}, and the one job of this artifact is ${JSON.stringify(name)}.`;
  if ((body.programArgsList ?? []).length > 0 || (query['programArg'] ?? '') !== '')
    return 'Program arguments are not supported: what a job does is fixed when `millrace bundle` writes it.';
  if (Object.keys(body.flinkConfiguration ?? {}).length > 0)
    return 'flinkConfiguration is not supported: the options of the cluster hold for all its jobs.';
  const parallelism = body.parallelism ?? Number(query['parallelism'] ?? -1);
  return parallelism === -1
    ? null
    : 'parallelism is not supported: each operator of a job names its own, and PATCH /jobs/:jobid/rescaling gives a job that runs another.';
}

function planAnswer(graph: JobGraph, id = newId()): TypeOf<typeof shapes.jobPlan> {
  const vertices = chainOperators(graph).vertices.map(vertexLine);
  return { plan: planOf({ jobId: id, name: graph.name, vertices }) };
}

function restoreOf({ query }: Call, body: TypeOf<typeof runBody>): RestoreSettings | null {
  const path = body.savepointPath ?? query['savepointPath'] ?? '';
  if (path === '') return null;
  const allows = body.allowNonRestoredState ?? query['allowNonRestoredState'] === 'true';
  const mode = body.claimMode ?? body.restoreMode ?? 'NO_CLAIM';
  return { ...placeOf(path), allowNonRestoredState: allows, claimMode: mode };
}
