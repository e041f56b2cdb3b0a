// The dispatch of answers to what checkpoints ask of ports.
import { unreachable } from '../../base/assert.ts';
import type { PurposeOf } from '../../protocol/purposes.ts';
import type { JobMaster, Leader } from '../state.ts';
import type { Answered, Step } from '../step.ts';
import { onMetadataPut, onPointersAnswered } from './finalization.ts';
import { onFileDeleted, onFilesListed, passOver } from './garbage.ts';
import { onReferencesRead } from './references.ts';
import { onRetainedRead } from './retained-files.ts';
import { onCounterAnswered } from './trigger.ts';

/** What the coordinator of a job asks for. */
export type CoordinatorPurpose = PurposeOf<'write-counter' | 'put-metadata' | 'write-pointers' | 'read-references'>;
/** What the collection of garbage asks for, of all jobs. */
export type GarbagePurpose = PurposeOf<'list-files' | 'delete-file' | 'read-retained'>;

export function onCoordinatorAnswered(
  step: Step,
  leader: Leader,
  job: JobMaster,
  purpose: CoordinatorPurpose,
  answered: Answered,
): void {
  switch (purpose.kind) {
    case 'write-counter':
      return onCounterAnswered(step, leader, job, purpose.checkpointId, answered);
    case 'put-metadata':
      return onMetadataPut(step, leader, job, purpose.checkpointId, answered);
    case 'write-pointers':
      return onPointersAnswered(step, leader, job, answered);
    case 'read-references':
      if (!onReferencesRead(step, leader, job, purpose.checkpointId, answered)) passOver(leader, job);
      return;
    default:
      return unreachable(purpose);
  }
}

export function onGarbageAnswered(step: Step, leader: Leader, purpose: GarbagePurpose, answered: Answered): void {
  switch (purpose.kind) {
    case 'read-retained':
      return onRetainedRead(step, leader, purpose, answered);
    case 'list-files':
      return onFilesListed(step, leader, answered);
    case 'delete-file':
      return onFileDeleted(step, leader, purpose.name, answered);
    default:
      return unreachable(purpose);
  }
}
