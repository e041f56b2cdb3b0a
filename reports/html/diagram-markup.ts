// The diagram's frame: toolbar, overview, rows, lanes, panel, legend, list. The script fills it.

const SAMPLE = '<svg width="20" height="12" aria-hidden="true">';

function line(className: string): string {
  return `${SAMPLE}<line class="sample ${className}" x1="0" y1="6" x2="20" y2="6"/></svg>`;
}

const cross = `${SAMPLE}<path class="sample lost" d="M0 6h12M9 2l8 8m0 -8l-8 8"/></svg>`;

function filter(show: string, text: string, sample: string): string {
  return `<label><input type="checkbox" data-show="${show}">${sample}${text}</label>`;
}

const toolbar = `<div class="toolbar" role="toolbar" aria-label="diagram">
<fieldset aria-label="what is shown">
${filter('checkpoint', 'checkpoints', line('checkpoint'))}
${filter('control', 'control', line('control'))}
${filter('request', 'requests', line('request'))}
${filter('data', 'data', line('data'))}
${filter('heartbeat', 'heartbeats', line('heartbeat'))}
${filter('lost', 'lost', cross)}
</fieldset>
<fieldset aria-label="spacing">spacing
<label title="to the right by time"><input type="radio" name="spacing" value="time">time</label>
<label title="one place for each moment at which something happened"><input type="radio" name="spacing" value="even">even</label>
</fieldset>
<fieldset aria-label="zoom">
<button class="tool" id="zoom-out" type="button" aria-label="zoom out">−</button>
<button class="tool" id="zoom-in" type="button" aria-label="zoom in">+</button>
<button class="tool" id="zoom-all" type="button">all</button>
</fieldset>
<fieldset aria-label="faults">fault
<button class="tool" id="fault-previous" type="button" aria-label="previous fault">‹</button>
<button class="tool" id="fault-next" type="button" aria-label="next fault">›</button>
</fieldset>
<fieldset class="searching"><label class="sr" for="search">search the text of all steps</label><input id="search" type="search" placeholder="Search all steps" autocomplete="off"><output id="search-count" for="search"></output></fieldset>
</div>`;

const help = `<div class="help"><h3>Click on anything</h3>
<p>A step, a message, a band or a flag: here is its text, what belongs to it, and the chain of causes that led to it.</p>
<ul>
<li><kbd>wheel</kbd> zooms, <kbd>drag</kbd> moves, or draw on the strip above</li>
<li><kbd>←</kbd> <kbd>→</kbd> from step to step, <kbd>↑</kbd> <kbd>↓</kbd> to another lane</li>
<li><kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> zoom in, out, all; <kbd>a</kbd> <kbd>d</kbd> move</li>
<li><kbd>f</kbd> <kbd>F</kbd> next and previous fault</li>
<li><kbd>Enter</kbd> in the search goes to the next hit</li>
</ul></div>`;

const legend = `<div class="legend" aria-label="legend">
<span>${line('life')} process lives</span>
<span>${SAMPLE}<path class="sample lost" d="M7 1l10 10m0 -10l-10 10"/></svg> it died</span>
<span>${line('leader')} leads</span>
<span>${line('starting')} task starts</span>
<span>${line('running')} task runs</span>
<span>${cross} message lost</span>
<span>${SAMPLE}<path class="sample break" d="M8 6l5 -5l5 5l-5 5z"/></svg> connection broke</span>
<span>${SAMPLE}<path class="sample cut" d="M3 1h20l-4 10h-12z"/></svg> checkpoint, completed</span>
<span>${SAMPLE}<path class="sample cut failed" d="M3 1h20l-4 10h-12z"/></svg> aborted or abandoned</span>
<span>${SAMPLE}<path class="sample ack" d="M6 6l4 -4l4 4l-4 4z"/></svg> task acknowledges</span>
<span>${SAMPLE}<path class="sample step" d="M6 2h3v8h-3zM12 2h3v8h-3z"/></svg> steps of a process</span>
</div>`;

export const diagramMarkup = `<section class="card" id="diagram" aria-label="space-time diagram">
${toolbar}
<div class="columns">
<div class="drawing" id="drawing">
<div class="corner" aria-hidden="true"><span class="t3">whole run</span><span class="t0">faults</span><span class="t1">job</span><span class="t2">checkpoints</span></div>
<div>
<svg id="overview" role="img" aria-label="the whole run; draw on it to choose a window"><path class="density"/><g class="moments"/><g class="brush"/></svg>
<svg id="rows" role="group" aria-label="faults, job and checkpoints over time"><g id="axis" transform="translate(0 26)"></g><g id="tracks" transform="translate(0 28)"></g></svg>
</div>
<div id="stage"><div id="lanes"></div>
<div id="plot" tabindex="0" role="application" aria-label="lanes of processes over time; arrow keys go from step to step" aria-describedby="live"><canvas id="canvas"></canvas><canvas id="marks" aria-hidden="true"></canvas><div id="tip" hidden></div></div></div>
</div>
<div id="panel-box"><aside id="panel" aria-label="details">${help}</aside></div>
</div>
${legend}
</section>
<p id="live" class="sr" aria-live="polite"></p>
<details id="log" class="card"><summary>What is in sight, as text</summary><p id="log-note" class="muted"></p><table><tbody id="log-rows"></tbody></table></details>
</main>`;
