// Connectors that are built in, by scheme.
import type { BuiltInSource, SinkFormat } from './connector.ts';
import { csvSink, csvSource } from './csv.ts';
import { fileSink, fileSource } from './file.ts';
import { folderSource } from './folder.ts';
import { generatorSource } from './generator.ts';
import { jsonlSink, jsonlSource } from './jsonl.ts';
import { tcpSource } from './tcp.ts';

export const builtInSources: ReadonlyMap<string, BuiltInSource> = new Map([
  ['csv', csvSource],
  ['file', fileSource],
  ['folder', folderSource],
  ['generator', generatorSource],
  ['jsonl', jsonlSource],
  ['tcp', tcpSource],
]);

export const builtInSinks: ReadonlyMap<string, SinkFormat> = new Map([
  ['csv', csvSink],
  ['file', fileSink],
  ['jsonl', jsonlSink],
]);
