// The cluster of a folder: whether its HA service can be read, who leads, and which processes there are.
import { lookup } from 'node:dns/promises';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../core/base/stack-lines.ts';
import { decodeLeader } from '../../core/protocol/records-codec.ts';
import { readManifest } from '../../layout.ts';
import {
  readProcessPlace,
  workFolderOf,
  type ClusterFolder,
  type ProcessPlace,
} from '../../net-real/cluster-folder.ts';
import { parseEndpoint } from '../../net-real/endpoint.ts';
import { haServiceAt, isHaFolder } from '../../net-real/ha-service.ts';
import { isAlive, readHolder, type Holder } from '../../net-real/holder.ts';
import { commandHere, shownPath } from '../files.ts';
import { fail, ok, warn, type Finding } from './check.ts';
import { SKEW_MS } from './host.ts';

/**
 * The HA service, who leads, and whether that one can be reached.
 *
 * @param ha as `readHa` returns it
 * @param runs a process of the cluster does
 */
export async function checkHa(ha: string, runs: boolean): Promise<readonly Finding[]> {
  const { conditions, leader } = await (await haServiceAt(ha)).inspect();
  const where = isHaFolder(ha) ? `${shownPath(ha)}: ` : '';
  const found = conditions.map((one) => ({ ...one, about: 'HA service', says: `${where}${one.says}` }));
  if (leader === null) return found;
  return [...found, await checkLeader(leader.entry?.value ?? null, runs)];
}

async function checkLeader(value: Uint8Array | null, runs: boolean): Promise<Finding> {
  if (value === null) return warn('leader', 'nobody has led yet', `start a JobManager: ${commandHere('jobmanager')}`);
  const leader = decodeLeader(value);
  if (!leader.ok)
    return fail('leader', leader.reason, 'the leader record is damaged: nobody can be elected before it is whole');
  const { address, epoch, resigned } = leader.value;
  const who = `${address} with epoch ${epoch}`;
  if (!runs) return ok('leader', `nobody leads, as no process runs; the last one was ${who}`);
  if (resigned)
    return warn(
      'leader',
      `${who} has resigned, and nobody leads since`,
      `start a JobManager: ${commandHere('jobmanager')}`,
    );
  const mistake = await unreached(address);
  if (mistake === null) return ok('leader', `${who}; it takes connections`);
  return fail(
    'leader',
    `${who} cannot be reached from here: ${mistake}`,
    `if no JobManager runs, start one (${commandHere('jobmanager')}); if it runs on another host, it must be told --advertise with a name that is known here`,
  );
}

const CONNECT_MS = 1_000;

/** Why nobody answers there; null: somebody takes connections. */
export async function unreached(address: string, timeoutMs = CONNECT_MS): Promise<string | null> {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok) return endpoint.reason;
  return new Promise((resolve) => {
    const socket = connect({ ...endpoint.value, timeout: timeoutMs });
    const end = (why: string | null): void => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end(`no answer for ${timeoutMs} ms`));
    socket.once('error', (error) => end(messageOf(error)));
  });
}

interface NamedProcess {
  readonly name: string;
  readonly holder: Holder;
  /** Null: it is not up yet. */
  readonly place: ProcessPlace | null;
}

function namedProcesses(folder: ClusterFolder): readonly NamedProcess[] {
  const names = existsSync(folder.work) ? readdirSync(folder.work).sort() : [];
  return names.flatMap((name) => {
    const holder = readHolder(join(workFolderOf(folder, name), 'process.json'));
    return holder === null ? [] : [{ name, holder, place: readProcessPlace(folder, name) }];
  });
}

/** Those that run, or are on another host, where nobody can know. */
export function livingProcesses(folder: ClusterFolder): readonly NamedProcess[] {
  return namedProcesses(folder).filter(({ holder }) => isAlive(holder));
}

/** Which names processes have, and which of them are gone without having said so. */
export function checkProcesses(folder: ClusterFolder): readonly Finding[] {
  const living = livingProcesses(folder);
  const dead = namedProcesses(folder).filter(({ holder }) => !isAlive(holder));
  const list = living.map(
    ({ name, holder }) => `${name} (${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`})`,
  );
  const findings: Finding[] = [];
  if (living.length > 0) findings.push(ok('processes', `${list.join(', ')} run`));
  else
    findings.push(
      warn(
        'processes',
        `none runs in ${shownPath(folder.root)}`,
        `on one host ${commandHere('cluster')} starts a JobManager and TaskManagers, and starts each again that dies; on several hosts start ${commandHere('jobmanager')} and ${commandHere('taskmanager')} on each`,
      ),
    );
  findings.push(...living.flatMap((one) => [...otherVersion(one), ...otherClock(folder, one)]));
  for (const { name, holder } of dead)
    findings.push(
      warn(
        'processes',
        `${name} (process ${holder.pid}) is gone without having said so: it was killed, or died`,
        `its last words are in ${shownPath(join(folder.logs, `${name}.log`))}; start it again`,
      ),
    );
  return findings;
}

function otherVersion({ name, place }: NamedProcess): readonly Finding[] {
  const own = readManifest().version;
  if (place === null || place.version === own) return [];
  const advice = 'processes of a cluster should be of one version: stop it in good order, and start it anew';
  return [warn('versions', `${name} runs millrace ${place.version}, and this is ${own}`, advice)];
}

/** A process writes by its own clock when it takes its name; the file system says by its own when that was. */
function otherClock(folder: ClusterFolder, { name, holder }: NamedProcess): readonly Finding[] {
  const written = statSync(join(workFolderOf(folder, name), 'process.json'), { throwIfNoEntry: false })?.mtimeMs;
  const skew = Date.parse(holder.since) - (written ?? Number.NaN);
  if (Number.isNaN(skew) || Math.abs(skew) < SKEW_MS) return [];
  const apart = `${(Math.abs(skew) / 1_000).toFixed(1)} s ${skew < 0 ? 'behind' : 'before'}`;
  return [
    warn(
      'clock',
      `that of ${holder.host}, where ${name} runs, was ${apart} that of the file system when it started`,
      'logs are merged by wall time, and jobs of the past are kept by it: keep the clocks of all hosts with NTP',
    ),
  ];
}

/** A name under which a process is to be known, or where it is to listen. */
export async function checkAddress(about: string, address: string): Promise<Finding> {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok) return fail(about, endpoint.reason, 'expected HOST:PORT');
  const { host } = endpoint.value;
  try {
    const { address: found } = await lookup(host);
    return ok(about, `${address}: ${host} is ${found}`);
  } catch (error) {
    return fail(
      about,
      `${address}: ${messageOf(error)}`,
      `no process will find it: name a host that can be resolved, or add ${host} to DNS or /etc/hosts`,
    );
  }
}
