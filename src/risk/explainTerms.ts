import { EXPLAIN_TERMS } from './scenarioResult.ts';

type Term = (typeof EXPLAIN_TERMS)[number];

/** What a position made between two markets, and what its Greeks in the first say of it, in the quote currency. */
export type Explained = Record<Term | 'profit', number>;
export const EXPLAINED = ['profit', ...EXPLAIN_TERMS] as const;

export function nothing(): Explained {
  return { profit: 0, delta: 0, gamma: 0, vega: 0, theta: 0, rho: 0, vanna: 0, volga: 0, charm: 0 };
}

/** So that profit = terms + what is answered here, to the rounding of one sum. */
export function unexplained(terms: Explained): number {
  return terms.profit - EXPLAIN_TERMS.reduce((sum, name) => sum + terms[name], 0);
}
