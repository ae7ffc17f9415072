import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { BacktestResult } from './resultModel.ts';

const SIZE = { width: 760, height: 460, marginLeft: 70, marginBottom: 45 };
const STYLE = { background: 'white', color: '#222', fontSize: '12px' };

/** What each strategy costs against the risk that it leaves; the efficient ones are joined. */
export function frontierSvg({ strategies }: BacktestResult): string {
  const points = strategies.map(({ name, cost, sd, efficient }) => ({
    name,
    cost: cost.value,
    sd: sd.value,
    efficient,
  }));
  const efficient = points.filter((point) => point.efficient).sort((a, b) => a.cost - b.cost);
  return svgOf({
    ...SIZE,
    grid: true,
    x: { label: 'Mean cost →' },
    y: { label: '↑ Standard deviation of profit' },
    marks: [
      Plot.line(efficient, { x: 'cost', y: 'sd', stroke: '#4269d0', strokeDasharray: '4,3' }),
      Plot.dot(points, {
        x: 'cost',
        y: 'sd',
        r: 5,
        fill: ({ efficient: is }: (typeof points)[number]) => (is ? '#4269d0' : '#bbb'),
      }),
      Plot.text(points, { x: 'cost', y: 'sd', text: 'name', dy: -11 }),
    ],
  });
}

/** How the profits of each strategy are distributed, one above the other. */
export function histogramsSvg({ strategies }: BacktestResult): string {
  const bars = strategies.flatMap(({ name, histogram: { from, width, counts } }) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count, i) => ({
      ...{ name, from: from + i * width, to: from + (i + 1) * width, density: width > 0 ? count / total / width : 0 },
    }));
  });
  return svgOf({
    ...SIZE,
    height: 80 + 110 * strategies.length,
    marginRight: 140,
    x: { label: 'Profit →' },
    y: { label: null, ticks: 2 },
    fy: { label: null, domain: strategies.map(({ name }) => name) },
    marks: [
      Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'density', fy: 'name', fill: '#4269d0', insetLeft: 0.5 }),
      Plot.ruleX(
        strategies.map(({ name, pnl }) => ({ name, mean: pnl.value })),
        { x: 'mean', fy: 'name', stroke: '#ff725c', strokeWidth: 2 },
      ),
      Plot.ruleY([0]),
    ],
  });
}

function svgOf(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const plot = Plot.plot({ ...options, style: STYLE, document: document as never });
  plot.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return plot.outerHTML;
}
