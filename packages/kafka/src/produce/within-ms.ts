/** Waits for something that need not be waited for to its end, such as a broker's last answer when everything is being closed. */
export async function withinMs(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work.then(() => {}, () => {}), limit])
  clearTimeout(timer)
}
