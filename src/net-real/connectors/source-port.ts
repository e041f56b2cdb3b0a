// The port of sources: names of topics are folders (../file-source.ts), URLs go to the connector of their scheme.
import type { SourceConnector, SplitAnswer, SplitReader } from '../../core/graph/connectors.ts';
import { isConnectorUrl, parseConnectorUrl, type ConnectorUrl } from '../../core/graph/connector-url.ts';
import { fitOf, fitted, type Fit } from '../../core/columns/fit.ts';
import type { SourceOperator } from '../../core/graph/job-graph.ts';
import { assert } from '../../core/base/assert.ts';
import { describeNonValue, type Value } from '../../core/base/value.ts';
import type { RecordColumn } from '../../core/columns/column.ts';
import type { PortAnswer, PortRequest } from '../../core/protocol/ports.ts';
import { importArtifact } from '../artifact-files.ts';
import { readArtifact } from '../artifact-store.ts';
import { fileSource } from '../file-source.ts';
import { jobStack, placedError } from '../job-stack.ts';
import { createPort, ioReason } from '../port-answers.ts';
import { isRefusal, Refusal } from '../refusal.ts';
import { taskOf, type Port } from '../port.ts';
import { TaskReaders, type ReaderPlace } from '../task-readers.ts';
import type { ColumnsOut } from './connector.ts';
import { builtInSources } from './registry.ts';
import { sourceMistake } from './resolve.ts';
import { connectorsIn } from './users-own.ts';

export interface SourcePortOptions {
  /** Of topics: `<topic>/<split>.jsonl`. */
  readonly folder: string;
  /** With the artifacts of users' connectors. */
  readonly storage: string;
  /** Whether the task with this number reads no more; default: none is over. */
  readonly isOver?: (task: number) => boolean;
}

/** Marks go into snapshots. */
const MARK_CHARACTERS_MAX = 1_000;

type SourceRead = Extract<PortRequest, { readonly kind: 'source-read' }>;

export function sourcePort({ folder, storage, isOver = () => false }: SourcePortOptions): Port {
  const files = fileSource({ folder, isOver });
  const readers = new TaskReaders<SplitReader>({ isOver, close: (reader) => reader.close() });
  return createPort(
    ['source-read'],
    async (request, id) => {
      if (!isConnectorUrl(request.topic)) return files.request(request, id);
      return readers.use(taskOf(id), `${request.split} ${request.topic}`, (place) =>
        read(readers, place, request, storage),
      );
    },
    async () => {
      await files.close();
      await readers.close();
    },
  );
}

async function read(
  readers: TaskReaders<SplitReader>,
  place: ReaderPlace<SplitReader>,
  request: SourceRead,
  storage: string,
): Promise<PortAnswer> {
  const { topic, position, mark: known, maxRecords } = request;
  const records = new Records(request);
  try {
    place.reader ??= await openReader(request, storage);
    const answer = await place.reader.read({ position, mark: known, maxRecords }, records);
    const { end, mark } = checked(topic, answer);
    const { values, column } = records;
    return column === null
      ? { kind: 'records', position, values, end, mark }
      : { kind: 'record-column', position, column, end, mark };
  } catch (error) {
    if (!isRefusal(error)) throw placedError(error);
    await readers.forget(place); // whoever puts the right file there is heard by the next attempt
    return { kind: 'source-refused', reason: ioReason(placedError(error)), stack: jobStack(error) };
  }
}

/** A user's connector may answer anything. */
function checked(topic: string, answer: unknown): SplitAnswer {
  const { end, mark } = (answer ?? {}) as { readonly end?: unknown; readonly mark?: unknown };
  if (typeof end === 'boolean' && typeof mark === 'string' && mark.length <= MARK_CHARACTERS_MAX) return { end, mark };
  throw new Refusal(
    `${topic}: its connector does not answer { end: boolean, mark: a text of up to ${MARK_CHARACTERS_MAX} characters }`,
  );
}

async function openReader({ topic, split, schema }: SourceRead, storage: string): Promise<SplitReader> {
  const url = parseConnectorUrl(topic);
  if (url === null) throw new Error(`the topic ${JSON.stringify(topic)} is no URL of a connector`);
  const splits = Number(url.options.get('splits') ?? 0);
  if (!(split < splits)) throw new Error(`${topic} has ${splits} splits, and split ${split} is asked for`);
  const declared = schema === undefined ? {} : { schema };
  const connector = await connectorOf(url, { splits, ...declared }, storage);
  const options = new Map(url.options);
  options.delete('splits');
  return connector.open({ place: url.place, options, split, splits, ...declared });
}

async function connectorOf(
  url: ConnectorUrl,
  source: Pick<SourceOperator, 'splits' | 'schema'>,
  storage: string,
): Promise<SourceConnector> {
  const { scheme, code } = url;
  if (code === null) {
    const mistake = sourceMistake(url, source);
    if (mistake !== null) throw new Error(mistake);
    return builtInSources.get(scheme) as SourceConnector;
  }
  const found = await readArtifact({ storage, hash: code });
  if (found.kind !== 'whole') throw new Error(`${found.path}, which has the code of ${scheme}:, is ${found.kind}`);
  const connector = connectorsIn(await importArtifact(found.path)).get(scheme);
  if (connector !== undefined) return connector;
  throw new Error(`the artifact ${code} registers no connector ${scheme}:`);
}

/** The records of one read; what a connector gives is checked, as it may be a user's. */
class Records implements ColumnsOut {
  readonly values: Value[] = [];
  column: RecordColumn | null = null;
  readonly #request: SourceRead;
  /** Null: its records may be anything, or its connector is built in and looks itself, as it knows the line. */
  readonly #fit: Fit | null;

  constructor(request: SourceRead) {
    const { topic, schema } = request;
    this.#request = request;
    this.#fit = schema === undefined || parseConnectorUrl(topic)?.code === null ? null : fitOf(schema);
  }

  add(record: Value): void {
    const { topic, maxRecords } = this.#request;
    const mistake = describeNonValue(record);
    if (mistake !== null) throw new Refusal(`${topic}: a record is not data: ${mistake}`);
    if (this.values.length === maxRecords)
      throw new Refusal(`${topic}: its connector gives more than ${maxRecords} records at once`);
    this.values.push(this.#fit === null ? record : this.#fitting(this.#fit, record));
  }

  #fitting(fit: Fit, record: Value): Value {
    const { topic, split, position } = this.#request;
    const found = fitted(fit, record);
    if (found.ok) return found.value;
    throw new Refusal(`${topic}: record ${position + this.values.length} of split ${split}: ${found.reason}`);
  }

  addColumn(column: RecordColumn): void {
    assert(this.values.length === 0 && this.column === null, 'a column is all that a read gives');
    this.column = column;
  }
}
