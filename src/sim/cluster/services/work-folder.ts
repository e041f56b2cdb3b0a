// The work folder of each TaskManager, which outlives its process: how code of a job ended the process before, as long as no leader has heard of it. The note
// is a file as on a real disk: written beside, synced and renamed. The folder is not synced, so that a loss of power may undo a rename, or the
// removal of a note.
import type { Address } from '../../../core/base/machine.ts';
import type { ProcessDeath } from '../../../core/protocol/ids.ts';
import { deathCodec } from '../../../core/protocol/records-codec.ts';
import type { Service } from '../../service.ts';
import {
  contentOf,
  createDisk,
  deleteFile,
  fileAt,
  moveFile,
  tearDisk,
  writeFile,
  type Disk,
} from '../../services/disk.ts';

export interface WorkFolders {
  readonly disks: Map<Address, Disk>;
}

/** `death` null: the note is removed. */
export type WorkFolderRequest =
  | { readonly kind: 'death-write'; readonly death: ProcessDeath | null }
  | { readonly kind: 'death-read' };

export type WorkFolderAnswer =
  | { readonly kind: 'death-written' }
  | { readonly kind: 'death-found'; readonly death: ProcessDeath | null };

const NOTE = 'death';
const FRESH = `${NOTE}.new`;

export function workFolderService(): Service<WorkFolders, WorkFolderRequest> {
  return {
    name: 'work-folder',
    serves: ['death-write', 'death-read'],
    isLocal: true,
    create: () => ({ disks: new Map() }),
    apply: (state, request, caller) => [{ caller, answer: answerOf(diskOf(state, caller.node), request) }],
    forget: () => {},
    sizeOf: () => 0,
    writes: ({ kind }) => kind === 'death-write',
    onCrash: (state, node, choose) => {
      const lost = tearDisk(diskOf(state, node), choose);
      return lost.length === 0 ? null : lost.join(', ');
    },
  };
}

function diskOf({ disks }: WorkFolders, node: Address): Disk {
  const disk = disks.get(node) ?? createDisk();
  disks.set(node, disk);
  return disk;
}

function answerOf(disk: Disk, request: WorkFolderRequest): WorkFolderAnswer {
  if (request.kind === 'death-read') return { kind: 'death-found', death: noteOn(disk) };
  if (request.death !== null) write(disk, request.death);
  else if (fileAt(disk, NOTE) !== null) deleteFile(disk, NOTE);
  return { kind: 'death-written' };
}

function write(disk: Disk, death: ProcessDeath): void {
  writeFile(disk, FRESH, deathCodec.encode(death), false);
  const file = fileAt(disk, FRESH);
  if (file !== null) file.unsynced = [];
  moveFile(disk, FRESH, NOTE);
}

/** What cannot be read counts as none. */
function noteOn(disk: Disk): ProcessDeath | null {
  const bytes = contentOf(disk, NOTE);
  const read = bytes === null ? null : deathCodec.decode(bytes);
  return read?.ok === true ? read.value : null;
}

/** What the next process at an address would find. */
export function noteIn({ disks }: WorkFolders, node: Address): ProcessDeath | null {
  const disk = disks.get(node);
  return disk === undefined ? null : noteOn(disk);
}

/** Changes of the folder that a loss of power may undo. */
export function unsyncedIn({ disks }: WorkFolders, node: Address): number {
  const disk = disks.get(node);
  if (disk === undefined) return 0;
  return [...disk.files.values()].reduce((sum, { unsynced }) => sum + unsynced.length, disk.unsyncedNames.length);
}
