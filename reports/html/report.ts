// One trace, one file: markup, style, script and data, and a policy that forbids the page to load anything from anywhere.
import { deflateSync } from 'node:zlib';
import { buildModel } from '../model/build-model.ts';
import type { RunModel } from '../model/model.ts';
import { itemsIn, thinModel } from '../model/thin.ts';
import type { Trace } from '../../src/run/trace.ts';
import { bundlePage } from './bundle-page.ts';
import type { PageBundle } from './bundle-page.ts';
import { diagramMarkup } from './diagram-markup.ts';
import { escapeHtml, escapeScript, escapeStyle, sourceHash } from './escape.ts';
import { headMarkup } from './head-markup.ts';

/** A file that opens at once and can be sent by mail. */
export const REPORT_BYTES_MAX = 8_000_000;
/** What a browser draws smoothly, and opens within a second. */
const ITEMS_MAX = 60_000;

export async function renderReport(trace: Trace): Promise<string> {
  const bundle = await bundlePage('page');
  const whole = buildModel(trace);
  let itemsMax = ITEMS_MAX;
  for (;;) {
    const model = thinModel(whole, itemsMax);
    const html = pageOf(model, bundle);
    const isSmallEnough = Buffer.byteLength(html) <= REPORT_BYTES_MAX;
    if (isSmallEnough || itemsMax < 1) return html;
    itemsMax = Math.floor(Math.min(itemsMax, itemsIn(model)) / 2);
  }
}

function pageOf(model: RunModel, bundle: PageBundle): string {
  const script = escapeScript(bundle.script);
  const style = escapeStyle(bundle.style);
  const data = deflateSync(JSON.stringify(model), { level: 9 }).toString('base64');
  const { scenario, seed } = model.header;
  const title = `${scenario}${seed === null ? '' : ` ${seed}`}: Millrace run report`;
  const policy = `default-src 'none'; script-src '${sourceHash(script)}'; style-src '${sourceHash(style)}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${headMarkup(model)}
${diagramMarkup}
<script type="application/octet-stream" id="model">${data}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}
