import { expect, it } from 'vitest';
import { analysisOf, type AnalysisRow } from '../../../src/risk/store.ts';
import { valueBook } from '../../support/books.ts';
import { listedMarket } from './markets.ts';

it('are read as results without any', async () => {
  const { scenarios: _none, ...result } = await valueBook(listedMarket(), []);
  const row = { id: 'x', status: 'succeeded', result } as Partial<AnalysisRow> as AnalysisRow;
  expect(analysisOf(row).result).toEqual({ ...result, scenarios: null });
  expect(analysisOf({ ...row, result: null }).result).toBeNull();
});
