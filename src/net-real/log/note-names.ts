// The names of vertices for the texts of notes: a machine notes ids, and its state holds the graphs that they are of. A task that is over, and a job that was removed,
// are in no state any more, so names are kept for a while.
import { namesIn, type VertexName, type VertexNames } from '../../core/protocol/vertex-names.ts';
import type { JobManagerState } from '../../core/jobmanager/state.ts';
import type { Note } from '../../core/protocol/notes.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';

/** Of which names are kept; those go first that were heard of first. */
const JOBS_MAX = 200;

export class NoteNames {
  readonly #state: () => unknown;
  readonly #known = new Map<string, Map<number, VertexName>>();

  /** @param state of a machine of the cluster, as it is behind the step that noted something */
  constructor(state: () => unknown) {
    this.#state = state;
  }

  /** A task is named while it is there: its end is noted when it is not. */
  hear(note: Note): void {
    if (!('attempt' in note) || typeof note.attempt !== 'object') return;
    const { jobId, vertex, subtask } = note.attempt;
    const { tasks = [] } = this.#state() as Partial<TaskManagerState>;
    for (const { descriptor } of tasks) {
      const { attempt } = descriptor;
      if (attempt.jobId !== jobId || attempt.vertex !== vertex || attempt.subtask !== subtask) continue;
      const { name, parallelism } = descriptor.vertex;
      return this.#learn(jobId, vertex, { name, parallelism });
    }
  }

  namesOf(jobId: string): VertexNames {
    const { leader = null } = this.#state() as Partial<JobManagerState>;
    const vertices = leader?.jobs.get(jobId)?.vertices ?? leader?.results.get(jobId)?.graph.vertices ?? [];
    for (const [index, { name, parallelism }] of vertices.entries()) this.#learn(jobId, index, { name, parallelism });
    const known = this.#known.get(jobId);
    return known === undefined ? namesIn([]) : (vertex) => known.get(vertex) ?? null;
  }

  #learn(jobId: string, vertex: number, name: VertexName): void {
    const known = this.#known.get(jobId) ?? new Map<number, VertexName>();
    this.#known.set(jobId, known.set(vertex, name));
    const [oldest] = this.#known.keys();
    if (this.#known.size > JOBS_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}
