import { afterEach, expect, it } from 'vitest';
import type { DeadManVenue } from '../../../../src/execution/exchanges/exchangeVenue.ts';
import { binanceVenue } from '../../../../src/execution/venues/binance.ts';
import { okxVenue } from '../../../../src/execution/venues/okx.ts';
import { startStage, type ExchangeStage } from '../../../venues/stage.ts';

let stage: ExchangeStage;
afterEach(() => stage.close());

it('OKX: for the account, in whole seconds; what it does not take is an error', async () => {
  stage = await startStage('okx');
  const venue: DeadManVenue = stage.open(okxVenue);
  const { tenantId, accountId } = stage.order();
  await venue.armDeadMan({ tenantId, accountId: accountId! }, 60);
  expect(JSON.parse(stage.wire.requests.at(-1)!.body)).toEqual({ timeOut: '60' });
  await expect(venue.armDeadMan({ tenantId, accountId: accountId! }, 5)).rejects.toThrow('timeOut');
});

it('Binance: for every instrument in which the account has open orders', async () => {
  stage = await startStage('binance');
  const venue: DeadManVenue = stage.open(binanceVenue);
  const { tenantId, accountId } = stage.order();
  for (const instrument of ['BTCUSDT', 'BTCUSDT_261225', 'BTCUSDT'])
    stage.engine.place({
      account: accountId!,
      instrument,
      side: 'buy',
      amount: '1',
      price: '5',
      clientId: instrument,
      ioc: false,
    });
  await venue.armDeadMan({ tenantId, accountId: accountId! }, 120);
  const armed = stage.wire.requests.filter(({ path }) => path.endsWith('countdownCancelAll'));
  const asked = armed.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(asked).toMatchObject([
    { symbol: 'BTCUSDT', countdownTime: '120000' },
    { symbol: 'BTCUSDT_261225', countdownTime: '120000' },
  ]);
});
