import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { histogramsCsv, strategiesCsv } from '../../../src/simulation/csv.ts';
import { result, strategy } from './results.ts';

const read = (csv: string) => parse(csv, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[];

describe('a row a strategy', () => {
  it('has every number as it was, and nothing where there is none', () => {
    const [row] = read(
      strategiesCsv(result([strategy('weekly', { pnl: { value: 0.1 + 0.2, standardError: 1e-21 } })])),
    );
    expect(row).toMatchObject({
      ...{
        name: 'weekly',
        policy: 'interval',
        efficient: 'true',
        pnl: '0.30000000000000004',
        pnlStandardError: '1e-21',
      },
      ...{ performance: '', performanceStandardError: '', cvar: '7', cvarStandardError: '', 'quantile0.05': '-6' },
      ...{ maxDrawdown: '', mean_delta: '0', mean_funding: '12' },
    });
  });

  it('has a column of every number that any strategy has', () => {
    const certain = [{ riskAversion: 2, value: -4, standardError: 1 }];
    const rows = read(strategiesCsv(result([strategy('a'), strategy('b', { certaintyEquivalents: certain })])));
    expect(rows.map((row) => row['certaintyEquivalent2'])).toEqual(['', '-4']);
  });
});

describe('a name', () => {
  it.each([
    ['a comma', 'a,b', '"a,b"'],
    ['quotes', 'the "best"', '"the ""best"""'],
    ['a line break', 'a\nb', '"a\nb"'],
    ['a formula', '=1+2', "'=1+2"],
    ['a plus', '+1', "'+1"],
    ['a minus', '-1', "'-1"],
    ['an at', '@SUM(A1)', "'@SUM(A1)"],
    ['a tab', '\t=1', "'\t=1"],
    ['a formula with a comma', '=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ])('with %s is written so that it stays text', (_what, name, written) => {
    const csv = strategiesCsv(result([strategy(name)]));
    expect(csv.split('\r\n')[1]!.startsWith(`${written},interval`)).toBe(true);
    expect(read(csv)[0]!['name']!.replace(/^'/, '')).toBe(name);
  });
});

it('numbers below zero stay numbers', () => {
  expect(read(strategiesCsv(result([strategy('a')])))[0]).toMatchObject({ pnl: '-1', worst: '-8' });
});

it('a row a bin, from its lower end to its upper one', () => {
  expect(histogramsCsv(result([strategy('a'), strategy('b, c')]))).toBe(
    'name,from,to,count\r\na,-1,-0.5,1\r\na,-0.5,0,3\r\n"b, c",-1,-0.5,1\r\n"b, c",-0.5,0,3\r\n',
  );
});

it('without strategies there is a header line of nothing', () => {
  expect(strategiesCsv(result([]))).toBe('\r\n');
});
