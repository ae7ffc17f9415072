import { decimalText, exact, type Exact } from '../platform/decimal.ts';
import { MAX_FAULTS } from '../platform/problem.ts';
import type { MarketView } from '../market/service.ts';
import type { BookRow } from '../portfolios/model.ts';
import { addExplained, lineOf, openAccount, sumAccounts, type Account } from './account.ts';
import type { Ledger, Trade } from './model.ts';
import type { Marker, Reason } from './ports.ts';
import type { Stop } from './timeline.ts';
import { outcomeOf, type Booked } from './trades.ts';

const FUNDING_PERIOD_MS = 8 * 3_600_000;

/** Gathers the accounts of every underlying, stop by stop. */
export class LedgerRun {
  private readonly accounts = new Map<string, { underlying: string; quote: string; account: Account }>();
  private readonly failures: Ledger['failures'] = [];
  private readonly marker: Marker;
  private readonly unpriced = new Map<string, Exact>();
  private unvalued = 0;
  private trades = 0;
  private atMark = 0;
  private unfunded = 0;

  constructor(marker: Marker) {
    this.marker = marker;
  }

  /** What was held from one mark to the next. */
  async addPeriod(rows: readonly BookRow[], before: MarketView, after: MarketView): Promise<void> {
    const alive = rows.filter(({ expiryMs }) => expiryMs === null || expiryMs > before.asOf.getTime());
    const outcomes = await this.marker.explain(alive, before, after);
    alive.forEach((row, i) => {
      const outcome = outcomes[i]!;
      if ('code' in outcome) return this.fail(row, after, outcome);
      const account = this.accountOf(row);
      if (isHedge(row)) account.hedges += outcome.profit;
      else addExplained(account, outcome);
      if (row.kind === 'perpetual') account.funding += this.fundingOf(row, before, after);
    });
  }

  async addTrades(booked: readonly Booked[], view: MarketView): Promise<void> {
    const marks = await this.marker.mark(
      booked.map(({ row }) => row),
      view,
    );
    booked.forEach((each, i) => {
      const mark = marks[i]!;
      if ('code' in mark) return mark.code === 'expired' ? undefined : this.fail(each.row, view, mark);
      this.trades += 1;
      if (each.price === undefined) this.atMark += 1;
      const priceOf = (currency: string) => view.underlying(currency, each.row.quote)?.spot.mark;
      const { profit, premium, fees, spread, impact } = outcomeOf(each, mark, priceOf);
      const account = this.accountOf(each.row);
      if (isHedge(each.row)) account.hedges += profit;
      else account.optionTrades += profit;
      account.premium += premium;
      if (fees === undefined) this.addUnpriced(each.trade!);
      else account.fees += fees;
      account.spread += spread;
      account.impact += impact;
    });
  }

  async addValue(rows: readonly BookRow[], view: MarketView, into: 'opening' | 'closing'): Promise<void> {
    const marks = await this.marker.mark(rows, view);
    rows.forEach((row, i) => {
      const mark = marks[i]!;
      if (!('code' in mark)) this.accountOf(row)[into] += mark.value;
      else if (mark.code !== 'expired') this.fail(row, view, mark);
    });
  }

  report(stops: readonly Stop[]): Omit<Ledger, 'portfolioId'> {
    const [first, last] = [stops[0]!, stops.at(-1)!];
    const told = ({ mark, held }: Stop) => ({
      ...{ marketSnapshotId: mark.id, asOf: mark.asOf.toISOString(), portfolioVersion: held ?? null },
    });
    const lines = [...this.accounts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
    const currencies = [...new Set(lines.map(({ quote }) => quote))];
    return {
      from: told(first),
      to: told(last),
      marks: stops.length,
      trades: this.trades,
      cash: currencies.map((currency) => {
        const same = lines.filter(({ quote }) => quote === currency).map(({ account }) => account);
        return { currency, ...lineOf(sumAccounts(same)) };
      }),
      underlyings: lines.map(({ underlying, quote, account }) => ({ underlying, quote, ...lineOf(account) })),
      unpricedFees: [...this.unpriced].map(([currency, amount]) => ({ amount: decimalText(amount), currency })),
      unvalued: this.unvalued,
      failures: this.failures,
      assumptions: this.assumptions(),
    };
  }

  private assumptions(): string[] {
    return [
      ...(this.atMark > 0
        ? [`${this.atMark} changes of positions tell no price (averagePrice); they are booked at the mark`]
        : []),
      ...(this.unfunded > 0
        ? [
            `${this.unfunded} times a perpetual was held from a snapshot without a fundingRate; its funding is taken as 0`,
          ]
        : []),
    ];
  }

  /** Received, in the quote currency, at the rate of the first mark. */
  private fundingOf(row: BookRow, before: MarketView, after: MarketView): number {
    const { perpetual } = before.underlying(row.underlying, row.quote)!;
    if (perpetual?.fundingRate === undefined) {
      this.unfunded += 1;
      return 0;
    }
    const size = row.quantity * row.multiplier;
    const notional = row.settlement === 'inverse' ? size : size * perpetual.mark;
    const periods = (after.asOf.getTime() - before.asOf.getTime()) / FUNDING_PERIOD_MS;
    return 0 - notional * perpetual.fundingRate * periods;
  }

  private addUnpriced({ fee, feeCurrency }: Trade): void {
    this.unpriced.set(feeCurrency, (this.unpriced.get(feeCurrency) ?? exact(0)).plus(fee));
  }

  private fail({ positionId }: BookRow, { id }: MarketView, reason: Reason): void {
    this.unvalued += 1;
    if (this.failures.length < MAX_FAULTS) this.failures.push({ positionId, marketSnapshotId: id, ...reason });
  }

  private accountOf({ underlying, quote }: BookRow): Account {
    const key = `${underlying}/${quote}`;
    const known = this.accounts.get(key) ?? { underlying, quote, account: openAccount() };
    this.accounts.set(key, known);
    return known.account;
  }
}

function isHedge({ kind }: BookRow): boolean {
  return kind !== 'option' && kind !== 'liquidity';
}
