import { expect, it } from 'vitest';
import { faultsOf } from '../../../src/platform/problem.ts';
import { ScenariosInputSchema } from '../../../src/risk/scenarioModel.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const move = { spot: 0, vol: 0 };
const history = (given: object) => ({ valueAtRisk: { history: given } });
const many = (length: number) => Array.from({ length }, (_, i) => i / 1_000);
const HISTORY = '/valueAtRisk/history';

it.each<[string, object, string[]]>([
  ['a fall of everything', { ladders: { spot: [-1] } }, ['/ladders/spot/0']],
  ['a fall of more', { matrix: { spot: [0, -1.5], vol: [0] } }, ['/matrix/spot/1']],
  ['a fall in a scenario', { stress: { custom: [{ name: 'x', spot: -2, vol: 0 }] } }, ['/stress/custom/0/spot']],
  ['a fall in a history', history({ moves: [move, { ...move, spot: -1 }] }), [`${HISTORY}/moves/1/spot`]],
  ['time that runs back', { ladders: { time: [1, -1] } }, ['/ladders/time/1']],
  ['a ladder of nothing', { ladders: { vol: [] } }, ['/ladders/vol']],
  ['a ladder too long', { ladders: { vol: many(102) } }, ['/ladders/vol']],
  ['a matrix too large', { matrix: { spot: many(52), vol: many(51) } }, ['/matrix/vol']],
  ['a matrix of one axis', { matrix: { spot: [0] } }, ['/matrix/vol']],
  ['a volatility below nothing', { volMoves: 'relative', ladders: { vol: [-1, -1.1] } }, ['/ladders/vol/1']],
  ['a volatility beyond all', { volMoves: 'relative', ladders: { vol: [100, 101] } }, ['/ladders/vol/1']],
  [
    'volatilities below nothing everywhere',
    {
      volMoves: 'relative',
      matrix: { spot: [0], vol: [-2] },
      stress: { custom: [{ name: 'x', spot: 0, vol: -5 }] },
      ...history({ underlyings: [{ underlying: 'BTC', moves: [move, { spot: 0, vol: -3 }] }] }),
    },
    ['/matrix/vol/0', '/stress/custom/0/vol', `${HISTORY}/underlyings/0/moves/1/vol`],
  ],
  ['another unit of volatility', { volMoves: 'percent' }, ['/volMoves']],
  ['tenors that do not ascend', { vegaBuckets: { tenorDays: [30, 30] } }, ['/vegaBuckets/tenorDays']],
  ['a scenario that there is not', { stress: { names: ['1987'] } }, ['/stress/names/0']],
  ['a scenario twice', { stress: { names: ['ftx', 'ftx'] } }, ['/stress/names']],
  [
    'certainty',
    { valueAtRisk: { confidences: [1], history: { moves: [move, move] } } },
    ['/valueAtRisk/confidences/0'],
  ],
  ['no history', { valueAtRisk: {} }, [HISTORY]],
  ['a history of nothing', history({}), [HISTORY]],
  [
    'two histories',
    history({ moves: [move, move], snapshotIds: [ID, ID.replace('1', '2'), ID.replace('1', '3')] }),
    [HISTORY],
  ],
  ['one move', history({ moves: [move] }), [`${HISTORY}/moves`]],
  ['a snapshot twice', history({ snapshotIds: [ID, ID, ID] }), [`${HISTORY}/snapshotIds`]],
  [
    'histories of different length',
    history({
      underlyings: [
        { underlying: 'BTC', moves: [move, move] },
        { underlying: 'BTC', moves: [move, move, move] },
      ],
    }),
    [`${HISTORY}/underlyings/1/moves`, `${HISTORY}/underlyings/1/underlying`],
  ],
  ['an id that is none', { explain: { marketSnapshotId: 'x' } }, ['/explain/marketSnapshotId']],
  ['a field that there is not', { ladder: {} }, ['/ladder']],
])('%s', (_what, asked, pointers) => {
  const parsed = ScenariosInputSchema.safeParse(asked);
  expect(faultsOf(parsed.error!).map(({ pointer }) => pointer)).toEqual(pointers);
});

it('the largest that may be asked for is taken', () => {
  const steps = many(51);
  const moves = Array.from({ length: 1_000 }, () => move);
  const asked = { matrix: { spot: steps, vol: steps }, ladders: { spot: many(101) }, ...history({ moves }) };
  expect(ScenariosInputSchema.safeParse(asked).success).toBe(true);
});
