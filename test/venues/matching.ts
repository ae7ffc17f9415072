import { exact, decimalText } from '../../src/platform/decimal.ts';
import type { Clock } from '../../src/platform/clock.ts';

// A matching engine: price levels on both sides of each book, price-time priority against them, immediate-or-cancel and resting
// orders. Amounts are in the unit of the venue.

type Level = [price: string, amount: string];

export interface Match {
  id: string;
  price: string;
  amount: string;
  at: number;
}

export interface EngineOrder {
  id: string;
  account: string;
  instrument: string;
  side: 'buy' | 'sell';
  amount: string;
  price: string;
  clientId: string;
  state: 'open' | 'filled' | 'cancelled';
  filled: string;
  matches: Match[];
  createdAt: number;
  endedAt: number | null;
}

export interface NewOrder {
  account: string;
  instrument: string;
  side: 'buy' | 'sell';
  amount: string;
  price: string;
  clientId: string;
  ioc: boolean;
}

export type Matching = ReturnType<typeof createMatching>;

export function createMatching(clock: Clock) {
  const books = new Map<string, { bids: Level[]; asks: Level[] }>();
  const orders: EngineOrder[] = [];
  let serial = 1_000;
  const now = () => clock.now().getTime();

  const match = (order: EngineOrder, price: string, amount: string): void => {
    order.matches.push({ id: String(++serial), price, amount, at: now() });
    order.filled = decimalText(exact(order.filled).plus(amount));
    if (exact(order.filled).gte(order.amount)) end(order, 'filled');
  };

  const end = (order: EngineOrder, state: 'filled' | 'cancelled'): void => {
    order.state = state;
    order.endedAt = now();
  };

  const take = (order: EngineOrder, levels: Level[]): void => {
    const sign = order.side === 'buy' ? 1 : -1;
    while (order.state === 'open' && levels[0] && exact(levels[0][0]).minus(order.price).mul(sign).lte(0)) {
      const [price, offered] = levels[0];
      const left = exact(order.amount).minus(order.filled);
      const amount = left.lt(offered) ? left : exact(offered);
      match(order, price, decimalText(amount));
      const rest = exact(offered).minus(amount);
      if (rest.isZero()) levels.shift();
      else levels[0] = [price, decimalText(rest)];
    }
  };

  return {
    orders,

    /** Sets the book of an instrument. Best levels first. */
    quote(instrument: string, bids: Level[], asks: Level[]): void {
      books.set(instrument, { bids: [...bids], asks: [...asks] });
    },

    place({ ioc, ...asked }: NewOrder): EngineOrder {
      const id = String(++serial);
      const order: EngineOrder = {
        ...{ ...asked, id, state: 'open', filled: '0', matches: [], createdAt: now(), endedAt: null },
      };
      orders.push(order);
      const book = books.get(order.instrument) ?? { bids: [], asks: [] };
      take(order, order.side === 'buy' ? book.asks : book.bids);
      if (ioc && order.state === 'open') end(order, 'cancelled');
      return order;
    },

    /** False where it was not open. */
    cancel(order: EngineOrder): boolean {
      if (order.state !== 'open') return false;
      end(order, 'cancelled');
      return true;
    },

    /** A match that the venue tells of late: after the order was filled or canceled as far as anybody knew. */
    late(order: EngineOrder, price: string, amount: string): void {
      match(order, price, amount);
    },

    /** Every order that was ever taken under the id: what must be one. */
    taken(clientId: string): EngineOrder[] {
      return orders.filter((order) => order.clientId === clientId);
    },
  };
}
