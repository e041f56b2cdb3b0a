// The HA service in a directory, for processes of one host: a log of conditional writes (ha-log.ts), and a file per leader whose size counts its
// renewals. Leases only say when to campaign; what keeps a deposed leader from writing is the log. Whoever made it long compacts it (ha-compaction.ts).
import { join } from 'node:path';
import { LEADER_KEY } from '../core/protocol/ha-keys.ts';
import type { PortAnswer, PortFailed } from '../core/protocol/ports.ts';
import { nodeDisk, type Disk } from './disk.ts';
import { makeDurableFolder } from './durable-folders.ts';
import { ENTRIES_MAX, isLong, removeEarlier, seal } from './ha-compaction.ts';
import type { Generation } from './ha-generations.ts';
import { catchUp, createHaLog, publishEntry, writeEntry, type HaLog } from './ha-log.ts';
import {
  changedAt,
  changeOf,
  conflictOn,
  entryOf,
  holds,
  leaderEpoch,
  readPrefix,
  type HaMap,
  type HaRequest,
  type HaWrite,
} from './ha-map.ts';
import { onceDone } from './lanes.ts';
import { createPort, failed, ioReason } from './port-answers.ts';
import type { Port } from './port.ts';

const POLL_MS = 50; // how late a watch may be
const BATCH_MAX = 64; // writes of one entry
const PUBLISH_TRIES_MAX = 1_000; // lost races of one write, each of which somebody else won
const LEASE_BYTES_MAX = 1_048_576; // renewals of some days; then its file begins anew, which looks like a renewal

export interface HaDirectoryOptions {
  readonly folder: string;
  /** Between two looks at the log while somebody watches. */
  readonly pollMs?: number;
  /** Entries after which the log is compacted. */
  readonly entriesMax?: number;
  /** Bytes of the file of a lease. */
  readonly leaseBytesMax?: number;
  /** For tests. */
  readonly disk?: Disk;
}

interface Watch {
  readonly key: string;
  readonly afterRevision: number;
  readonly complete: (answer: PortAnswer | PortFailed) => void;
}

interface WaitingWrite {
  readonly request: HaWrite;
  readonly resolve: (answer: PortAnswer | PortFailed) => void;
  readonly reject: (error: unknown) => void;
}

interface HaDirectory {
  readonly log: HaLog;
  readonly leases: string;
  readonly makeLeases: () => Promise<void>;
  /** Writes of one process wait for each other instead of racing; those that wait together go together. Renewals and reads never wait for them. */
  readonly waiting: WaitingWrite[];
  isWriting: boolean;
  sealing: Promise<void> | null;
  /** What earlier generations and leaders left is removed, beside all else. */
  removing: Promise<void> | null;
  /** The log was sealed since the latest removal began. */
  isUntidy: boolean;
  readonly pollMs: number;
  readonly entriesMax: number;
  readonly leaseBytesMax: number;
  watches: Watch[];
  poll: NodeJS.Timeout | null;
  closed: boolean;
}

export function haDirectory(options: HaDirectoryOptions): Port {
  const { folder, pollMs = POLL_MS, disk = nodeDisk } = options;
  const { entriesMax = ENTRIES_MAX, leaseBytesMax = LEASE_BYTES_MAX } = options;
  const leases = join(folder, 'leases');
  const ha: HaDirectory = {
    log: createHaLog(disk, folder),
    leases,
    makeLeases: onceDone(() => makeDurableFolder(disk, folder, leases)),
    waiting: [],
    isWriting: false,
    sealing: null,
    removing: null,
    isUntidy: false,
    pollMs,
    entriesMax,
    leaseBytesMax,
    watches: [],
    poll: null,
    closed: false,
  };
  return createPort(
    ['ha-read', 'ha-write', 'ha-watch', 'ha-renew', 'ha-lease'],
    (request) => answerTo(ha, request),
    () => close(ha),
  );
}

async function answerTo(ha: HaDirectory, request: HaRequest): Promise<PortAnswer | PortFailed> {
  switch (request.kind) {
    case 'ha-read':
      await catchUp(ha.log);
      return readPrefix(ha.log.map, request.prefix);
    case 'ha-write':
      return enqueue(ha, request);
    case 'ha-watch':
      return watch(ha, request.key, request.afterRevision);
    case 'ha-renew':
      return renew(ha, request.epoch);
    case 'ha-lease':
      return lease(ha);
  }
}

// ---- Writing

function enqueue(ha: HaDirectory, request: HaWrite): Promise<PortAnswer | PortFailed> {
  const { promise, resolve, reject } = Promise.withResolvers<PortAnswer | PortFailed>();
  ha.waiting.push({ request, resolve, reject });
  if (!ha.isWriting) void writeAll(ha);
  return promise;
}

