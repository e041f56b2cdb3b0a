// What storage does wrong to one file: a write that is torn, a read that comes damaged, a file that is damaged for good, a listing that is old.
import { CHECKPOINTS_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import type { WorldView } from '../../observation.ts';
import { metadataBehind, readPointers } from '../../oracles/decode.ts';
import { haOf } from '../../oracles/service-views.ts';
import type { FaultPoint, PointControls } from '../../world-types.ts';
import {
  damages,
  isStaleFelt,
  STALE_MAX_US,
  type FaultyStorageState,
  type StorageStrike,
} from '../services/faulty-storage.ts';
import { isJobAlive } from './peek.ts';
import { requestAt } from './points.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';

const PARTS = [0.5, 0, 0.99]; // of the bytes of a write

export const storageTorn: RulesOf = ({ estimate: { checkpoints, tasks } }) => [
  {
    stream: 'torn-write',
    at: 'request',
    kinds: ['storage-put'],
    share: 1,
    questions: checkpoints * (tasks + 1),
    mayStrike: (point, view) => isJobAlive(view) && !storageOf(view).blobs.has(nameAt(point)),
    strike(_, controls, point) {
      const part = choose(controls, `torn-write/${point.node}`, PARTS);
      strikeStorage(controls, { kind: 'torn', part });
      return hitAt(point.node, `${requestAt(point)} of ${point.node} left ${Math.round(100 * part)} % of its bytes`);
    },
  },
];

/** Of the length of a blob: at some of them lie names of fields, where damage shows whatever guards a blob, at others values, where a checksum alone tells. */
const PLACES = [0.5, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.9, 0.95];

export const storageCorrupt: RulesOf = ({ estimate: { tasks } }) => [
  {
    stream: 'corrupt-read',
    at: 'request',
    kinds: ['storage-get'],
    share: 1,
    questions: tasks,
    mayStrike: (point, view) => isReadWhole(storageOf(view), nameAt(point)),
    strike(_, controls, point) {
      const damage = choose(controls, `corrupt-read/${point.node}`, damages);
      const place = choose(controls, `corrupt-place/${point.node}`, PLACES);
      strikeStorage(controls, { kind: 'corrupt', damage, place });
      const where = `${damage} at ${Math.round(100 * place)} % of them`;
      return hitAt(point.node, `${requestAt(point)} of ${point.node} read damaged bytes (${where})`);
    },
  },
];

/** Of retained checkpoints but the latest: that one is the last copy, and stays whole. */
export const storageDamage: RulesOf = ({ estimate: { checkpoints, tasks } }) => [
  {
    stream: 'damage',
    at: 'request',
    kinds: ['storage-put'],
    share: 1,
    questions: checkpoints * (tasks + 1),
    mayStrike: (_, view) => isJobAlive(view) && sparedFiles(view).length > 0,
    strike(_, controls, point, view) {
      const name = choose(controls, `damage/${point.node}`, sparedFiles(view));
      strikeStorage(controls, { kind: 'damage', name });
      return hitAt(point.node, `${name} was damaged for good, at ${requestAt(point)} of ${point.node}`);
    },
  },
];

const AGES_US = [200_000, 600_000, STALE_MAX_US];

export const storageStale: RulesOf = ({ estimate, options }) => [
  {
    stream: 'stale-list',
    at: 'request',
    kinds: ['storage-list'],
    share: 1,
    questions: Math.ceil(estimate.plainMs / options.collectionIntervalMs),
    mayStrike: (point, view) => isStaleFelt(storageOf(view), prefixAt(point), view.now - (AGES_US[0] as number)),
    strike(_, controls, point) {
      const backUs = choose(controls, `stale-list/${point.node}`, AGES_US);
      strikeStorage(controls, { kind: 'stale', backUs });
      return hitAt(point.node, `storage-list of ${point.node} shows the files of ${backUs / 1_000} ms ago`);
    },
  },
];

function strikeStorage(controls: PointControls, strike: StorageStrike): void {
  controls.strikeRequest(strike);
}

function storageOf(view: WorldView): FaultyStorageState {
  return view.service('storage') as FaultyStorageState;
}

/** It is there, and the last read of it was not damaged. */
function isReadWhole({ blobs, misread }: FaultyStorageState, name: string): boolean {
  return blobs.has(name) && !misread.has(name);
}

function nameAt(point: FaultPoint): string {
  const request = requestOf(point);
  return request !== null && 'name' in request ? request.name : '';
}

function prefixAt(point: FaultPoint): string {
  const request = requestOf(point);
  return request?.kind === 'storage-list' ? request.prefix : '';
}

function requestOf(point: FaultPoint): PortRequest | null {
  return point.at === 'request' ? (point.request as PortRequest) : null;
}

/** Whole files of retained checkpoints of which each has a later one: nobody goes on from them. */
function sparedFiles(view: WorldView): readonly string[] {
  const { blobs, damaged } = storageOf(view);
  const files: string[] = [];
  for (const [key, { value }] of haOf(view).entries) {
    if (!key.startsWith(CHECKPOINTS_PREFIX)) continue;
    const pointers = readPointers(value);
    if (!pointers.ok) continue;
    for (const { metadata } of pointers.value.completed.slice(0, -1)) {
      const behind = metadataBehind(metadata, blobs);
      const snapshots = behind.ok ? behind.value.subtasks.map(({ handle }) => handle.name) : [];
      files.push(...[metadata.name, ...snapshots].filter((name) => blobs.has(name) && !damaged.has(name)));
    }
  }
  return files;
}
