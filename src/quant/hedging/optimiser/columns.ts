/** First column of each kind, of a programme over k candidates: k each of buy, sell, impact, buys and sells. */
export interface Layout {
  readonly buy: number;
  readonly sell: number;
  /** Impact cost, in units of that of the candidate's size. */
  readonly impact: number;
  /** Risk coordinates, and what is at least their squares. */
  readonly coordinate: number;
  readonly square: number;
  /** Two of each constraint that may give way: over it, under it. */
  readonly violation: number;
  /** Whether there is an order to buy, to sell; none where orders are not counted. */
  readonly buys: number;
  readonly sells: number;
  readonly count: number;
}
