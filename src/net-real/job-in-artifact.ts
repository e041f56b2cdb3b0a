// The job that an artifact carries: its graph as data, in a comment that is the first line of the module. So whoever uploads the file has said all that is
// needed to run it, and a JobManager reads it without running code of a user.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { deepFreeze } from '../core/base/state.ts';
import { describeInt64, isKeptByJson, jsonOf } from '../core/base/json-value.ts';
import { decodeValue, encodeValue } from '../core/base/value-codec.ts';
import type { Result, Value } from '../core/base/value.ts';
import { formatConnectorUrl, parseConnectorUrl } from '../core/graph/connector-url.ts';
import type { JobGraph, Operator } from '../core/graph/job-graph.ts';
import { validateGraph } from '../core/graph/validate.ts';
import { moveDown } from './source-map.ts';

const BEGIN = '// millrace-job 1 ';
/** A graph has some kilobytes; one that is longer would fit in no message. */
const HEAD_BYTES_MAX = 8 * 1_048_576;
const PIECE_BYTES = 65_536;
const NEWLINE = 10;

/** In the URLs of a graph that lies in an artifact: that artifact, whose hash nobody knows before it is whole. */
export const THIS_ARTIFACT = '0'.repeat(64);

/** An artifact with its job. @param graph where its URLs name the artifact, by `THIS_ARTIFACT` */
export function addJob(module: Uint8Array, graph: JobGraph): Uint8Array {
  // A JSON text may hold these two as they are, and to a parser of JavaScript they end the line.
  const json = jsonOf(sayable(graph))
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`);
  return moveDown(module, [`${BEGIN}${json}`]);
}

/** Parameters that would not come back from JSON as they are stand as bytes in a field beside them. */
const PARAMETER_BYTES = 'parameterBytes';

function sayable(graph: JobGraph): Value {
  const { parameters } = graph;
  if (isKeptByJson(parameters) && describeInt64(parameters) === null) return graph as unknown as Value;
  const bytes = Buffer.from(encodeValue(parameters)).toString('base64');
  return { ...graph, parameters: null, [PARAMETER_BYTES]: bytes } as unknown as Value;
}

/** The job of an artifact, or what is wrong with the file, as the rest of a sentence that begins with its name. */
export function jobInArtifact(bytes: Uint8Array): Result<JobGraph> {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(0, HEAD_BYTES_MAX);
  if (head.subarray(0, 2).toString('latin1') === 'PK')
    return { ok: false, reason: `is an archive, as Java has them, and Millrace runs modules: ${HOW}` };
  if (head.subarray(0, BEGIN.length).toString('latin1') !== BEGIN)
    return { ok: false, reason: `has no job in its first line: ${HOW}` };
  const end = head.indexOf(NEWLINE);
  if (end < 0) return { ok: false, reason: `has no end of its first line within ${HEAD_BYTES_MAX} bytes` };
  const graph = parsed(head.subarray(BEGIN.length, end).toString());
  return graph.ok ? { ok: true, value: deepFreeze(withCode(graph.value, hashOf(bytes))) } : graph;
}

const HOW = '`millrace bundle job.ts --output FILE` writes one that can be uploaded';

function parsed(json: string): Result<JobGraph> {
  let candidate: unknown;
  try {
    candidate = JSON.parse(json);
  } catch (error) {
    return { ok: false, reason: `has no JSON in its first line: ${(error as Error).message}` };
  }
  const graph = validateGraph(withParameters(candidate));
  return graph.ok ? graph : { ok: false, reason: `holds a job that cannot run: ${graph.reason}` };
}

/** What is no value is left to whoever validates the graph. */
function withParameters(candidate: unknown): unknown {
  const { [PARAMETER_BYTES]: bytes, ...others } = (candidate ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof bytes !== 'string') return candidate;
  const parameters = decodeValue(new Uint8Array(Buffer.from(bytes, 'base64')));
  return parameters.ok ? { ...others, parameters: parameters.value } : candidate;
}

/** The name of the job in a file, read without the code behind it; null: it carries none. */
export async function jobNameIn(path: string): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    let head = Buffer.alloc(0);
    while (!head.includes(NEWLINE) && head.length < HEAD_BYTES_MAX) {
      const piece = Buffer.alloc(PIECE_BYTES);
      const { bytesRead } = await file.read(piece, 0, piece.length, head.length);
      if (bytesRead === 0) break;
      head = Buffer.concat([head, piece.subarray(0, bytesRead)]);
    }
    const job = jobInArtifact(head);
    return job.ok ? job.value.name : null;
  } finally {
    await file.close();
  }
}

/** URLs whose code lies in this artifact name it. */
function withCode(graph: JobGraph, hash: string): JobGraph {
  const named = (text: string): string => {
    const url = parseConnectorUrl(text);
    return url?.code === THIS_ARTIFACT ? formatConnectorUrl({ ...url, code: hash }) : text;
  };
  const operators = graph.operators.map((operator): Operator => {
    if (operator.kind === 'source') return { ...operator, topic: named(operator.topic) };
    return operator.kind === 'sink' ? { ...operator, sink: named(operator.sink) } : operator;
  });
  return { ...graph, operators };
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
