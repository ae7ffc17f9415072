import { describe, expect, it } from 'vitest';
import { frontierSvg, histogramsSvg } from '../../../src/simulation/plots.ts';
import { result, strategy } from './results.ts';

/** The names of the elements; throws where tags do not match or text is not escaped. */
function elementsOf(svg: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [token] of svg.matchAll(/<[^>]*>|[^<]+/g)) {
    const tag = /^<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>$/.exec(token);
    if (!tag) {
      if (token.startsWith('<') || /&(?!(?:amp|lt|gt|quot|#\d+|#x[\da-f]+);)/i.test(token)) throw new Error(token);
      continue;
    }
    const [, closes, name, , isEmpty] = tag;
    if (closes && open.pop() !== name) throw new Error(`${token} closes nothing`);
    if (!closes) names.push(name!);
    if (!closes && !isEmpty) open.push(name!);
  }
  if (open.length > 0) throw new Error(`${open.join()} stays open`);
  return names;
}

const estimate = (value: number) => ({ value, standardError: null });
const at = (name: string, cost: number, sd: number, efficient = true) =>
  strategy(name, { cost: estimate(cost), sd: estimate(sd), efficient });
const count = (names: string[], name: string) => names.filter((each) => each === name).length;

describe.each([
  ['the frontier', frontierSvg],
  ['the histograms', histogramsSvg],
])('%s', (_what, plot) => {
  it('is one SVG element with the names of the strategies', () => {
    const svg = plot(result([at('weekly', 1, 2), at('band', 2, 1)]));
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(count(elementsOf(svg), 'svg')).toBe(1);
    for (const name of ['weekly', 'band']) expect(svg).toContain(`>${name}<`);
    expect(svg).not.toContain('NaN');
  });

  it('takes names for text, whatever is in them', () => {
    const svg = plot(result([at('<script>alert(1)</script> & "co"', 1, 2)]));
    expect(elementsOf(svg)).not.toContain('script');
    expect(svg).toContain('&lt;script');
  });

  it('is drawn of one strategy that made the same on every path', () => {
    const svg = plot(result([strategy('still', { histogram: { from: 1, width: 0, counts: [4] }, sd: estimate(0) })]));
    elementsOf(svg);
    expect(svg).not.toContain('NaN');
  });
});

it('a dot for every strategy, and a line through the efficient ones', () => {
  const svg = frontierSvg(result([at('a', 1, 3), at('b', 2, 1), at('c', 3, 3, false)]));
  expect(count(elementsOf(svg), 'circle')).toBe(3);
  const dashed = /<g [^>]*stroke-dasharray="4,3"[^>]*><path d="M[^"]*L[^"]*"/;
  expect(svg).toMatch(dashed);
});

it('a bar for every bin', () => {
  const bars = [...histogramsSvg(result([at('a', 1, 2), at('b', 1, 2)])).matchAll(/<rect /g)];
  expect(bars).toHaveLength(4);
});
