// A run of machines on real processes as data: what is asked for, and what comes of it.
import type { TraceLine } from '../../../run/trace.ts';
import type { Decisions } from '../../../sim/decisions.ts';
import type { VerdictKind } from '../../../sim/guest.ts';
import type { MachinesScenario } from '../../../sim/machines/scenario.ts';
import type { Violation } from '../../../sim/observation.ts';
import type { Surroundings } from '../../children/guarded.ts';
import type { Acts, Killed, PlannedKill } from './kills.ts';

export interface MachinesSetup {
  readonly file: string;
  readonly scenario: MachinesScenario;
  readonly set: Readonly<Record<string, number>>;
}

export interface MachinesRequest extends Surroundings {
  readonly setup: MachinesSetup;
  readonly seed: number;
  /** What is killed, of these nodes. */
  readonly drawKills: (victims: readonly string[], decisions: Decisions) => readonly PlannedKill[];
  /** Who is killed must have acted before, and act again. */
  readonly mustProve: boolean;
  readonly keep: boolean;
  readonly onProgress: (text: string) => void;
}

export interface MachinesRun {
  readonly seed: number;
  readonly verdict: VerdictKind;
  readonly sentence: string;
  readonly evidence: readonly string[];
  readonly violations: readonly Violation[];
  /** Names of the oracles that judged, and what they say. */
  readonly oracles: Readonly<Record<string, string>>;
  /** All processes and what was done to them, in the order of time. */
  readonly lines: readonly TraceLine[];
  readonly killed: readonly Killed[];
  readonly acts: Acts;
  readonly options: Readonly<Record<string, number>>;
  readonly drawn: Readonly<Record<string, number>>;
  /** In ms since the run began. */
  readonly upAtMs: number;
  readonly endedAtMs: number;
  readonly wallMs: number;
  /** Of a run that was told to keep it, or null. */
  readonly scratch: string | null;
}
