/**
 * Inputs of one fuzz test.
 *
 * @param normal what a run of all tests can afford; MILLRACE_FUZZ_RUNS asks for another number
 * @param most what can be asked for at most, where an input costs milliseconds
 */
export function fuzzRuns(normal: number, most: number = Infinity): number {
  return Math.min(Number(globalThis.process.env['MILLRACE_FUZZ_RUNS'] ?? normal), most)
}
