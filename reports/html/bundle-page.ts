// The script and the style of the page, each as one text: esbuild takes of d3 what the page uses.
import { join } from 'node:path';
import { pageFolder, readBuiltPage } from '../../src/layout.ts';

export interface PageBundle {
  readonly script: string;
  readonly style: string;
}

/** A package holds the bundle; a checkout makes it. */
export async function bundlePage(): Promise<PageBundle> {
  return readBuiltPage() ?? makePageBundle();
}

export async function makePageBundle(): Promise<PageBundle> {
  const [script, style] = await Promise.all([bundle('main.ts'), bundle('page.css')]);
  return { script, style };
}

async function bundle(file: string): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [join(pageFolder, file)],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16.4'],
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
