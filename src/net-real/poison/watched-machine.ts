// The machine of a TaskManager whose tasks are watched.
import type { Machine } from '../../core/base/machine.ts';
import { endWork } from '../../core/base/at-work.ts';
import { isProcessEnded } from '../../core/base/process-ended.ts';
import type { ClusterVocabulary } from '../../core/protocol/ports.ts';
import { deathAtWork } from '../../core/taskmanager/process-death.ts';
import type { TaskManagerState } from '../../core/taskmanager/task-manager.ts';
import { chainedOperators } from '../../core/task/code.ts';
import type { TaskState } from '../../core/task/state.ts';
import { removeDeath, writeDeath } from './death-file.ts';
import type { Watchdog } from './watchdog.ts';
import type { WatchedTask } from './watch.ts';

/** @param folder with the note of the process before, if there is one: it is removed when a leader has heard of it */
export function watchedMachine(
  machine: Machine<TaskManagerState, ClusterVocabulary>,
  watchdog: Watchdog,
  folder: string,
): Machine<TaskManagerState, ClusterVocabulary> {
  let [isNoted, lastTaskNumber, tasks] = [false, 0, 0];
  return {
    ...machine,
    step(state, input, out) {
      try {
        machine.step(state, input, out);
      } catch (thrown) {
        if (isProcessEnded(thrown)) note(state, watchdog, thrown.how, folder);
        endWork(watchdog.atWork); // what a machine throws is no deed of a job
        throw thrown;
      }
      if (state.lastTaskNumber !== lastTaskNumber || state.tasks.length !== tasks) {
        [lastTaskNumber, tasks] = [state.lastTaskNumber, state.tasks.length];
        watchdog.tell(state.tasks.map(watchedTask));
      }
      if (isNoted && state.death === null) removeDeath(folder, 'certain');
      isNoted = state.death !== null;
    },
  };
}

function note(
  { tasks }: TaskManagerState,
  { atWork }: Watchdog,
  how: Parameters<typeof deathAtWork>[2],
  folder: string,
): void {
  const death = deathAtWork(tasks, atWork, how);
  if (death !== null) writeDeath(folder, 'certain', death);
}

function watchedTask({ number, epoch, descriptor }: TaskState): WatchedTask {
  return { number, epoch, attempt: descriptor.attempt, operators: chainedOperators(descriptor).map(({ id }) => id) };
}
