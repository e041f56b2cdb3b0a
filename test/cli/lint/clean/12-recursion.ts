// Trees, walked and copied by functions that call themselves.
import { defineJob } from 'millrace';

type Tree = { readonly name: string; readonly children: readonly Tree[] };

function depthOf(tree: Tree): number {
  return 1 + Math.max(0, ...tree.children.map(depthOf));
}

function namesOf(tree: Tree, into: string[] = []): string[] {
  into.push(tree.name);
  for (const child of tree.children) namesOf(child, into);
  return into;
}

const copyOf = (tree: Tree): Tree => ({ ...tree, children: tree.children.map((child) => copyOf(child)) });

export const job = defineJob('trees', (env) =>
  env
    .fromSource<Tree>('trees', { topic: 'trees', splits: 1 })
    .map('copy', copyOf)
    .map('names', (tree) => ({ depth: depthOf(tree), names: namesOf(tree) }))
    .sinkTo('out', { sink: 'out' }),
);