async function writeAll(ha: HaDirectory): Promise<void> {
  ha.isWriting = true;
  while (ha.waiting.length > 0) {
    const batch = ha.waiting.splice(0, batchSize(ha.waiting));
    try {
      await write(ha, batch);
    } catch (error) {
      for (const { reject } of batch) reject(error); // those that were answered stay so
    }
    if (isLong(ha.log, ha.entriesMax)) await (ha.sealing = compact(ha));
  }
  ha.isWriting = false;
}

/** Whoever waits with a write waits for the seal too, and for nothing else. What fails here is tried again behind the next write. */
async function compact(ha: HaDirectory): Promise<void> {
  const isSealed = await seal(ha.log).catch(() => false);
  if (!isSealed) return;
  completeWatches(ha);
  ha.isUntidy = true;
  ha.removing ??= tidy(ha);
}

async function tidy(ha: HaDirectory): Promise<void> {
  try {
    while (ha.isUntidy) {
      ha.isUntidy = false;
      await removeEarlier(ha.log);
      await removeLeases(ha);
    }
  } catch {
    // what is left, the next removal finds
  }
  ha.removing = null;
}

/**
 * How many of those that wait can be one entry: none writes what another one's condition looks at. A write of the leader key, which all conditions may look
 * at, goes alone.
 */
function batchSize(waiting: readonly WaitingWrite[]): number {
  const keys = new Set<string>();
  for (const { request } of waiting) {
    if (keys.has(request.key) || keys.size >= BATCH_MAX) break;
    if (request.key === LEADER_KEY && keys.size > 0) break;
    keys.add(request.key);
    if (request.key === LEADER_KEY) break;
  }
  return keys.size;
}

/** Looks, decides, publishes; whoever published first makes everybody else look again. What no condition holds for is answered at once. */
async function write(ha: HaDirectory, batch: readonly WaitingWrite[]): Promise<void> {
  const { log } = ha;
  let left = batch;
  for (let tries = 0; tries < PUBLISH_TRIES_MAX; tries++) {
    await catchUp(log);
    left = left.filter((waiting) => isHeld(log.map, waiting));
    if (left.length === 0) return;
    const { at } = log; // their conditions hold here, and behind no later entry
    const { applied, revision: before } = log.map;
    if (at === null || !(await publish(log, at, left, applied + 1))) continue;
    completeWatches(ha);
    for (const [index, { resolve }] of left.entries()) resolve({ kind: 'ha-written', revision: before + 1 + index });
    return;
  }
  for (const { resolve } of left)
    resolve(failed('not-applied', { kind: 'writes-contended', tries: PUBLISH_TRIES_MAX }));
}

/** Whether its condition holds; if not, it has its answer. */
function isHeld(map: HaMap, { request, resolve }: WaitingWrite): boolean {
  if (holds(map, request)) return true;
  resolve(conflictOn(map, request.key));
  return false;
}

/** All of them as the entry of this number; false: that one was taken meanwhile. */
async function publish(log: HaLog, at: Generation, batch: readonly WaitingWrite[], number: number): Promise<boolean> {
  const entry = { writes: batch.map(({ request: { key, value } }) => ({ key, value })) };
  const written = await writeEntry(log, entry);
  try {
    return await publishEntry(log, at, written, number, entry);
  } finally {
    await forget(log, written);
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

async function close(ha: HaDirectory): Promise<void> {
  ha.closed = true;
  if (ha.poll !== null) clearTimeout(ha.poll);
  await ha.sealing;
  await ha.removing;
}

// ---- Leases

/** A renewal of a deposed leader tells it so. The file need not survive anything: it only shows that somebody lives. */
async function renew(ha: HaDirectory, epoch: number): Promise<PortAnswer> {
  await catchUp(ha.log);
  if (epoch !== leaderEpoch(ha.log.map)) return conflictOn(ha.log.map, LEADER_KEY);
  await ha.makeLeases();
  const path = leasePath(ha, epoch);
  if (((await ha.log.disk.sizeOf(path)) ?? 0) >= ha.leaseBytesMax) await (await ha.log.disk.openEmpty(path)).close();
  await ha.log.disk.append(path, RENEWAL);
  return { kind: 'ha-renewed', epoch };
}

/** Those of earlier leaders: nobody looks at them any more. */
async function removeLeases({ log, leases }: HaDirectory): Promise<void> {
  for (const { name } of await log.disk.list(leases)) {
    if (/^\d+$/.test(name) && Number(name) < leaderEpoch(log.map)) await log.disk.remove(join(leases, name));
  }
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
