// Where a sink lies, and how it is written: a name is a folder of JSON lines below that of the sinks, a URL says both.
import { basename, dirname } from 'node:path';
import type { Result } from '../../core/base/value.ts';
import { isConnectorUrl, parseConnectorUrl } from '../../core/graph/connector-url.ts';
import type { EncodeChunk } from '../open-transaction.ts';
import { mistakeInSegment } from '../path-names.ts';
import type { SinkFormat } from './connector.ts';
import { jsonlSink } from './jsonl.ts';
import { builtInSinks } from './registry.ts';
import { sinkMistake } from './resolve.ts';

export interface SinkPlace {
  /** The folder around the sink. */
  readonly folder: string;
  /** Its name there. */
  readonly sink: string;
  readonly encode: EncodeChunk;
}

const none: ReadonlyMap<string, string> = new Map();

/** @param folder of sinks that have a name */
export function placeOfSink(folder: string, sink: string): Result<SinkPlace> {
  if (!isConnectorUrl(sink)) {
    const mistake = mistakeInSegment(sink);
    const encode: EncodeChunk = (records, memo) => jsonlSink.encode(records, memo, none);
    return mistake === null ? { ok: true, value: { folder, sink, encode } } : { ok: false, reason: mistake };
  }
  const url = parseConnectorUrl(sink);
  const mistake = url === null ? `${JSON.stringify(sink)} is no URL of a sink` : sinkMistake(url);
  if (url === null || mistake !== null) return { ok: false, reason: mistake ?? '' };
  const { place, options, scheme } = url;
  const format = builtInSinks.get(scheme) as SinkFormat;
  const encode: EncodeChunk = (records, memo) => format.encode(records, memo, options);
  return { ok: true, value: { folder: dirname(place), sink: basename(place), encode } };
}
