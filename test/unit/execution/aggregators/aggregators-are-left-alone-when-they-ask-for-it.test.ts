import { describe, expect, it } from 'vitest';
import { AT, NAMES, startAggregatorStage } from '../../../venues/aggregators/stage.ts';

const later = (ms: number) => new Date(new Date(AT).getTime() + ms);

describe.each(NAMES)('%s', (name) => {
  it.each([
    ['as long as it says', { 'retry-after': '7' }, 7_000],
    ['a second where it does not say', {}, 1_000],
    ['a minute at most', { 'retry-after': '86400' }, 60_000],
    ['a second where it cannot be read', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 1_000],
  ])('%s', async (_how, headers, ms) => {
    const stage = await startAggregatorStage(name);
    stage.server.fault = { on: '', does: { status: 429, body: {}, headers: headers as Record<string, string> } };
    expect(await stage.failure()).toMatchObject({ code: 'rate_limited' });
    stage.server.fault = undefined;
    const calls = stage.server.asked.length;
    stage.clock.set(later(ms - 1));
    expect(await stage.failure()).toMatchObject({ code: 'rate_limited' });
    expect(stage.server.asked).toHaveLength(calls);
    stage.clock.set(later(ms));
    expect((await stage.quote()).amountOut).toBe(3_000_000n);
    await stage.close();
  });
});
