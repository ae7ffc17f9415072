import type { BookRow, Holding, PositionMove } from './model.ts';

type Moved = BookRow & { symbol: string; averagePrice: number | null; from: number; to: number | null };

/** What changed at a version, from the positions that began or ended at it. One that became another instrument is two moves. */
export function movesAt(version: number, rows: readonly Moved[]): PositionMove[] {
  const ended = rows.filter(({ to }) => to === version);
  const begun = new Map(rows.filter(({ from }) => from === version).map((row) => [keyOf(row), row]));
  const changed = ended.map((row) => {
    const next = begun.get(keyOf(row));
    begun.delete(keyOf(row));
    return moveOf(version, row, holdingOf(row), next ? holdingOf(next) : null);
  });
  const opened = [...begun.values()].map((row) => moveOf(version, row, null, holdingOf(row)));
  return [...changed, ...opened].filter(({ before, after }) => before?.size !== after?.size);
}

function keyOf({ positionId, symbol }: Moved): string {
  return `${symbol} ${positionId}`;
}

function holdingOf({ quantity, multiplier, averagePrice }: Moved): Holding {
  return { size: quantity * multiplier, averagePrice };
}

function moveOf(version: number, moved: Moved, before: Holding | null, after: Holding | null): PositionMove {
  const { symbol, averagePrice: _price, from: _from, to: _to, ...row } = moved;
  return { version, symbol, row: { ...row, quantity: 1, multiplier: 1 }, before, after };
}
