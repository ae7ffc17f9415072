import type { BookRow, Holding, PositionMove } from './model.ts';
import { isInverseRow } from './rows.ts';

type Moved = BookRow & { averagePrice: number | null; from: number; to: number | null };

/**
 * What changed at a version, from the positions that began or ended at it. One that became another instrument is two moves; one
 * that only got another id is none: what is left over of an instrument is taken together.
 */
export function movesAt(version: number, rows: readonly Moved[]): PositionMove[] {
  const ended = rows.filter(({ to }) => to === version);
  const begun = new Map(rows.filter(({ from }) => from === version).map((row) => [keyOf(row), row]));
  const changed = ended.map((row) => {
    const next = begun.get(keyOf(row));
    begun.delete(keyOf(row));
    return moveOf(version, row, holdingOf(row), next ? holdingOf(next) : null);
  });
  const opened = [...begun.values()].map((row) => moveOf(version, row, null, holdingOf(row)));
  const lost = changed.filter(({ after }) => after === null);
  const kept = changed.filter(({ after }) => after !== null);
  return [...kept, ...together(version, lost, opened)].filter(({ before, after }) => before?.size !== after?.size);
}

/** Positions that ended and began under other ids: one move for each instrument of which there are both. */
function together(version: number, lost: readonly PositionMove[], opened: readonly PositionMove[]): PositionMove[] {
  const renamed = new Set(
    lost.map(({ row }) => row.symbol).filter((symbol) => opened.some(({ row }) => row.symbol === symbol)),
  );
  const isApart = ({ row }: PositionMove) => !renamed.has(row.symbol);
  const joined = [...renamed].map((symbol): PositionMove => {
    const [ended, begun] = [lost, opened].map((moves) => moves.filter(({ row }) => row.symbol === symbol)) as [
      PositionMove[],
      PositionMove[],
    ];
    const before = sumOf(
      ended.map((move) => move.before!),
      ended[0]!.row,
    );
    return {
      version,
      row: ended[0]!.row,
      before,
      after: sumOf(
        begun.map((move) => move.after!),
        ended[0]!.row,
      ),
    };
  });
  return [...lost.filter(isApart), ...opened.filter(isApart), ...joined];
}

/** Sizes add up, and average prices by size; those of inverse contracts by coins. What is not known of a part is not known of all. */
function sumOf(holdings: readonly Holding[], row: BookRow): Holding {
  const size = holdings.reduce((sum, holding) => sum + holding.size, 0);
  const isCoins = isInverseRow(row);
  const weighted = holdings.reduce(
    (sum, { size: each, averagePrice }) =>
      sum + (isCoins ? each / (averagePrice ?? NaN) : each * (averagePrice ?? NaN)),
    0,
  );
  const price = isCoins ? size / weighted : weighted / size;
  return { size, averagePrice: Number.isFinite(price) && price >= 0 ? price : null };
}

function keyOf({ positionId, symbol }: Moved): string {
  return `${symbol} ${positionId}`;
}

function holdingOf({ quantity, multiplier, averagePrice }: Moved): Holding {
  return { size: quantity * multiplier, averagePrice };
}

function moveOf(version: number, moved: Moved, before: Holding | null, after: Holding | null): PositionMove {
  const { averagePrice: _price, from: _from, to: _to, ...row } = moved;
  return { version, row: { ...row, quantity: 1, multiplier: 1 }, before, after };
}
