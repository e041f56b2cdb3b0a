// What a sink of a user's own gets: a transaction that is durable, and whose checkpoint is complete, as the records that were written to it.
import { createReadStream } from 'node:fs';
import { parseConnectorUrl } from '../../core/graph/connector-url.ts';
import { IDENTITY_OPTION } from '../../core/graph/sink-identity.ts';
import type { Value } from '../../core/base/value.ts';
import { importArtifact } from '../artifact-files.ts';
import { readArtifact } from '../artifact-store.ts';
import { placedError } from '../job-stack.ts';
import { recordOfLine } from './delivery-lines.ts';
import { sinksIn } from './users-own.ts';

export interface Delivery {
  /** The folder of checkpoint storage, with the artifact of the sink's code. */
  readonly storage: string;
  /** The URL of the sink, which names its artifact. */
  readonly sink: string;
  readonly transaction: string;
  /** As `encodeDelivered` writes it. */
  readonly file: string;
}

/** A transaction is what a job writes between two checkpoints; whoever needs longer is taken for one that hangs. */
export const DELIVERY_MS_MAX = 60_000;

/** Runs code of a user. What that throws is told with its place. */
export function deliver(delivery: Delivery): Promise<void> {
  return deliverRecords(delivery).catch((error: unknown) => {
    throw placedError(error);
  });
}

async function deliverRecords({ storage, sink, transaction, file }: Delivery): Promise<void> {
  const url = parseConnectorUrl(sink);
  if (url === null || url.code === null) throw new Error(`${JSON.stringify(sink)} is no URL of a sink with code`);
  const { scheme, place, options, code } = url;
  const found = await readArtifact({ storage, hash: code });
  if (found.kind !== 'whole') throw new Error(`${found.path}, which has the code of ${scheme}:, is ${found.kind}`);
  const connector = sinksIn(await importArtifact(found.path)).get(scheme);
  if (connector === undefined) throw new Error(`the artifact ${code} registers no sink ${scheme}:`);
  const own = new Map([...options].filter(([name]) => name !== IDENTITY_OPTION));
  const opened = await connector.openSink({ place, options: own });
  try {
    await opened.deliver({ transaction, records: recordsIn(file) });
  } finally {
    await opened.close();
  }
}

/** Lines end with a line feed and with nothing else: `node:readline` ends one at U+2028 too, which JSON may have in a text. */
async function* recordsIn(file: string): AsyncIterable<Value> {
  let line: string[] = [];
  for await (const piece of createReadStream(file, 'utf8')) {
    const [rest = '', ...others] = (piece as string).split('\n');
    line.push(rest);
    for (const other of others) {
      yield recordOfLine(line.join(''));
      line = [other];
    }
  }
}
