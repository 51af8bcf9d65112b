import { describe, expect, it } from 'vitest'
import { DOUBLE, INT, STRING } from '../types/data-type.js'
import { column, decodeMessages } from './decode.test.kit.js'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const trades = [column('symbol', STRING), column('price', DOUBLE)]
const trade = (i: number): string => `{"symbol":"S${i % 7}","price":${i / 4},"quantity":${i}}`

describe('a decoder of messages', () => {
  it('reads them in generated code, which compares their ends', () => {
    const messages = Array.from({ length: 500 }, (_, i) => bytes(trade(i)))
    const { rows, decoder, messageOfRow } = decodeMessages('json', messages, { columns: trades, slack: 4096 })
    expect(rows).toEqual(Array.from({ length: 500 }, (_, i) => [`S${i % 7}`, i / 4]))
    expect(messageOfRow).toEqual(Array.from({ length: 500 }, (_, i) => i))
    expect(decoder.program!.source).toContain('if (p !== limit) break record')
  })

  it('says which message a row came from where others are filtered or fail', () => {
    const messages = Array.from({ length: 300 }, (_, i) => bytes(i % 50 === 7 ? '{"symbol":' : trade(i)))
    for (const compile of [true, false]) {
      const { rows, failures, filtered, messageOfRow } = decodeMessages('json', messages,
        { columns: trades, filter: [{ column: 0, op: '=', values: ['S3'] }], compile, batchRows: 16 })
      expect(messageOfRow).toEqual(Array.from({ length: 300 }, (_, i) => i).filter((i) => i % 7 === 3 && i % 50 !== 7))
      expect(failures.map(({ position }) => position)).toEqual([7, 57, 107, 157, 207, 257])
      expect(rows.length + failures.length + filtered).toBe(300)
    }
  })

  it('does not take what follows a message for a part of it', () => {
    const messages = Array.from({ length: 40 }, () => bytes('{"symbol":"A","price":1')).concat(Array.from({ length: 40 }, () => bytes('{"symbol":"A","price":1}')))
    const { rows, failures } = decodeMessages('json', messages, { columns: trades, between: bytes('}'), slack: 4096 })
    expect(failures).toHaveLength(40)
    expect(rows).toEqual(Array.from({ length: 40 }, () => ['A', 1]))
  })

  it('goes over long strings that nobody wants, with escapes and control characters in them or without an end', () => {
    const long = 'x'.repeat(200)
    const notes = [long, `${long}\\"${long}`, '\\\\', `${long}\\\\`, `\n${long}\n`, `${'y'.repeat(31)}`, `${'y'.repeat(32)}`, `${'y'.repeat(33)}`, 'short']
    const messages = Array.from({ length: 200 }, (_, i) => bytes(`{"symbol":"S${i % 7}","note":"${i % 40 === 39 ? '' : notes[i % notes.length]}","price":${i}${i % 50 === 49 ? '' : '}'}`))
    messages.push(bytes(`{"symbol":"S","note":"${long}`), bytes(`{"symbol":"S","note":"${long}","price":1}`))
    const [generated, general] = [true, false].map((compile) => decodeMessages('json', messages, { columns: trades, compile, slack: 4096 }))
    expect(generated!.rows).toEqual(general!.rows)
    expect(generated!.rows).toHaveLength(197)
    expect(generated!.failures).toEqual(general!.failures)
    expect(generated!.failures.map(({ position }) => position)).toEqual([49, 99, 149, 199, 200])
  })

  it('refuses empty messages, in csv of one column too a field', () => {
    expect(decodeMessages('json', [bytes(''), bytes(' ')], { columns: trades }).failures.map(({ message }) => message)).toEqual(['the message is empty', 'the message is empty'])
    expect(decodeMessages('csv', [bytes(''), bytes('a,1.5')], { columns: trades })).toMatchObject({ rows: [['a', 1.5]], failures: [{ message: 'the message is empty' }] })
    expect(decodeMessages('csv', [bytes(''), bytes('a')], { columns: [column('a', STRING)] }).rows).toEqual([[null], ['a']])
  })

  it('takes a csv message with quoted newlines, and refuses one that holds two records', () => {
    const columns = [column('a', STRING), column('b', INT)]
    const { rows, failures } = decodeMessages('csv', [bytes('"x\ny",1'), bytes('a,1\nb,2'), bytes('c,3\r\n')], { columns })
    expect(rows).toEqual([['x\ny', 1], ['c', 3]])
    expect(failures.map(({ message }) => message)).toEqual(['a newline in field 2, which is not quoted; a message holds one record'])
  })
})
