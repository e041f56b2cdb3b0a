// The package.json of the package, made of that of the checkout: what is there for development stays behind, scripts and the Node of the
// checkout too. Pure.

/** The first Node that strips types by itself; bin.cjs says so too. */
export const OLDEST_NODE = '22.18';

export interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly private: boolean;
  readonly description: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}

/** `private` stays until a person publishes. */
export function packageManifest(root: RootManifest): object {
  const { name, version, description, license, dependencies, peerDependencies, peerDependenciesMeta } = root;
  return {
    name,
    version,
    private: root.private,
    description,
    license,
    type: 'module',
    bin: { millrace: 'bin/millrace.cjs' },
    exports: Object.fromEntries(Object.entries(root.exports).map(([path, file]) => [path, targetsOf(file)])),
    files: ['bin', 'lib', 'examples', 'CHANGELOG.md'],
    dependencies,
    peerDependencies,
    peerDependenciesMeta,
    engines: { node: `>=${OLDEST_NODE}` },
  };
}

function targetsOf(file: string): object {
  const compiled = file.replace(/^\.\//, './lib/').replace(/\.ts$/, '');
  return { types: `${compiled}.d.ts`, default: `${compiled}.js` };
}
