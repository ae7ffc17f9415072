/** Prices are told after each of `steps` >= 1 equal steps of `stepYears` > 0. */
export interface PathGrid {
  readonly stepYears: number;
  readonly steps: number;
}

/** Columns of one block: the value of path i after step k (from 0) at `[k * PATH_BLOCK + i]`. */
export interface PathColumns {
  readonly prices: Float64Array;
  /** Variance per year; of Heston's and Bates' model only. */
  readonly variances: Float64Array;
  /** Normals of each factor, of which the model uses as many as it needs. */
  readonly factors: readonly Float64Array[];
}
