// How many artifacts stay that nobody needs, and for how long: apart from what sweeps them, as each process reads its options.

/** How many artifacts that nobody needs are kept, and for how long after they were last used, in ms. */
export interface ArtifactBounds {
  readonly retained: number;
  readonly retentionMs: number;
}

export const RETAINED_ARTIFACTS = { default: 1_000, max: 1_000_000 };
/** From an hour: whoever submits a job keeps its artifact first. */
export const ARTIFACT_RETENTION_MS = { min: 3_600_000, default: 30 * 86_400_000, max: 10 * 366 * 86_400_000 };
