/** Where an execution can be sent. */
export const MARKETS = ['paper', 'deribit', 'binance', 'okx', 'onchain'] as const;

/** Where an order can be: `internal` is where netting crosses them before they go on. */
export const VENUES = [...MARKETS, 'internal'] as const;
