/** What became of a wait: it `settled`, one way or the other, or time was `up`. The work itself goes on. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<'settled' | 'up'> {
  let timer: NodeJS.Timeout | undefined
  const up = new Promise<'up'>((resolve) => {
    timer = setTimeout(() => resolve('up'), ms)
  })
  const settled = work.then(
    () => 'settled' as const,
    () => 'settled' as const,
  )
  try {
    return await Promise.race([settled, up])
  } finally {
    clearTimeout(timer)
  }
}
