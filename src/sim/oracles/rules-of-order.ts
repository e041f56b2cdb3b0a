// What the reference cannot judge where the output depends on the order in which records meet: O-exact and O-restore then object to right runs.

/** Rules of O-exact and O-restore that compare with the reference. */
export const rulesOfOrder: ReadonlySet<string> = new Set(['surplus', 'duplicated', 'missing', 'state-differs']);
