// The live page of a cluster, as one file that loads nothing but answers of the JobManager that served it.
import { bundlePage } from './bundle-page.ts';
import { escapeScript, escapeStyle, sourceHash } from './escape.ts';

export interface LivePage {
  readonly html: string;
  /** Its content security policy: no picture, font or script from elsewhere; it asks where it came from, and nobody puts it into a frame. */
  readonly policy: string;
}

export async function renderLivePage(): Promise<LivePage> {
  const bundle = await bundlePage('live');
  const script = escapeScript(bundle.script);
  const style = escapeStyle(bundle.style);
  const allowed = `script-src '${sourceHash(script)}'; style-src '${sourceHash(style)}'; img-src data:; connect-src 'self'`;
  return {
    html: markup(script, style),
    policy: `default-src 'none'; ${allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

function markup(script: string, style: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Millrace</title>
<style>${style}</style>
</head>
<body>
<header><b>Millrace</b><nav aria-label="parts of the cluster"><a href="#/">Jobs</a><a href="#/taskmanagers">TaskManagers</a><a href="#/logs">Logs</a></nav><button id="theme" type="button">Dark</button></header>
<main>
<div id="trouble" role="alert" hidden><p id="trouble-text"></p><form id="token-form" hidden><label>token of the cluster (in the file rest-token of its folder) <input id="token" type="password" autocomplete="off"></label> <button class="primary">Use it</button></form></div>
<div id="told" role="status"></div>
<div id="view"><p class="muted">…</p></div>
</main>
<dialog id="question" aria-label="question"></dialog>
<script type="module">${script}</script>
</body>
</html>
`;
}
