import type { Kernel } from './contract.ts';
import type { KernelExports } from './instance.ts';
import type { RowTable } from './rowSums.ts';
import type { Stage } from './stage.ts';

/** Row sums by the module. Lines are copied for every call, a table once for as long as it is asked for again and again. */
export function vectorRowSums(exports: KernelExports, { arena, space }: Stage): Kernel['rowSums'] {
  let laid: { table: RowTable; rows: Float64Array } | undefined;

  const rowsOf = (table: RowTable): Float64Array => {
    if (laid?.table === table) return laid.rows;
    const { rows: given } = table;
    if (laid && laid.rows.length < given.length) arena.free(laid.rows);
    const rows = laid && laid.rows.length >= given.length ? laid.rows : arena.allocate(given.length);
    rows.set(given);
    laid = { table, rows };
    return rows;
  };

  return (table, { places, sizes, gross }, runs) => {
    const { width, split } = table;
    const count = places.length;
    const [runCount, pairs] = [runs.length / 2, Math.ceil(count / 2)];
    const rows = rowsOf(table);
    const room = space(2 * count + pairs + runCount * (1 + width));
    const [ofSizes, ofGross, ofPlaces, ofRuns] = [0, count, 2 * count, 2 * count + pairs];
    const ofSums = ofRuns + runCount;
    room.set(sizes, ofSizes);
    room.set(gross, ofGross);
    const words = new Int32Array(room.buffer, room.byteOffset, 2 * ofSums);
    words.set(places, 2 * ofPlaces);
    words.set(runs, 2 * ofRuns);
    room.fill(0, ofSums, ofSums + runCount * width);
    const at = (index: number) => room.byteOffset + 8 * index;
    exports.rowSums(
      rows.byteOffset,
      8 * width,
      8 * split,
      at(ofPlaces),
      at(ofSizes),
      at(ofGross),
      at(ofRuns),
      runCount,
      at(ofSums),
    );
    return room.slice(ofSums, ofSums + runCount * width);
  };
}
