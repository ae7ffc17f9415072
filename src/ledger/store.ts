import type { Tx } from '../platform/database.ts';
import type { Trade } from './model.ts';

/** What an order traded into a version is posted once, whoever posts it how often. */
export async function insertTrades(
  tx: Tx,
  tenantId: string,
  portfolioId: string,
  trades: readonly Trade[],
  now: Date,
): Promise<void> {
  for (const trade of trades) {
    await tx.query(
      `INSERT INTO ledger_trade (order_id, tenant_id, portfolio_id, portfolio_version, symbol, terms, quantity, price,
         reference_price, half_spread_bps, fee, fee_currency, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (order_id, portfolio_version) DO NOTHING`,
      [
        trade.orderId,
        tenantId,
        portfolioId,
        trade.portfolioVersion,
        trade.instrument.symbol,
        JSON.stringify(trade.instrument.terms),
        trade.quantity,
        trade.price,
        trade.referencePrice,
        trade.halfSpreadBps,
        trade.fee,
        trade.feeCurrency,
        now,
      ],
    );
  }
}

export async function tradesOf(tx: Tx, portfolioId: string, versions: readonly number[]): Promise<Trade[]> {
  return tx.query<Trade>(
    `SELECT order_id AS "orderId", portfolio_version AS "portfolioVersion",
       json_build_object('symbol', symbol, 'terms', terms) AS instrument, quantity, price,
       reference_price AS "referencePrice", half_spread_bps AS "halfSpreadBps", fee, fee_currency AS "feeCurrency"
     FROM ledger_trade WHERE portfolio_id = $1 AND portfolio_version = ANY($2::integer[])
     ORDER BY portfolio_version, order_id`,
    [portfolioId, versions],
  );
}

/** The last version after one up to another that came of a trade, for each underlying. */
export async function lastTrades(
  tx: Tx,
  portfolioId: string,
  after: number,
  version: number,
): Promise<{ underlying: string; quote: string; version: number }[]> {
  return tx.query(
    `SELECT terms->>'underlying' AS underlying, terms->>'quote' AS quote, max(portfolio_version) AS version
     FROM ledger_trade WHERE portfolio_id = $1 AND portfolio_version > $2 AND portfolio_version <= $3 GROUP BY 1, 2`,
    [portfolioId, after, version],
  );
}
