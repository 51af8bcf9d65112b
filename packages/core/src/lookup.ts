/**
 * A table of names that are asked for by names of the user's: it has no prototype, so that `constructor`, `toString` and `__proto__` are
 * not in it.
 */
export function lookup<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.freeze(Object.assign(Object.create(null) as Record<string, T>, entries))
}
