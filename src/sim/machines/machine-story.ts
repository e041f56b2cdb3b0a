// The story of machines for somebody who wants to understand a run: what they noted, who died, came back or halted, what was lost, and which
// faults struck.
import { describeLoss } from '../../core/base/losses.ts';
import { wordsOf } from '../../core/base/reasons.ts';
import type { Effect } from '../../core/base/outbox.ts';
import { describeAny } from '../../run/describe-any.ts';
import type { Observation, Oracle, WorldView } from '../observation.ts';
import { faultEvent, type OnStory } from '../story.ts';

/** It never complains, and remembers nothing. */
export function machineStory(onStory: OnStory): Oracle<null> {
  return {
    name: 'story',
    create: () => null,
    observe(_, seen, view) {
      if (seen.kind === 'fault') onStory(faultEvent(seen, view.now));
      else for (const text of textsOf(seen, view)) onStory({ kind: 'milestone', atUs: view.now, text });
    },
    finish: () => {},
  };
}

function textsOf(seen: Observation, view: WorldView): readonly string[] {
  switch (seen.kind) {
    case 'stepped':
      return seen.effects.flatMap((effect) => textOfEffect(seen.node, effect) ?? []);
    case 'started':
      return seen.incarnation === 1 ? [] : [`${seen.node} started again, incarnation ${seen.incarnation}`];
    case 'lost':
      return [
        `${seen.message.kind} from ${seen.message.from} to ${seen.message.to} was lost: ${describeLoss(seen.why)}`,
      ];
    case 'torn':
      return [`${seen.node} lost what was not synced: ${seen.lost}`];
    case 'faults-stopped':
      return [`faults stopped after ${view.now / 1_000_000} s`];
    default:
      return [];
  }
}

function textOfEffect(node: string, effect: Effect): string | null {
  if (effect.effect === 'halt') return `${node} halted: ${wordsOf(effect.reason)}`;
  return effect.effect === 'note' ? `${node}: ${describeAny(effect.note)}` : null;
}
