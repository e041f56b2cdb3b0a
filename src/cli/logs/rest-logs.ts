// The logs of a cluster over REST: of each JobManager that is named, and of the TaskManagers that are registered. REST has no positions: the last lines are
// asked for again, and what is new in them is what was told meanwhile.
import { messageOf } from '../../core/base/stack-lines.ts';
import { LOG_FILES_MAX } from '../../net-real/log/log-file.ts';
import { parseLogLine, type LogRecord } from '../../net-real/log/record.ts';
import { RestError } from '../../rest/rest-error.ts';
import { ClusterClient, Unreached, type ClientPlace } from '../client/cluster-client.ts';
import { byTime } from './log-tail.ts';
import { newLines } from './overlap.ts';

/** Of one log, at each look behind the first. */
const LINES_MAX = 1_000;

/** For the log of one process, so that one that does not answer holds up no others for long. */
const SHELF_MS_MAX = 2_000;

/** Where the logs of one process are. */
interface Shelf {
  readonly client: ClusterClient;
  /** `/jobmanager`, `/taskmanagers/ID`. */
  readonly path: string;
}

export interface RestTail {
  /** Names of the processes whose logs are read. */
  names(): readonly string[];
  /** Sorted by time. The first look brings what is there already. Rejects with `Unreached` or a `RestError` if no JobManager answers. */
  read(): Promise<readonly LogRecord[]>;
}

/** @param name of one process; null: all. @param complain of a process that does not answer, once until it does, and of lines that were missed */
export function tailRest(place: ClientPlace, name: string | null, complain: (sentence: string) => void): RestTail {
  const followed = new Map<string, readonly string[]>();
  const silent = new Set<string>();
  const known = new Set<string>();
  const any = new ClusterClient(place);
  const each = { ...place, timeoutMs: Math.min(place.timeoutMs, SHELF_MS_MAX) };
  const ofAny = new ClusterClient(each);

  const readShelf = async ({ client, path }: Shelf): Promise<readonly LogRecord[]> => {
    const files = ((await client.get(`${path}/logs`)) as Listed).logs.map((file) => file.name);
    const [process] = files.flatMap((file) => /^(.+)\.log$/.exec(file)?.[1] ?? []);
    if (process === undefined) return [];
    known.add(process);
    if (name !== null && process !== name) return [];
    const read = async (file: string, lines: number | null): Promise<readonly string[]> => {
      const query = lines === null ? '' : `?lines=${lines}`;
      return linesOf(await client.text(`${path}/logs/${encodeURIComponent(file)}${query}`));
    };
    const log = `${process}.log`;
    const seen = followed.get(process);
    if (seen === undefined) {
      const older = Array.from({ length: LOG_FILES_MAX - 1 }, (_, index) => `${log}.${LOG_FILES_MAX - 1 - index}`);
      const all: string[] = [];
      for (const file of [...older.filter((one) => files.includes(one)), log]) all.push(...(await read(file, null)));
      followed.set(process, all.slice(-LINES_MAX));
      return recordsOf(all);
    }
    const now = await read(log, LINES_MAX);
    const { lines, isApart } = newLines(seen, now);
    followed.set(process, now.length === 0 ? seen : now);
    if (!isApart || now.length === 0) return recordsOf(now.length === 0 ? [] : lines);
    const rest = files.includes(`${log}.1`) ? newLines(seen, await read(`${log}.1`, LINES_MAX)) : null; // it was rotated meanwhile
    if (rest === null || rest.isApart || now.length === LINES_MAX)
      complain(`${process} told more than ${LINES_MAX} lines at once: some of them are not shown`);
    return recordsOf([...(rest?.isApart === false ? rest.lines : []), ...lines]);
  };

  const tryShelf = async (shelf: Shelf, what: string): Promise<readonly LogRecord[]> => {
    try {
      const records = await readShelf(shelf);
      silent.delete(what);
      return records;
    } catch (error) {
      if (!(error instanceof RestError || error instanceof Unreached)) throw error;
      if (!silent.has(what)) complain(`the log of ${what} cannot be read: ${messageOf(error)}`);
      silent.add(what);
      return [];
    }
  };

  return {
    names: () => [...known].sort(),
    async read() {
      const { taskmanagers } = (await any.get('/taskmanagers')) as TaskManagers;
      const jobManagers = place.urls.map((url) =>
        tryShelf(
          { client: new ClusterClient({ ...each, urls: [url] }), path: '/jobmanager' },
          `the JobManager at ${url}`,
        ),
      );
      const others = taskmanagers.map(({ id }) =>
        tryShelf({ client: ofAny, path: `/taskmanagers/${encodeURIComponent(id)}` }, `the TaskManager ${id}`),
      );
      return (await Promise.all([...jobManagers, ...others])).flat().sort(byTime);
    },
  };
}

interface Listed {
  readonly logs: readonly { readonly name: string }[];
}

interface TaskManagers {
  readonly taskmanagers: readonly { readonly id: string }[];
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function recordsOf(lines: readonly string[]): readonly LogRecord[] {
  return lines.map((line) => parseLogLine(line)).filter((record) => record !== null);
}
