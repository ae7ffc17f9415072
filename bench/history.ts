import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { openKernel } from '../src/quant/kernel/kernel.ts';
import { frontierSvg } from '../src/simulation/plots.ts';
import { historySections } from './historyTable.ts';
import { HISTORY_FOLDER } from './recordedStrangle.ts';
import { frontierSections, simulatedFrontier } from './simulatedFrontier.ts';

// npm run history                the tables of docs/backtests.md, on the terminal
// npm run history -- --write     into the page, between its markers, and the picture beside it
// Seeded, and of recorded markets: the numbers are the same on every machine, to the last bit or two of what is not shown.

const DOCS = join(import.meta.dirname, '../docs');
const PAGE = join(DOCS, 'backtests.md');
const PICTURE = join(DOCS, 'frontier.svg');

function between(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: made by npm run history -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for ${name}`);
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`;
}

const frontier = simulatedFrontier(30, 1);
const shorter = [14, 7].map((days) => simulatedFrontier(days, 1));
const sections = frontierSections(frontier, simulatedFrontier(30, 8), shorter);
const parts = new Map([['frontier', sections.join('\n\n')]]);
if (existsSync(HISTORY_FOLDER)) parts.set('history', historySections(openKernel()).join('\n\n'));
else console.warn(`skipped: the recorded chains are not here (${HISTORY_FOLDER})`);
for (const text of parts.values()) console.log(`${text}\n`);
if (process.argv.includes('--write')) {
  const page = [...parts].reduce((text, [name, part]) => between(text, name, part), readFileSync(PAGE, 'utf8'));
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
  writeFileSync(PICTURE, `${frontierSvg(frontier.result)}\n`);
}
