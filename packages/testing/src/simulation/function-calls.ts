/** What happens around a call of a user function whose result is a promise. */
export type Watch = (result: Promise<unknown>) => Promise<unknown>

/** The export of a module, with its asynchronous calls watched. */
export function watched(exported: unknown, watch: Watch): unknown {
  const around = (call: (...args: unknown[]) => unknown) => (...args: unknown[]): unknown => {
    const result = call(...args)
    return result instanceof Promise ? watch(result) : result
  }
  if (typeof exported === 'function') return around(exported as (...args: unknown[]) => unknown)
  if (typeof exported !== 'object' || exported === null || !('eval' in exported)) return exported
  const { eval: evaluate } = exported as { eval: (...args: unknown[]) => unknown }
  return { ...exported, eval: around((...args) => evaluate.apply(exported, args)) }
}
