// Where a sink lies, and how it is written: a name is a folder of JSON lines below that of the sinks, a URL says both.
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { Result } from '../../core/base/value.ts';
import { isConnectorUrl, parseConnectorUrl } from '../../core/graph/connector-url.ts';
import { sinkIdentity } from '../../core/graph/sink-identity.ts';
import type { EncodeChunk } from '../open-transaction.ts';
import { mistakeInSegment } from '../path-names.ts';
import type { SinkFormat } from './connector.ts';
import { encodeDelivered } from './delivery-lines.ts';
import { jsonlSink } from './jsonl.ts';
import { builtInSinks } from './registry.ts';
import { sinkMistake } from './resolve.ts';

export interface SinkPlace {
  /** The folder around the sink. */
  readonly folder: string;
  /** Its name there. */
  readonly sink: string;
  readonly encode: EncodeChunk;
  /** Its transactions are delivered by code of a user, and become no parts. */
  readonly isDelivered: boolean;
}

const none: ReadonlyMap<string, string> = new Map();

const encodeJson: EncodeChunk = (records, memo) => jsonlSink.encode(records, memo, none);

/** @param folder of sinks that have a name */
export function placeOfSink(folder: string, sink: string): Result<SinkPlace> {
  if (!isConnectorUrl(sink)) {
    const mistake = mistakeInSegment(sink);
    return mistake === null
      ? { ok: true, value: { folder, sink, encode: encodeJson, isDelivered: false } }
      : { ok: false, reason: mistake };
  }
  const url = parseConnectorUrl(sink);
  if (url !== null && url.code !== null) return { ok: true, value: deliveredSink(folder, sink, url.scheme) };
  const mistake = url === null ? `${JSON.stringify(sink)} is no URL of a sink` : sinkMistake(url);
  if (url === null || mistake !== null) return { ok: false, reason: mistake ?? '' };
  const { place, options, scheme } = url;
  const format = builtInSinks.get(scheme) as SinkFormat;
  const encode: EncodeChunk = (records, memo) => format.encode(records, memo, options);
  return { ok: true, value: { folder: dirname(place), sink: basename(place), encode, isDelivered: false } };
}

/** Where transactions of a sink with code wait: the same folder for what core takes for one sink, however it is written and whichever code it has. */
function deliveredSink(folder: string, url: string, scheme: string): SinkPlace {
  const sink = `${scheme}-${createHash('sha256').update(sinkIdentity(url)).digest('hex').slice(0, 16)}`;
  return { folder, sink, encode: encodeDelivered, isDelivered: true };
}
