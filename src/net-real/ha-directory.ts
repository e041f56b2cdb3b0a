// The HA service in a directory, for processes of one host: a log of conditional writes (ha-log.ts), and a file per leader whose size counts its
// renewals. Leases only say when to campaign; what keeps a deposed leader from writing is the log.
import { join } from 'node:path';
import { LEADER_KEY } from '../core/protocol/ha-keys.ts';
import type { PortAnswer, PortFailed } from '../core/protocol/ports.ts';
import { nodeDisk, type Disk } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { catchUp, createHaLog, publishEntry, writeEntry, type HaLog } from './ha-log.ts';
import {
  changedAt,
  changeOf,
  conflictOn,
  entryOf,
  holds,
  leaderEpoch,
  readPrefix,
  type HaRequest,
  type HaWrite,
} from './ha-map.ts';
import { createLane, onceDone, type Lane } from './lanes.ts';
import { createPort, failed, ioReason } from './port-answers.ts';
import type { Port } from './port.ts';

const POLL_MS = 50; // how late a watch may be
const PUBLISH_TRIES_MAX = 1_000; // lost races of one write, each of which somebody else won

export interface HaDirectoryOptions {
  readonly folder: string;
  /** Between two looks at the log while somebody watches. */
  readonly pollMs?: number;
  /** For tests. */
  readonly disk?: Disk;
}

interface Watch {
  readonly key: string;
  readonly afterRevision: number;
  readonly complete: (answer: PortAnswer | PortFailed) => void;
}

interface HaDirectory {
  readonly log: HaLog;
  readonly leases: string;
  readonly makeLeases: () => Promise<void>;
  /** Writes of one process wait for each other instead of racing. Renewals and reads never wait for them. */
  readonly writing: Lane;
  readonly pollMs: number;
  watches: Watch[];
  poll: NodeJS.Timeout | null;
  closed: boolean;
}

export function haDirectory({ folder, pollMs = POLL_MS, disk = nodeDisk }: HaDirectoryOptions): Port {
  const leases = join(folder, 'leases');
  const ha: HaDirectory = {
    log: createHaLog(disk, folder),
    leases,
    makeLeases: onceDone(() => makeDurableFolder(disk, folder, leases)),
    writing: createLane(),
    pollMs,
    watches: [],
    poll: null,
    closed: false,
  };
  return createPort(
    ['ha-read', 'ha-write', 'ha-watch', 'ha-renew', 'ha-lease'],
    (request) => answerTo(ha, request),
    () => stopPolling(ha),
  );
}

async function answerTo(ha: HaDirectory, request: HaRequest): Promise<PortAnswer | PortFailed> {
  switch (request.kind) {
    case 'ha-read':
      await catchUp(ha.log);
      return readPrefix(ha.log.map, request.prefix);
    case 'ha-write':
      return ha.writing(() => write(ha, request));
    case 'ha-watch':
      return watch(ha, request.key, request.afterRevision);
    case 'ha-renew':
      return renew(ha, request.epoch);
    case 'ha-lease':
      return lease(ha);
  }
}

// ---- Writing

/** Looks, decides, publishes; whoever published first makes everybody else look again. */
async function write(ha: HaDirectory, request: HaWrite): Promise<PortAnswer | PortFailed> {
  const { log } = ha;
  let written: string | null = null;
  try {
    for (let tries = 0; tries < PUBLISH_TRIES_MAX; tries++) {
      await catchUp(log);
      if (!holds(log.map, request)) return conflictOn(log.map, request.key);
      const revision = log.map.revision + 1;
      written ??= await writeEntry(log, request);
      if (await publishEntry(log, written, revision, request)) {
        completeWatches(ha);
        return { kind: 'ha-written', revision };
      }
    }
    return failed('not-applied', { kind: 'writes-contended', tries: PUBLISH_TRIES_MAX });
  } finally {
    if (written !== null) await forget(log, written);
  }
}

/** The entry has a name of its own now, or never will; what is left here is swept when the store is opened. */
async function forget(log: HaLog, written: string): Promise<void> {
  await log.disk.remove(written).catch(() => undefined);
}

// ---- Watching: by looking again and again. A look that finds nothing is one failed open of a file.

async function watch(ha: HaDirectory, key: string, afterRevision: number): Promise<PortAnswer | PortFailed> {
  await catchUp(ha.log);
  const answer = new Promise<PortAnswer | PortFailed>((complete) => {
    ha.watches.push({ key, afterRevision, complete });
  });
  completeWatches(ha);
  return answer;
}

function completeWatches(ha: HaDirectory): void {
  const { map } = ha.log;
  const isDue = (one: Watch): boolean => changedAt(map, one.key) > one.afterRevision;
  const due = ha.watches.filter(isDue);
  ha.watches = ha.watches.filter((one) => !isDue(one));
  for (const one of due) one.complete(changeOf(map, one.key));
  if (ha.watches.length > 0 && !ha.closed) ha.poll ??= setTimeout(() => void look(ha), ha.pollMs);
}

async function look(ha: HaDirectory): Promise<void> {
  try {
    await catchUp(ha.log);
  } catch (error) {
    for (const one of ha.watches.splice(0)) one.complete(failed('not-applied', ioReason(error)));
  }
  ha.poll = null;
  completeWatches(ha);
}

async function stopPolling(ha: HaDirectory): Promise<void> {
  ha.closed = true;
  if (ha.poll !== null) clearTimeout(ha.poll);
}

// ---- Leases

/** A renewal of a deposed leader tells it so. The file need not survive anything: it only shows that somebody lives. */
async function renew(ha: HaDirectory, epoch: number): Promise<PortAnswer> {
  await catchUp(ha.log);
  if (epoch !== leaderEpoch(ha.log.map)) return conflictOn(ha.log.map, LEADER_KEY);
  await ha.makeLeases();
  await ha.log.disk.append(leasePath(ha, epoch), RENEWAL);
  return { kind: 'ha-renewed', epoch };
}

async function lease(ha: HaDirectory): Promise<PortAnswer> {
  await catchUp(ha.log);
  const { map } = ha.log;
  const leader = entryOf(map, LEADER_KEY);
  const renewals = (await ha.log.disk.sizeOf(leasePath(ha, leaderEpoch(map)))) ?? 0;
  return { kind: 'ha-lease', leader, renewals };
}

const RENEWAL = Uint8Array.of(46); // a dot

function leasePath(ha: HaDirectory, epoch: number): string {
  return join(ha.leases, String(epoch));
}
