import { violations, type Ledger } from '../ledger/snapshot.ts';
import { count } from '../result/format.ts';
import type { FlowResult, Result } from '../result/result.ts';
import { comparison, ledgerLabels } from '../result/comparison.ts';
import { html, type Html } from './html.ts';

function table(heads: string[], rows: (string | Html)[][]): Html {
  return html`<div class="scroll">
    <table class="figures">
      ${
        heads.length > 0
          ? html`<thead>
              <tr>
                <td></td>
                ${heads.map((head) => html`<th scope="col">${head}</th>`)}
              </tr>
            </thead>`
          : ''
      }
      <tbody>
        ${rows.map(
          ([label, ...cells]) =>
            html`<tr>
              <th scope="row">${label!}</th>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function flowTable({ flows }: Result, rows: { label: string; of: (flow: FlowResult) => string | Html }[]): Html {
  return table(
    Object.keys(flows),
    rows.map(({ label, of }) => [label, ...Object.values(flows).map(of)]),
  );
}

export function comparisonSection(result: Result): Html {
  return flowTable(result, comparison);
}

export function ledgerSection(result: Result): Html {
  const mustBeZero = new Set<string>(violations);
  const cell = (name: keyof Ledger, value: number): Html => {
    if (!mustBeZero.has(name)) return html`${count(value)}`;
    return value === 0 ? html`<span class="good">0 ✓</span>` : html`<span class="bad">${count(value)} ✗</span>`;
  };
  const names = Object.keys(ledgerLabels) as (keyof Ledger)[];
  const rows = names.map((name) => ({
    label: ledgerLabels[name],
    of: ({ ledger }: FlowResult) => cell(name, ledger[name]),
  }));
  return flowTable(result, rows);
}

export function replaySection({ replay }: Result): Html {
  if (!replay) return html``;
  const skipped = Object.entries(replay.skipped).filter(([, rows]) => rows > 0);
  return html`<h2>Replayed file</h2>
    ${table(
      [],
      [
        ['file', replay.file],
        ['rows', count(replay.rows)],
        ['replayed rows', `${count(replay.replayedRows)} in ${count(replay.orders)} orders`],
        ['dates', `${replay.dates.order}: ${replay.dates.why}`],
        ...skipped.map(([reason, rows]) => [`left out: ${reason}`, count(rows)]),
        ['confirmed orders', replay.confirmedHash ?? html`<span class="bad">the flows differ</span>`],
        ['final stock', replay.finalStockHash ?? html`<span class="bad">the flows differ</span>`],
      ],
    )}`;
}

export function setupSection({ parameters, machine, versions, revision, seed, startedAt }: Result): Html {
  const sha = revision ? `${revision.sha.slice(0, 12)}${revision.dirty ? ' with changes' : ''}` : 'unknown';
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`;
  const shown = Object.entries(parameters).map(([name, value]) => [name, parameterText(value)]);
  return html`<div class="columns">
    <div>${table([], [...shown, ['seed', String(seed)]])}</div>
    <div>
      ${table(
        [],
        [
          ['started', startedAt],
          ['machine', `${machine.cpus} × ${machine.model}, ${memory}`],
          ['platform', machine.platform],
          ['Node.js', versions.node],
          ['Kafka', versions.kafka],
          ['PostgreSQL', versions.postgres],
          ['revision', sha],
          ...Object.entries(versions.packages)
            .filter(([name]) => ['@nestjs/core', 'fastify', 'kafkajs', 'pg', 'typeorm', 'undici'].includes(name))
            .map(([name, version]) => [name, version]),
        ],
      )}
    </div>
  </div>`;
}

function parameterText(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
