// The host of a TaskManager loses its power: the process dies, and what its work folder had not synced is lost, whole or in part. A note of whose code ended
// the process before may be gone, and one that was removed may be there again.
import type { WorldView } from '../../observation.ts';
import { unsyncedIn, type WorkFolders } from '../services/work-folder.ts';
import { choose, hitAt, type RulesOf } from './rule.ts';
import { longestDownMs } from './tm-crash.ts';

export const powerLoss: RulesOf = (setting) => [
  {
    stream: 'power',
    at: 'step',
    kinds: ['death-found', 'task-manager-registered', 'request-slot', 'deploy-task', 'heartbeat', 'records'],
    share: 1,
    questions: setting.estimate.heartbeats,
    mayStrike: ({ node }, view) => unsyncedAt(view, node) > 0,
    strike(_, controls, { node, kind }, view) {
      const unsynced = unsyncedAt(view, node);
      const downMs = choose(controls, `power-down/${node}`, [setting.sim.restartNodeMs, longestDownMs(setting)]);
      if (!controls.crash(node, downMs * 1_000, 'torn')) return null;
      const what = unsynced === 1 ? '1 change' : `${unsynced} changes`;
      return hitAt(
        node,
        `${node} lost its power at ${kind}, with ${what} of its work folder unsynced, for ${downMs} ms`,
      );
    },
  },
];

/** Where no code ends processes there are no work folders. */
function unsyncedAt(view: WorldView, node: string): number {
  const folders = view.service('work-folder') as WorkFolders | undefined;
  return folders === undefined ? 0 : unsyncedIn(folders, node);
}
