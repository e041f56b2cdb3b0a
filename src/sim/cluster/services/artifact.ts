// The artifact service: says whether code of this hash can be had. The code itself lies in the table that the machines were given.
import type { PortAnswer, PortRequest } from '../../../core/protocol/ports.ts';
import type { Caller, Completion, Service } from '../../service.ts';

export interface ArtifactState {
  /** Loads so far, for people who look at a state. */
  loads: number;
}

export type ArtifactRequest = Extract<PortRequest, { readonly kind: 'artifact-load' }>;

export function artifactService(known: readonly string[]): Service<ArtifactState, ArtifactRequest> {
  return {
    name: 'artifact',
    serves: ['artifact-load'],
    create: () => ({ loads: 0 }),
    apply(state: ArtifactState, request: ArtifactRequest, caller: Caller): readonly Completion[] {
      state.loads += 1;
      return [{ caller, answer: answerOf(known, request.hash) }];
    },
    forget: () => {},
    sizeOf: () => 0,
    writes: () => false,
  };
}

function answerOf(known: readonly string[], hash: string): PortAnswer {
  if (known.includes(hash)) return { kind: 'artifact-loaded', hash };
  return { kind: 'artifact-refused', reason: { kind: 'artifact-missing', hash, path: null } };
}
