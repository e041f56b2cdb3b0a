// The messages: what `Bodies` says of each, who sends it, and whose dispatch takes it.
import { Node, SyntaxKind } from 'ts-morph';
import type { CaseClause, InterfaceDeclaration, PropertySignature, SwitchStatement, Type } from 'ts-morph';
import { callsIn, calleeOf, commentOf, fileNamed, handlerIn, oneLine, placeOf } from './sources.ts';
import type { Place, Sources } from './sources.ts';

export interface Field {
  readonly name: string;
  /** As it is declared. */
  readonly type: string;
  readonly about: string;
}

/** One machine that takes a message, and its handler. */
export interface Receiver {
  readonly role: string;
  readonly handler: string;
}

export interface MessageKind {
  readonly kind: string;
  /** The heading above it in `Bodies`: who speaks with whom. */
  readonly between: string;
  readonly about: string;
  readonly fields: readonly Field[];
  readonly sentBy: readonly (Place & { readonly role: string })[];
  readonly takenBy: readonly Receiver[];
}

/** A type that fields of messages have. */
export interface Part {
  readonly name: string;
  readonly about: string;
  readonly fields: readonly Field[];
}

/** Which machine the code of a folder belongs to. */
export const ROLES: Readonly<Record<string, string>> = {
  client: 'client',
  jobmanager: 'JobManager',
  taskmanager: 'TaskManager',
  task: 'task',
};

/** The dispatch of each machine. */
const DISPATCHES = [
  { role: 'client', file: 'client/client.ts', name: 'onMessage' },
  { role: 'JobManager', file: 'jobmanager/job-manager.ts', name: 'onMessage' },
  { role: 'TaskManager', file: 'taskmanager/task-manager.ts', name: 'onMessage' },
  { role: 'task', file: 'task/messages.ts', name: 'onTaskMessage' },
] as const;

/** What hands a message to the network: its kind is one of the arguments. */
const SENDERS = ['send', 'sendData', 'tell', 'tellTask', 'sendToLeader'];

const messagesFile = (sources: Sources) => fileNamed(sources, 'protocol/messages.ts');

export function readMessages(sources: Sources): readonly MessageKind[] {
  const sent = sendersIn(sources);
  const taken = receiversIn(sources);
  let between = '';
  return messagesFile(sources)
    .getInterfaceOrThrow('Bodies')
    .getProperties()
    .map((property) => {
      between = headingAbove(property) ?? between;
      const kind = property.getName().replaceAll("'", '');
      return {
        kind,
        between,
        about: commentOf(property),
        fields: fieldsOf(property.getType(), property),
        sentBy: sent.get(kind) ?? [],
        takenBy: taken.get(kind) ?? [],
      };
    });
}

/** `// client <-> Dispatcher` */
function headingAbove(property: PropertySignature): string | null {
  const found = property.getLeadingCommentRanges().find((range) => range.getText().startsWith('//'));
  return found === undefined ? null : found.getText().slice(2).trim();
}

function fieldsOf(type: Type, at: Node): readonly Field[] {
  return type.getProperties().map((symbol) => {
    const declaration = symbol.getValueDeclaration();
    if (declaration === undefined || !Node.isPropertySignature(declaration))
      return { name: symbol.getName(), type: symbol.getTypeAtLocation(at).getText(at), about: '' };
    return fieldOf(declaration);
  });
}

function fieldOf(property: PropertySignature): Field {
  const type = property.getTypeNode()?.getText() ?? 'unknown';
  return { name: property.getName(), type: tidy(type), about: commentOf(property) };
}

const tidy = (type: string): string =>
  oneLine(type)
    .replaceAll(/\/\*\*.*?\*\/ ?/g, '')
    .replaceAll('readonly ', '');

export function readParts(sources: Sources): readonly Part[] {
  return messagesFile(sources)
    .getInterfaces()
    .filter((one) => one.isExported() && one.getName() !== 'Bodies')
    .map((one) => ({ name: one.getName(), about: commentOf(one), fields: partFields(one) }));
}

function partFields(part: InterfaceDeclaration): readonly Field[] {
  return part.getProperties().map(fieldOf);
}

function sendersIn(sources: Sources): ReadonlyMap<string, readonly (Place & { readonly role: string })[]> {
  const found = new Map<string, (Place & { readonly role: string })[]>();
  for (const call of callsIn(sources)) {
    if (!SENDERS.includes(calleeOf(call))) continue;
    for (const argument of call.getArguments()) {
      if (!Node.isStringLiteral(argument)) continue;
      const place = placeOf(sources, call);
      const role = ROLES[place.file.split('/')[2] ?? ''] ?? 'nobody';
      const places = found.get(argument.getLiteralValue()) ?? [];
      if (!places.some(({ name, file }) => name === place.name && file === place.file)) places.push({ ...place, role });
      found.set(argument.getLiteralValue(), places);
    }
  }
  return found;
}

function receiversIn(sources: Sources): ReadonlyMap<string, readonly Receiver[]> {
  const found = new Map<string, Receiver[]>();
  for (const { role, file, name } of DISPATCHES) {
    const dispatch = fileNamed(sources, file).getFunctionOrThrow(name);
    const [first] = dispatch.getDescendantsOfKind(SyntaxKind.SwitchStatement);
    if (first === undefined) throw new Error(`${file}: ${name} has no switch`);
    for (const { kind, handler } of casesOf(first)) {
      const receivers = found.get(kind) ?? [];
      receivers.push({ role, handler });
      found.set(kind, receivers);
    }
  }
  return found;
}

/** Kinds that a switch does something with; those that fall through do what the next one does. */
function casesOf(dispatch: SwitchStatement): readonly { readonly kind: string; readonly handler: string }[] {
  const cases: { kind: string; handler: string }[] = [];
  let waiting: string[] = [];
  for (const clause of dispatch.getCaseBlock().getClauses()) {
    if (!Node.isCaseClause(clause)) continue;
    waiting.push(kindOf(clause));
    if (clause.getStatements().length === 0) continue;
    const isRefused = clause.getText().includes("'not-addressed'");
    if (!isRefused) cases.push(...waiting.map((kind) => ({ kind, handler: handlerOf(clause) })));
    waiting = [];
  }
  return cases;
}

function kindOf(clause: CaseClause): string {
  return clause.getExpression().getText().replaceAll("'", '');
}

function handlerOf(clause: CaseClause): string {
  return clause.getStatements().map(handlerIn).join('');
}
