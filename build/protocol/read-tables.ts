// The tables of transitions, and where the code moves through them.
import { Node, SyntaxKind } from 'ts-morph';
import type { CallExpression, VariableDeclaration } from 'ts-morph';
import { callsIn, calleeOf, commentOf, functionAround, isParameter, placeOf, textsOf } from './sources.ts';
import type { Place, Sources } from './sources.ts';

export interface TableState {
  readonly name: string;
  readonly about: string;
  /** Where it may go from here. */
  readonly next: readonly string[];
  /** Functions that enter it. */
  readonly enteredBy: readonly Place[];
}

/** What moves from state to state. */
export interface Table {
  /** Of the constant. */
  readonly name: string;
  readonly about: string;
  readonly file: string;
  readonly states: readonly TableState[];
  /** Objects are created in these. */
  readonly first: readonly string[];
}

/** Every constant of the type `Transitions`, in the order of files. */
export function readTables(sources: Sources): readonly Table[] {
  return sources.files.flatMap((file) =>
    file.getVariableDeclarations().flatMap((constant) => {
      const isTable = (constant.getTypeNode()?.getText() ?? '').startsWith('Transitions<');
      return isTable ? [readTable(sources, constant)] : [];
    }),
  );
}

function readTable(sources: Sources, constant: VariableDeclaration): Table {
  const object = constant.getInitializerIfKindOrThrow(SyntaxKind.ObjectLiteralExpression);
  const entries = entriesOf(sources, constant);
  const states = object.getProperties().flatMap((property): TableState[] => {
    if (!Node.isPropertyAssignment(property)) return [];
    const name = property.getName().replaceAll("'", '');
    const next = property
      .getInitializerIfKindOrThrow(SyntaxKind.ArrayLiteralExpression)
      .getElements()
      .map((element) => element.getText().replaceAll("'", ''));
    const enteredBy = entries.filter(({ states: entered }) => entered.includes(name)).map(({ place }) => place);
    return [{ name, about: commentOf(property), next, enteredBy: unique(enteredBy) }];
  });
  return {
    name: constant.getName(),
    about: commentOf(constant.getVariableStatementOrThrow()),
    file: placeOf(sources, constant).file,
    states,
    first: firstOf(sources, states, constant),
  };
}

interface Entry {
  readonly place: Place;
  readonly states: readonly string[];
}

/** Through a door: a function that moves by the table. Its callers say where to; a parameter that is handed on says nothing new. */
function entriesOf(sources: Sources, constant: VariableDeclaration): readonly Entry[] {
  const uses = constant.findReferencesAsNodes().filter((node) => !Node.isImportSpecifier(node.getParent()));
  return uses.flatMap((use) => {
    const call = use.getParentIfKind(SyntaxKind.CallExpression);
    if (call !== undefined && calleeOf(call) === 'checkTransition') return entriesOfDoor(sources, call, new Set());
    return Node.isElementAccessExpression(use.getParent())
      ? [{ place: placeOf(sources, use), states: nextOf(use) }]
      : [];
  });
}

/** What is read from the table may be any state that follows another one. */
function nextOf(use: Node): readonly string[] {
  const [definition] = Node.isIdentifier(use) ? use.getDefinitionNodes() : [];
  const texts = definition?.getDescendantsOfKind(SyntaxKind.ArrayLiteralExpression) ?? [];
  return texts.flatMap((list) => list.getElements().map((element) => element.getText().replaceAll("'", '')));
}

function entriesOfDoor(sources: Sources, check: CallExpression, seen: Set<string>): readonly Entry[] {
  const to = check.getArguments()[2];
  return to === undefined ? [] : entriesAt(sources, to, seen);
}

/** Where an argument says to which state, or, if it is a parameter, where the callers of that function do. */
function entriesAt(sources: Sources, to: Node, seen: Set<string>): readonly Entry[] {
  if (!isParameter(to)) return [{ place: placeOf(sources, to), states: textsOf(to) ?? [] }];
  const door = functionAround(to);
  const name = door?.getName() ?? '';
  const index = door?.getParameters().findIndex((parameter) => parameter.getName() === to.getText()) ?? -1;
  if (door === undefined || index < 0 || seen.has(name)) return [];
  seen.add(name);
  return callsOf(sources, door).flatMap((call) => {
    const argument = call.getArguments()[index];
    return argument === undefined ? [] : entriesAt(sources, argument, seen);
  });
}

function callsOf(sources: Sources, door: Node): readonly CallExpression[] {
  const name = Node.hasName(door) ? door.getName() : '';
  return callsIn(sources).filter((call) => {
    const callee = call.getExpression();
    return callee.getText() === name && Node.isIdentifier(callee) && callee.getDefinitionNodes().includes(door);
  });
}

/** States in which objects are created: an object literal says so in a field of the table's type. */
function firstOf(sources: Sources, states: readonly TableState[], constant: VariableDeclaration): readonly string[] {
  const names = new Set(states.map(({ name }) => name));
  const type = /<(\w+)>/.exec(constant.getTypeNode()?.getText() ?? '')?.[1] ?? '';
  const found = sources.files.flatMap((file) =>
    file.getDescendantsOfKind(SyntaxKind.PropertyAssignment).flatMap((property) => {
      const value = property.getInitializer();
      if (value === undefined || !STATE_FIELDS.includes(property.getName()) || !isCreated(property)) return [];
      return value.getContextualType()?.getAliasSymbol()?.getName() === type ? (textsOf(value) ?? []) : [];
    }),
  );
  return [...new Set(found)].filter((name) => names.has(name));
}

const STATE_FIELDS = ['state', 'status', 'role', 'stage', 'phase', 'registration'];

/** Not an object that is only sent or told: it is returned by a factory, or kept in a map. */
function isCreated(property: Node): boolean {
  const kept = property.getFirstAncestorByKind(SyntaxKind.CallExpression);
  if (kept !== undefined && calleeOf(kept) === 'set') return true;
  return /^(?:create|add)/.test(functionAround(property)?.getName() ?? '');
}

function unique(places: readonly Place[]): readonly Place[] {
  return places.filter(
    ({ name, file }, index) => places.findIndex((other) => other.name === name && other.file === file) === index,
  );
}
