import { sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'

describeKafka('the broker that test files share', () => {
  it('keeps keys, headers, timestamps and tombstones of what is written', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('kept'), { partitions: 3 })
    const sent = await kafka.produce(topic, [
      { key: 'ada', value: 'one', partition: 1, timestamp: 1_700_000_000_000, headers: [['source', 'test'], ['none', null]] },
      { key: 'ada', value: null, partition: 1 },
      { value: '', partition: 2 },
    ])
    expect(sent).toEqual([{ partition: 1, offset: 0 }, { partition: 1, offset: 1 }, { partition: 2, offset: 0 }])
    expect(await kafka.offsets(topic)).toEqual([0, 2, 1])
    const [first, second, third] = await kafka.consume(topic)
    expect(first).toMatchObject({ partition: 1, offset: 0, timestamp: 1_700_000_000_000, timestampType: 'CreateTime' })
    expect([first!.key?.toString(), first!.value?.toString()]).toEqual(['ada', 'one'])
    expect(first!.headers.map(([name, value]) => [name, value?.toString() ?? null])).toEqual([['source', 'test'], ['none', null]])
    expect([second!.key?.toString(), second!.value, third!.key, third!.value?.length]).toEqual(['ada', null, null, 0])
  })

  it('shows committed transactions alone to those who ask for it', async () => {
    const kafka = await sharedKafka()
    const topic = await kafka.createTopic(kafka.uniqueName('transactions'))
    const config = { 'transactional.id': kafka.uniqueName('writer') }
    await kafka.produce(topic, [{ value: 'kept' }], { config, transaction: 'commit' })
    await kafka.produce(topic, [{ value: 'gone' }], { config, transaction: 'abort' })
    expect((await kafka.consume(topic)).map(({ value }) => value?.toString())).toEqual(['kept'])
    expect((await kafka.consume(topic, { isolation: 'read_uncommitted' })).map(({ value }) => value?.toString())).toEqual(['kept', 'gone'])
  })
})

/** `npm run seeds:kafka` looks at what takes longer. */
const isLong = process.env['MILLRACE_KAFKA_FAULTS'] === 'all'

/** The process looks for its owner twice a second. */
const GONE_MS_MAX = 10_000

describeKafka('a broker of a process that is killed', () => {
  it.runIf(isLong)('ends by itself, and leaves nothing behind', async () => {
    const program = `
      import { startKafka } from '@millrace/test-kafka'
      const kafka = await startKafka()
      console.log(JSON.stringify({ pid: kafka.brokers[0].process.pid, folder: kafka.folder }))
      setInterval(() => {}, 1000)`
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise<string>((resolve) => createInterface({ input: owner.stdout }).once('line', resolve))
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string }
    expect([runs(pid), existsSync(folder)]).toEqual([true, true])
    owner.kill('SIGKILL')
    for (const until = Date.now() + GONE_MS_MAX; Date.now() < until && (runs(pid) || existsSync(folder));) await sleep(50)
    expect([runs(pid), existsSync(folder)]).toEqual([false, false])
  })
})

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
