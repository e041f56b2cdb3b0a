// What the JobManagers of a cluster answer over REST: each is asked as a client would, by the token of the folder.
import { messageOf } from '../../core/base/stack-lines.ts';
import { readManifest } from '../../layout.ts';
import { readRestPlaces, readRestToken, type ClusterFolder } from '../../net-real/cluster-folder.ts';
import { commandHere, quote, shownPath } from '../files.ts';
import { fail, ok, warn, type Finding } from './check.ts';
import { checkCheckpoints } from './checkpoints.ts';
import { livingProcesses, unreached } from './cluster.ts';
import { SKEW_MS } from './host.ts';

/** A JobManager says after ten seconds that nobody leads. */
const ANSWER_MS = 12_000;

interface Overview {
  readonly taskmanagers: number;
  readonly 'slots-total': number;
  readonly 'slots-available': number;
  readonly 'jobs-running': number;
  readonly 'flink-version': string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Wall time there, rounded down to a second; null: it does not say. */
  readonly wallTime: number | null;
}

/** @param isHaWell else nobody leads, or nobody knows who does: what only a leader can answer is not asked, as that is waited for in vain */
export async function checkRest(folder: ClusterFolder, isHaWell = true): Promise<readonly Finding[]> {
  const places = [...readRestPlaces(folder)];
  const token = tokenOf(folder);
  const found = await Promise.all(
    places.map(async ([name, { url, pid }]) => {
      const mistake = await unreached(new URL(url).host);
      if (mistake === null)
        return isHaWell ? askAt(folder, name, url, token) : [await askItself(folder, name, url, token)];
      const gone = `${name} (process ${pid}) does not listen at ${url}: ${mistake}`;
      return [
        warn('REST', gone, `if that process is gone, start it again as --name ${name}: it tells then where it answers`),
      ];
    }),
  );
  const all = found.flat(); // of what the leader says, each JobManager tells the same
  return all.filter(({ says }, index) => all.findIndex((one) => one.says === says) === index);
}

function tokenOf(folder: ClusterFolder): string | null {
  try {
    return readRestToken(folder);
  } catch {
    return null; // of another user
  }
}

async function askAt(folder: ClusterFolder, name: string, url: string, token: string | null) {
  const overview = await ask(`${url}/overview`, token);
  const first = judgeOverview(name, url, overview, shownPath(folder.root));
  if (typeof overview === 'string' || first.status === 'fail') return [first];
  const clock = judgeClock(name, overview.wallTime, Date.now());
  const listed = await ask(`${url}/taskmanagers`, token);
  const missing = typeof listed === 'string' ? [] : unregistered(folder, listed.body);
  const lost = await checkCheckpoints(folder.storage, async (path) => {
    const answer = await ask(`${url}${path}`, token);
    return typeof answer === 'string' || answer.status !== 200 ? null : answer.body;
  });
  return [first, ...clock, ...missing, ...lost];
}

/** What it can tell without a leader. */
async function askItself(folder: ClusterFolder, name: string, url: string, token: string | null): Promise<Finding> {
  const answer = await ask(`${url}/config`, token);
  if (typeof answer === 'string' || answer.status !== 200)
    return judgeOverview(name, url, answer, shownPath(folder.root));
  return ok('REST', `${name} at ${url} answers; who leads it was not asked, as the HA service fails`);
}

/** A sentence if nothing came. */
async function ask(url: string, token: string | null): Promise<Answer | string> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_MS) });
    const date = Date.parse(answer.headers.get('date') ?? '');
    const body: unknown = await answer.json().catch(() => null);
    return { status: answer.status, body, wallTime: Number.isNaN(date) ? null : date };
  } catch (error) {
    const isLate = error instanceof DOMException;
    return isLate ? `no answer for ${ANSWER_MS} ms` : messageOf((error as Error).cause ?? error);
  }
}

/** @param answer of `/overview`, or why there is none. @param root of the folder, as it is shown */
export function judgeOverview(name: string, url: string, answer: Answer | string, root: string): Finding {
  const at = `${name} at ${url}`;
  if (typeof answer === 'string')
    return fail(
      'REST',
      `${at} takes connections, and does not answer: ${answer}`,
      `its log may say why (${commandHere('logs')} --cluster ${quote(root)}); if it stands still, end its process, and start it again`,
    );
  const [refusal = null] = (answer.body as { readonly errors?: readonly string[] } | null)?.errors ?? [];
  if (answer.status === 401)
    return warn('REST', `${at} wants another token: ${refusal}`, `look as the user who owns ${root}`);
  if (answer.status === 503)
    return fail(
      'REST',
      `${at}: ${refusal}`,
      `whether a JobManager leads stands above; its log says more (${commandHere('logs')} --cluster ${quote(root)})`,
    );
  const overview = answer.body as Partial<Overview> | null;
  if (answer.status !== 200 || typeof overview?.['slots-total'] !== 'number')
    return warn(
      'REST',
      `what answers at ${url} is no JobManager (status ${answer.status})`,
      `${name} is gone, and another program has its port: start ${name} again`,
    );
  return judgeCluster(at, overview as Overview);
}

function judgeCluster(at: string, overview: Overview): Finding {
  const { taskmanagers, 'slots-total': total, 'slots-available': free, 'flink-version': version } = overview;
  const own = readManifest().version;
  const says = `${at}: ${taskmanagers} TaskManagers, ${total} slots, ${free} of them free, ${overview['jobs-running']} jobs running`;
  if (version !== own)
    return warn(
      'REST',
      `${says}; it runs millrace ${version}, and this is ${own}`,
      'processes of a cluster, and its commands, should be of one version: stop it in good order, and start all of it anew',
    );
  if (taskmanagers === 0)
    return warn('REST', says, `no job can run: start a TaskManager (${commandHere('taskmanager')})`);
  return ok('REST', says);
}

/** @param wallTime there, rounded down to a second */
export function judgeClock(name: string, wallTime: number | null, wallNow: number): readonly Finding[] {
  if (wallTime === null) return [];
  const apart = wallTime - wallNow;
  if (apart > -SKEW_MS - ROUNDED_MS && apart < SKEW_MS) return [];
  return [
    warn(
      'clock',
      `that of ${name} is ${(Math.abs(apart) / 1_000).toFixed(0)} s ${apart < 0 ? 'behind' : 'before'} that of this host`,
      'logs are merged by wall time, and jobs of the past are kept by it: keep the clocks of all hosts with NTP',
    ),
  ];
}

const ROUNDED_MS = 1_000;

/** TaskManagers of the folder that live, and that the leader does not know. */
function unregistered(folder: ClusterFolder, body: unknown): readonly Finding[] {
  const { taskmanagers = [] } = (body ?? {}) as { readonly taskmanagers?: readonly { readonly id: string }[] };
  const known = new Set(taskmanagers.map(({ id }) => id));
  return livingProcesses(folder).flatMap(({ name, place }) =>
    place?.role !== 'taskmanager' || known.has(place.address)
      ? []
      : [
          warn(
            'TaskManagers',
            `${name} runs at ${place.address}, and has not registered with the leader`,
            'if it started some seconds ago, look again; else the two cannot reach each other: give each an --advertise that the other can resolve, and read its log',
          ),
        ],
  );
}
