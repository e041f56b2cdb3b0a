// Code of jobs (Flink: jars). The id of one is the SHA-256 of its bytes. Its graph comes with the request that runs it: no code of a job runs in a JobManager.
import type { JobGraph } from '../../core/graph/job-graph.ts';
import { describeReason } from '../../core/protocol/describe-reason.ts';
import type { RestoreSettings } from '../../core/protocol/messages.ts';
import { badRequest, conflict, notFound } from '../rest-error.ts';
import { newId } from '../rest-ids.ts';
import { change, get, type Call, type Route } from '../route.ts';
import {
  anything,
  bytes,
  count,
  flag,
  list,
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

const runBody = object({
  graph: told(anything, 'what defineJob returned as `graph`; `millrace submit` sends it'),
  jobId: optional(nullable(jobId)),
  savepointPath: optional(nullable(text)),
  allowNonRestoredState: optional(nullable(flag)),
  claimMode: optional(nullable(words('CLAIM', 'NO_CLAIM'))),
});

const jarList = object({
  address: text,
  files: list(
    object({
      id: text,
      name: text,
      uploaded: count,
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
    about: 'Keeps the code of a job: a bundled module, in a form, as Flink takes a jar.',
    answer: object({ filename: text, status: words('success') }),
    body: upload,
    isUpload: true,
    handle: async ({ gateway, body }) => {
      if (body.bytes.length === 0) throw badRequest(`The file ${body.name} is empty.`);
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
      const files = (await gateway.config.artifacts.list()).map((hash) => {
        return { id: `${hash}.mjs`, name: `${hash}.mjs`, uploaded: 0, entry: [] };
      });
      return { address: '', files };
    },
  }),
  change('POST', '/jars/:jarid/run', {
    about: 'Submits a job with this code. A request that names the job can be repeated: the job runs once.',
    answer: object({ jobid: text }),
    body: runBody,
    handle: async (call) => {
      const hash = hashIn(call);
      if (!(await call.gateway.config.artifacts.has(hash))) throw notFound(`There is no artifact ${hash}.`);
      const id = call.body.jobId ?? newId();
      const graph = call.body.graph as JobGraph; // the leader looks at it
      const restore = restoreOf(call.body);
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
];

function restoreOf(body: TypeOf<typeof runBody>): RestoreSettings | null {
  const { savepointPath = null, allowNonRestoredState, claimMode } = body;
  if (savepointPath === null) return null;
  const place = placeOf(savepointPath);
  return { ...place, allowNonRestoredState: allowNonRestoredState === true, claimMode: claimMode ?? 'NO_CLAIM' };
}
