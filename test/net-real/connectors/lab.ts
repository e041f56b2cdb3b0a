// Sources by URL as a process reads them, over the port.
import type { Schema } from '../../../src/core/columns/schema.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { valuesOf } from '../../../src/core/columns/column.ts';
import { builtInSources } from '../../../src/net-real/connectors/registry.ts';
import { sourcePort } from '../../../src/net-real/connectors/source-port.ts';
import type { Port } from '../../../src/net-real/port.ts';
import type { Answer } from '../../conformance/lab.ts';

export interface ReadUrl {
  /** Default: none. */
  readonly mark?: string;
  readonly topic: string;
  readonly split: number;
  readonly position: number;
  readonly maxRecords: number;
  readonly schema?: Schema;
}

export function openPort(folder: string): Port {
  return sourcePort({ folder, storage: folder });
}

export function read(port: Port, request: ReadUrl): Promise<Answer> {
  return port.request({ kind: 'source-read', mark: '', ...request });
}

/** All records of a split, read `size` at a time, until it ends or has no more. */
export async function readAll(
  port: Port,
  topic: string,
  split: number,
  size = 100,
  schema?: Schema,
): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (;;) {
    const answer = await read(port, {
      topic,
      split,
      position: values.length,
      maxRecords: size,
      ...(schema === undefined ? {} : { schema }),
    });
    if (answer.kind !== 'records' && answer.kind !== 'record-column') throw new Error(JSON.stringify(answer));
    const more = answer.kind === 'records' ? answer.values : valuesOf(answer.column);
    values.push(...more);
    if (answer.end || more.length === 0) return values;
  }
}

export async function directly(
  topic: string,
  options: Readonly<Record<string, string>>,
  path: string,
): Promise<unknown> {
  return builtInSources
    .get(topic)
    ?.open({ place: path, options: new Map(Object.entries(options)), split: 0, splits: 1 });
}
