// The script and the style of a page, each as one text: esbuild takes of d3 what the page uses.
import { join } from 'node:path';
import { pageFolderOf, readBuiltPage, type PageName } from '../../src/layout.ts';

export interface PageBundle {
  readonly script: string;
  readonly style: string;
}

/** A package holds the bundle; a checkout makes it. */
export async function bundlePage(name: PageName): Promise<PageBundle> {
  return readBuiltPage(name) ?? makePageBundle(name);
}

export async function makePageBundle(name: PageName): Promise<PageBundle> {
  const folder = pageFolderOf(name);
  const [script, style] = await Promise.all([bundle(join(folder, 'main.ts')), bundle(join(folder, 'page.css'))]);
  return { script, style };
}

async function bundle(path: string): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [path],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: ['chrome123', 'firefox120', 'safari17.5'],
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
