// User code does not have to come back: whoever ends a run that stands still names what was called last.

/** Which of the scenario's own functions was called last, in words; empty if none was. */
export interface LastCall {
  what: string;
}
