import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Flow } from '../plan/flow-plan.ts';
import type { Result } from '../result/result.ts';
import { verdict } from '../result/verdict.ts';
import type { FlowSeries } from '../run/measure.ts';
import { Html, html } from './html.ts';
import { pageData } from './page-data.ts';
import { comparisonSection, ledgerSection, replaySection, setupSection } from './sections.ts';

/** A page that needs nothing else: scripts, styles and data are inside, and its policy forbids it to load anything. */
export async function renderReport(result: Result, series: Partial<Record<Flow, FlowSeries>>): Promise<string> {
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
  const [library, libraryStyle, script, style] = await Promise.all([
    readFile(join(uplot, 'uPlot.iife.min.js'), 'utf8'),
    readFile(join(uplot, 'uPlot.min.css'), 'utf8'),
    readFile(join(import.meta.dirname, 'page.js'), 'utf8'),
    readFile(join(import.meta.dirname, 'page.css'), 'utf8'),
  ]);
  const capacity = Object.values(result.flows)[0]?.downstream.capacity ?? 0;
  const data = JSON.stringify(pageData(series, capacity)).replaceAll('<', String.raw`\u003c`);
  return page(result, {
    style: new Html(libraryStyle + style),
    data: new Html(data),
    script: new Html(`${library}\n${script}`),
  }).text;
}

function page(result: Result, inline: { style: Html; data: Html; script: Html }): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
        />
        <title>Load: ${Object.keys(result.flows).join(' and ')}, ${result.startedAt}</title>
        <style>
          ${inline.style}
        </style>
      </head>
      <body>
        <h1>The same orders, ${headline(result)}</h1>
        <p class="subtitle">${subtitle(result)}</p>
        <div class="verdict">${verdict(result).map((sentence) => html`<p>${sentence}</p>`)}</div>
        <h2>What happened</h2>
        <div class="legend" id="legend"></div>
        <div class="charts">${figures.map((figure) => chartFigure(figure))}</div>
        <h2>Comparison</h2>
        ${comparisonSection(result)}
        <h2>Ledger</h2>
        <p class="note">
          Read after the run from the three databases, the provider's mailbox and the dead-letter topics.
        </p>
        ${ledgerSection(result)} ${replaySection(result)}
        <h2>Setup</h2>
        ${setupSection(result)}
        <script type="application/json" id="data">
          ${inline.data}
        </script>
        <script>
          ${inline.script};
        </script>
      </body>
    </html> `;
}

const manners: Record<Flow, string> = { sync: 'synchronously', async: 'asynchronously', log: 'log-first' };

function headline({ flows }: Result): string {
  return new Intl.ListFormat('en').format(Object.keys(flows).map((flow) => manners[flow as Flow]));
}

function subtitle({ parameters, replay }: Result): string {
  const slots = `${String(parameters['slots'])} mails at a time`;
  const provider = `The mail provider takes ${slots}, ${String(parameters['latencyMs'])} ms each.`;
  if (replay) return `${replay.file}, ${String(parameters['speed'])} times as fast as it happened. ${provider}`;
  const base = Number(parameters['base']) > 0 ? `${String(parameters['base'])} times` : 'nothing';
  const burst = `${String(parameters['factor'])} times that for ${String(parameters['seconds'])} s, then ${base}.`;
  return `${provider} Orders arrive at ${burst}`;
}

const figures: { id: string; title: string; caption: string; wide?: boolean }[] = [
  { id: 'accepted', title: 'Accepted', caption: 'Orders that were promised to a client, and orders offered.' },
  { id: 'completed', title: 'Completed', caption: 'Orders of which the provider took the mail, and what it can take.' },
  {
    id: 'lag',
    title: 'Backlog',
    caption: 'Accepted and not yet completed. A perfect queue in front of the provider would follow the dotted line.',
    wide: true,
  },
  { id: 'ack', title: 'Time to the answer', caption: 'Accepted orders, from the time they were meant to be sent.' },
  { id: 'endToEnd', title: 'Time to the mail', caption: 'Completed orders, until the provider took the mail.' },
];

function chartFigure({ id, title, caption, wide }: (typeof figures)[number]): Html {
  return html`<figure class="${wide ? 'wide' : ''}">
    <h3>${title}</h3>
    <figcaption>${caption}</figcaption>
    <div class="chart" id="chart-${id}"></div>
  </figure>`;
}
