// Everything that docs/protocol.md says, read from the sources of core.
import { readInvariants } from './read-invariants.ts';
import type { InvariantGroup } from './read-invariants.ts';
import { readMessages, readParts } from './read-messages.ts';
import type { MessageKind, Part } from './read-messages.ts';
import { readTables } from './read-tables.ts';
import type { Table } from './read-tables.ts';
import { readMoments, readTimers } from './read-timers.ts';
import type { Moment, Timer } from './read-timers.ts';
import { readUnion, readUses } from './read-unions.ts';
import type { Variant } from './read-unions.ts';
import type { Place, Sources } from './sources.ts';

/** A variant, and where it is used. */
export interface Used extends Variant {
  readonly usedBy: readonly Place[];
}

export interface Protocol {
  readonly tables: readonly Table[];
  readonly messages: readonly MessageKind[];
  readonly parts: readonly Part[];
  readonly elements: readonly Variant[];
  readonly timers: readonly Timer[];
  readonly moments: readonly Moment[];
  readonly taskInputs: readonly Variant[];
  readonly purposes: readonly Used[];
  readonly taskPurposes: readonly Used[];
  readonly portRequests: readonly Variant[];
  readonly portAnswers: readonly Variant[];
  readonly invariants: readonly InvariantGroup[];
}

export function readProtocol(sources: Sources): Protocol {
  const asked = readUses(sources, ['ask', 'askAgain']);
  const used = (variant: Variant): Used => ({ ...variant, usedBy: asked.get(variant.kind) ?? [] });
  return {
    tables: readTables(sources),
    messages: readMessages(sources),
    parts: readParts(sources),
    elements: readUnion(sources, 'Element'),
    timers: readTimers(sources),
    moments: readMoments(sources),
    taskInputs: readUnion(sources, 'TaskInput'),
    purposes: readUnion(sources, 'Purpose').map(used),
    taskPurposes: readUnion(sources, 'TaskPurpose').map(used),
    portRequests: readUnion(sources, 'PortRequest'),
    portAnswers: readUnion(sources, 'PortAnswer'),
    invariants: readInvariants(sources),
  };
}
