// The work folder of each TaskManager, which outlives its process: how code of a job ended the process before, as long as no leader has heard of it.
import type { Address } from '../../../core/base/machine.ts';
import type { ProcessDeath } from '../../../core/protocol/ids.ts';
import type { Service } from '../../service.ts';

export interface WorkFolders {
  readonly deaths: Map<Address, ProcessDeath>;
}

/** `death` null: the note is removed. */
export type WorkFolderRequest =
  | { readonly kind: 'death-write'; readonly death: ProcessDeath | null }
  | { readonly kind: 'death-read' };

export type WorkFolderAnswer =
  | { readonly kind: 'death-written' }
  | { readonly kind: 'death-found'; readonly death: ProcessDeath | null };

export function workFolderService(): Service<WorkFolders, WorkFolderRequest> {
  return {
    name: 'work-folder',
    serves: ['death-write', 'death-read'],
    isLocal: true,
    create: () => ({ deaths: new Map() }),
    apply: (state, request, caller) => [{ caller, answer: answerOf(state, caller.node, request) }],
    forget: () => {},
    sizeOf: () => 0,
    writes: ({ kind }) => kind === 'death-write',
  };
}

function answerOf({ deaths }: WorkFolders, node: Address, request: WorkFolderRequest): WorkFolderAnswer {
  if (request.kind === 'death-read') return { kind: 'death-found', death: deaths.get(node) ?? null };
  if (request.death === null) deaths.delete(node);
  else deaths.set(node, request.death);
  return { kind: 'death-written' };
}
