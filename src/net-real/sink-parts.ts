// What a reader of a file sink sees: its parts, and nothing that is under construction.
import { join } from 'node:path';
import { parseJson } from '../core/base/parse-json.ts';
import type { Value } from '../core/base/value.ts';
import { nodeDisk, type Disk } from './disk.ts';

export interface SinkPart {
  readonly name: string;
  readonly jobId: string;
  readonly subtask: number;
  /** The checkpoint that its transaction follows. */
  readonly checkpoint: number;
}

/** By job, then by subtask, then in the order in which they were written. */
export async function listParts(folder: string, sink: string, disk: Disk = nodeDisk): Promise<readonly SinkPart[]> {
  const parts = (await disk.list(join(folder, sink))).flatMap(({ name }) => parsePart(name) ?? []);
  return parts.sort((a, b) => compareTexts(a.jobId, b.jobId) || a.subtask - b.subtask || a.checkpoint - b.checkpoint);
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Null: the name of something else. */
export function parsePart(name: string): SinkPart | null {
  const found = /^part-(.+)-(\d+)-(\d+)$/.exec(name);
  const jobId = decodedOrNull(found?.[1] ?? '%');
  return jobId === null ? null : { name, jobId, subtask: Number(found?.[2]), checkpoint: Number(found?.[3]) };
}

function decodedOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Throws if the part is not there, or a line is no JSON. */
export async function readPart(
  folder: string,
  sink: string,
  part: SinkPart,
  disk: Disk = nodeDisk,
): Promise<readonly Value[]> {
  const bytes = await disk.read(join(folder, sink, part.name));
  if (bytes === null) throw new Error(`${part.name} of sink ${sink} is gone`);
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.flatMap((line, index) =>
    line === '' ? [] : [parseLine(line, `${part.name} of sink ${sink}, line ${index + 1}`)],
  );
}

function parseLine(line: string, place: string): Value {
  const parsed = parseJson(line, 'exact');
  if (parsed.ok) return parsed.value;
  throw new Error(`${place}: ${parsed.isJson ? '' : 'no JSON: '}${parsed.reason}`);
}

/** All records of a sink. */
export async function readSink(folder: string, sink: string, disk: Disk = nodeDisk): Promise<readonly Value[]> {
  const records: Value[] = [];
  for (const part of await listParts(folder, sink, disk)) {
    for (const record of await readPart(folder, sink, part, disk)) records.push(record);
  }
  return records;
}
