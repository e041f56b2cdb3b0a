// The legal transitions inside a JobManager. Those that others know too stand in `protocol/states.ts`; that of savepoints stands beside them.
import type { Transitions } from '../protocol/states.ts';
import type { ElectionRole } from './election-state.ts';
import type { CleanUpStage, MirrorState, RegionState } from './state.ts';

/** A JobManager in the election. */
export const electionTransitions: Transitions<ElectionRole> = {
  /** It looks at the lease now and again. */
  STANDBY: ['CAMPAIGNING', 'LEADING'],
  /** Its write of the leader key is on its way. */
  CAMPAIGNING: ['LEADING', 'STANDBY'],
  /** The leader key is its own, and its lease runs. */
  LEADING: ['STANDBY'],
};

/** A slot as the leader believes it to be. */
export const mirrorTransitions: Transitions<MirrorState> = {
  /** Its TaskManager has not said that it is free. */
  UNKNOWN: ['FREE'],
  /** It can be asked for. */
  FREE: ['PENDING', 'UNKNOWN'],
  /** A job asked for it. */
  PENDING: ['ALLOCATED', 'FREE', 'UNKNOWN'],
  /** It was granted to a job, or offered to it. */
  ALLOCATED: ['FREE', 'UNKNOWN'],
};

/** A pipelined region of a job. */
export const regionTransitions: Transitions<RegionState> = {
  /** Its attempt waits, runs or is over. */
  RUNNING: ['RESTARTING'],
  /** Its attempt failed: what is left of it is being ended, and the delay of its restart runs. */
  RESTARTING: ['RUNNING'],
};

/** The clean-up of a job that is over. */
export const cleanUpTransitions: Transitions<CleanUpStage> = {
  /** The checkpoint that is kept gets a record of its own. */
  RETAINED: ['POINTERS'],
  /** The pointers to its checkpoints are deleted. */
  POINTERS: ['FILES'],
  /** Its files are deleted. */
  FILES: ['COUNTER'],
  /** The counter of its checkpoints is deleted. */
  COUNTER: ['JOB'],
  /** Its record is deleted. */
  JOB: ['RESULT'],
  /** Its result is marked as clean. */
  RESULT: [],
};
