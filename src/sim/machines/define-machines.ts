// A scenario of machines that is checked where it is written, and not first where it is run.
import { mistakesOfMachines } from './mistakes.ts';
import type { MachinesScenario } from './scenario.ts';

/**
 * A scenario of machines, checked: throws one Error that lists every mistake, each with its field.
 *
 * @example
 * ```ts
 * import { defineMachines, NEVER, type Machine } from 'millrace/sim';
 *
 * interface Greeting {
 *   readonly bodies: { readonly hello: { readonly name: string }; readonly welcome: null };
 *   readonly request: never;
 *   readonly answer: never;
 * }
 *
 * const host: Machine<{ greeted: string[] }, Greeting> = {
 *   role: 'host',
 *   create: () => ({ greeted: [] }),
 *   step(state, input, out) {
 *     if (input.kind !== 'message' || input.message.kind !== 'hello') return;
 *     state.greeted.push(input.message.body.name);
 *     out.send(input.message.from, 'welcome', null);
 *   },
 *   wakeAt: () => NEVER,
 *   hasWork: () => false,
 *   checkInvariants: () => {},
 * };
 *
 * const guest: Machine<{ isWelcome: boolean; retryAt: number }, Greeting> = {
 *   role: 'guest',
 *   create: () => ({ isWelcome: false, retryAt: NEVER }),
 *   step(state, input, out) {
 *     if (input.kind === 'message') state.isWelcome = true;
 *     state.retryAt = state.isWelcome ? NEVER : input.now + 100;
 *     if (!state.isWelcome) out.send('host', 'hello', { name: out.address });
 *   },
 *   wakeAt: ({ retryAt }) => retryAt,
 *   hasWork: () => false,
 *   checkInvariants: () => {},
 * };
 *
 * export const scenario = defineMachines({
 *   name: 'greeting',
 *   about: 'Guests say hello until they are welcome, while processes die and connections break.',
 *   messages: ['hello', 'welcome'],
 *   nodes: [
 *     { address: 'host', machine: host },
 *     { address: 'guest-1', machine: guest },
 *     { address: 'guest-2', machine: guest },
 *   ],
 *   faults: { crash: 1, 'connection-break': 1 },
 *   isOver: (view) =>
 *     view.nodes().every(({ role, state }) => role === 'host' || (state as { isWelcome: boolean }).isWelcome),
 *   runMs: 2_000,
 * });
 * ```
 */
export function defineMachines(scenario: MachinesScenario): MachinesScenario {
  const mistakes = mistakesOfMachines(scenario);
  if (mistakes.length > 0) {
    const lines = mistakes.map((mistake) => `- ${mistake}`).join('\n');
    throw new Error(`scenario "${String((scenario as MachinesScenario | undefined)?.name)}" cannot run:\n${lines}`);
  }
  return scenario;
}
