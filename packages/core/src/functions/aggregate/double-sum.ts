/**
 * A sum of doubles with a compensation for what each addition rounds away (Neumaier). Once the sum is infinite or NaN it stays what
 * IEEE 754 makes of it and the compensation, which would be NaN, is left alone.
 */
export interface DoubleSum {
  sum: number
  compensation: number
}

export function emptyDoubleSum(): DoubleSum {
  return { sum: 0, compensation: 0 }
}

export function addToDoubleSum(state: DoubleSum, value: number): void {
  const sum = state.sum + value
  if (Number.isFinite(sum)) state.compensation += Math.abs(state.sum) >= Math.abs(value) ? state.sum - sum + value : value - sum + state.sum
  state.sum = sum
}

export function mergeDoubleSum(state: DoubleSum, other: DoubleSum): void {
  addToDoubleSum(state, other.sum)
  state.compensation += other.compensation
}

export function totalOfDoubleSum(state: DoubleSum): number {
  return Number.isFinite(state.sum) ? state.sum + state.compensation : state.sum
}
