// Closed unions of records with a `kind`: what reaches a task, what machines ask of ports, and for what.
import { Node } from 'ts-morph';
import type { TypeNode } from 'ts-morph';
import { callsIn, calleeOf, commentOf, literalOf, oneLine, partsOf, placeOf } from './sources.ts';
import type { Place, Sources } from './sources.ts';

export interface Variant {
  readonly kind: string;
  readonly fields: readonly string[];
  readonly about: string;
}

/** The variants of a union, in the order in which they are declared. */
export function readUnion({ files }: Sources, name: string): readonly Variant[] {
  const alias = files.flatMap((file) => file.getTypeAlias(name) ?? [])[0];
  const node = alias?.getTypeNode();
  if (alias === undefined || node === undefined) throw new Error(`there is no type ${name}`);
  const parts = Node.isUnionTypeNode(node) ? node.getTypeNodes() : [node];
  return parts.map((part) => variantOf(part));
}

function variantOf(part: TypeNode): Variant {
  const properties = part.getType().getProperties();
  const kind = properties.find((property) => property.getName() === 'kind')?.getTypeAtLocation(part);
  const fields = properties
    .map((property) => property.getValueDeclaration())
    .filter((declaration) => declaration !== undefined && Node.isPropertySignature(declaration))
    .filter((declaration) => declaration.getName() !== 'kind')
    .map(
      (declaration) =>
        `${declaration.getName()}: ${oneLine(declaration.getTypeNode()?.getText() ?? '').replaceAll('readonly ', '')}`,
    );
  return { kind: (kind === undefined ? [] : literalOf(kind)).join(''), fields, about: aboutOf(part) };
}

/** The comment stands in front of the stroke, or of the variant itself. */
function aboutOf(part: TypeNode): string {
  const stroke = part.getPreviousSibling();
  const said = stroke === undefined ? '' : commentOf(stroke);
  return said === '' ? commentOf(part) : said;
}

/** Functions that write down a record of each kind where it is used: in a call of one of `callees`. */
export function readUses(sources: Sources, callees: readonly string[]): ReadonlyMap<string, readonly Place[]> {
  const found = new Map<string, Place[]>();
  for (const call of callsIn(sources)) {
    if (!callees.includes(calleeOf(call))) continue;
    for (const kind of call.getArguments().flatMap(kindsOf)) {
      const places = found.get(kind) ?? [];
      const place = placeOf(sources, call);
      if (!places.some(({ name, file }) => name === place.name && file === place.file)) places.push(place);
      found.set(kind, places);
    }
  }
  return found;
}

/** What the type of an argument says of its `kind`. One that is handed on was written down elsewhere. */
function kindsOf(argument: Node): readonly string[] {
  if (argument.getType().isUnion()) return [];
  const property = argument.getType().isString() ? undefined : argument.getType().getProperty('kind');
  const type = property?.getTypeAtLocation(argument);
  return type === undefined ? [] : partsOf(type).flatMap(literalOf);
}
