// What a leader remembers of a job that waits for slots, as plain data.

/** How a job waits for slots. */
export interface SlotWait {
  /** Since when, in ms on the node's clock, or since its last turn; NEVER: it does not. */
  since: number;
  /** How often it waited in vain for as long as it may: those that did so less often come first. */
  turns: number;
  /** It had all its slots once, under this leader or, as its checkpoints show, another. */
  hadSlots: boolean;
}
