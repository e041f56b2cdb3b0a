// Which machine each table of transitions is of.

/** What the page says of one machine. */
export interface Chapter {
  readonly role: string;
  readonly about: string;
  readonly tables: readonly string[];
}

/** Which machine each table is of, in the order of the page. */
export const story: readonly Chapter[] = [
  {
    role: 'client',
    about: 'Asks one thing of the leader, and repeats it until it is answered.',
    tables: ['clientTransitions'],
  },
  {
    role: 'JobManager',
    about:
      'One process leads. As Dispatcher it takes jobs, as ResourceManager it knows TaskManagers and slots, as JobMaster it runs each job, as CheckpointCoordinator it takes its checkpoints.',
    tables: [
      'electionTransitions',
      'jobTransitions',
      'regionTransitions',
      'executionTransitions',
      'mirrorTransitions',
      'checkpointTransitions',
      'savepointTransitions',
      'cleanUpTransitions',
    ],
  },
  {
    role: 'TaskManager',
    about: 'Follows the leader, gives it slots, and runs tasks in them.',
    tables: ['registrationTransitions', 'slotTransitions'],
  },
  {
    role: 'task',
    about: 'One attempt of one subtask: a machine inside of its TaskManager, which hands it one input at a time.',
    tables: ['taskTransitions'],
  },
];
