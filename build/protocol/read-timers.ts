// The timers of each machine, by the names that its type allows: who sets one, to when, and who ends it. And the moments of a task, which has none.
import { Node, SyntaxKind } from 'ts-morph';
import type { CallExpression, TypeAliasDeclaration } from 'ts-morph';
import { ROLES } from './read-messages.ts';
import { callsIn, calleeOf, commentOf, fileNamed, oneLine, partsOf, placeOf } from './sources.ts';
import type { Place, Sources } from './sources.ts';

export interface Timer {
  readonly role: string;
  /** `slot-request …`: a kind and a subject. */
  readonly name: string;
  readonly setBy: readonly (Place & { readonly at: string })[];
  readonly cancelledBy: readonly Place[];
}

/** A field that is a moment at which a task is woken. */
export interface Moment {
  readonly name: string;
  readonly about: string;
}

/** The types that name all timers of a machine. */
const TIMERS = [
  { role: 'client', type: 'ClientTimer' },
  { role: 'JobManager', type: 'ProcessTimer' },
  { role: 'JobManager', type: 'LeaderTimer' },
  { role: 'TaskManager', type: 'ManagerTimer' },
] as const;

export function readTimers(sources: Sources): readonly Timer[] {
  const sets = callsOf(sources, 'setTimer');
  const cancels = callsOf(sources, 'cancelTimer');
  return TIMERS.flatMap(({ role, type }) =>
    namesOf(aliasNamed(sources, type)).map((name): Timer => {
      const mine = ({ call, names }: TimerCall): boolean =>
        names.includes(name) && ROLES[placeOf(sources, call).file.split('/')[2] ?? ''] === role;
      return {
        role,
        name,
        setBy: sets.filter(mine).map(({ call }) => ({ ...placeOf(sources, call), at: deadlineOf(call) })),
        cancelledBy: cancels.filter(mine).map(({ call }) => placeOf(sources, call)),
      };
    }),
  );
}

function aliasNamed({ files }: Sources, name: string): TypeAliasDeclaration {
  const found = files.flatMap((file) => file.getTypeAlias(name) ?? [])[0];
  if (found === undefined) throw new Error(`there is no type ${name}`);
  return found;
}

function namesOf(alias: TypeAliasDeclaration): readonly string[] {
  return partsOf(alias.getType())
    .map((part) => nameIn(part.getText(alias)))
    .toSorted();
}

/** `"renew"` is renew, `` `slot ${number}` `` is slot …: which subject it has is no part of its kind. */
function nameIn(text: string): string {
  return text.replaceAll(/["'`]/g, '').replace(/ .*/, ' …');
}

interface TimerCall {
  readonly call: CallExpression;
  readonly names: readonly string[];
}

function callsOf(sources: Sources, callee: string): readonly TimerCall[] {
  return callsIn(sources)
    .filter((call) => calleeOf(call) === callee && call.getArguments().length > 1)
    .map((call) => {
      const type = call.getArguments()[1]?.getType();
      const parts = type === undefined ? [] : partsOf(type);
      return { call, names: parts.map((part) => nameIn(part.getText(call))) };
    });
}

/** `step.now + step.options.heartbeatTimeoutMs` is now + heartbeatTimeoutMs. */
function deadlineOf(call: CallExpression): string {
  return oneLine(call.getArguments()[2]?.getText() ?? '').replaceAll(/\b(?:step|config|state|options|call)\./g, '');
}

/** The fields that `taskWakeAt` looks at, in its order. */
export function readMoments(sources: Sources): readonly Moment[] {
  const wakeAt = fileNamed(sources, 'task/task.ts').getFunctionOrThrow('taskWakeAt');
  const fields = wakeAt
    .getDescendantsOfKind(SyntaxKind.PropertyAccessExpression)
    .filter((access) => access.getName().endsWith('At'));
  const moments = fields.flatMap((access): Moment[] => {
    const [definition] = access.getNameNode().getDefinitionNodes();
    if (definition === undefined || !Node.isPropertySignature(definition)) return [];
    const owner = definition.getFirstAncestorByKind(SyntaxKind.InterfaceDeclaration)?.getName() ?? '';
    return [{ name: `${owner}.${access.getName()}`, about: commentOf(definition) }];
  });
  return moments.filter(({ name }, index) => moments.findIndex((other) => other.name === name) === index);
}
