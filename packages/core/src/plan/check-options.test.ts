import { describe, expect, it } from 'vitest'
import { failure } from './shop.test.data.js'
import { parseBoolean, parseBytes, parseDurationMs, parseNumber } from './option-value.js'

const withOptions = (options: string): Promise<string> => failure(`CREATE TABLE x (a INT) WITH ('connector' = 'file', 'path' = 'x'${options})`)

describe('option values', () => {
  it.each([
    ['10s', 10_000], ['5 min', 300_000], ['500 ms', 500], ['2 days', 172_800_000], ['1h', 3_600_000], ['1.5s', 1_500], ['250', 250], ['3 us', 0.003],
    ['ten seconds', null], ['', null], ['-5s', null], ['5 parsecs', null],
  ])('reads the duration %j as %j ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms))

  it.each([['64mb', 67_108_864], ['1 GiB', 1_073_741_824], ['4096', 4_096], ['1.5k', 1_536], ['7 apples', null]])(
    'reads the size %j as %j bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

  it('reads booleans and numbers', () => {
    expect(['true', 'On', 'no', '0', 'maybe'].map(parseBoolean)).toEqual([true, true, false, false, null])
    expect(['1', '-2.5', '.5', '1e3', 'NaN', '0x10', ''].map(parseNumber)).toEqual([1, -2.5, 0.5, 1_000, null, null, null])
  })
})

describe('options of tables', () => {
  it.each([
    ['a misspelt name', ", 'fromat' = 'json'", "OPTION_UNKNOWN: connector 'file' has no option 'fromat' @ 'fromat' = 'json' ? format"],
    ['a misspelt name of any table', ", 'on-eror' = 'skip'", "OPTION_UNKNOWN: connector 'file' has no option 'on-eror' @ 'on-eror' = 'skip' ? on-error"],
    ['a value that is none of the allowed', ", 'format' = 'xml'", "OPTION_INVALID: option 'format': 'xml' is none of json, csv @ 'format' = 'xml'"],
    ['a number that is none', ", 'retries' = 'three'", "OPTION_INVALID: option 'retries': 'three' is no integer @ 'retries' = 'three'"],
    ['a number out of range', ", 'retries' = '10'", "OPTION_INVALID: option 'retries': '10' is more than 9 @ 'retries' = '10'"],
    ['a duration that is none', ", 'linger' = 'soon'", "OPTION_INVALID: option 'linger': 'soon' is no duration (such as 10s, 5 min) @ 'linger' = 'soon'"],
    ['a duration that is too short', ", 'linger' = '0s'", "OPTION_INVALID: option 'linger': '0s' is less than 1 @ 'linger' = '0s'"],
    ['a size that is none', ", 'batch.size' = '1 shoe'", "OPTION_INVALID: option 'batch.size': '1 shoe' is no bytes (such as 64mb) @ 'batch.size' = '1 shoe'"],
    ['an option given twice', ", 'PATH' = 'y'", "OPTION_INVALID: option 'path' is given twice @ 'PATH' = 'y'"],
    ['dead-letter without a table', ", 'on-error' = 'dead-letter'", "OPTION_MISSING: 'on-error' = 'dead-letter' needs the table that takes the rows: 'dead-letter' = '…' @ 'on-error' = 'dead-letter'"],
  ])('refuses %s', async (_, options, expected) => expect(await withOptions(options)).toBe(expected))

  it('takes families, units and any case of names', async () => {
    expect(await withOptions(", 'fields.a.kind' = 'random', 'batch.size' = '64mb', 'LINGER' = '5 min', 'scan.replay' = 'true'")).toBe('no error')
    expect(await withOptions(", 'fields.' = 'random'")).toContain('OPTION_UNKNOWN')
  })

  it('never shows a secret', async () => {
    const error = await withOptions(", 'password' = 'hunter2'")
    expect(error).toContain("OPTION_INVALID: option 'password': the value is no integer")
    expect(error.split(' @ ')[0]).not.toContain('hunter2')
  })

  it('asks for what is required once the direction is known', async () => {
    const table = "CREATE TABLE x (symbol STRING, n BIGINT) WITH ('connector' = 'file');"
    expect(await failure(table)).toBe('no error')
    expect(await failure(`${table} SELECT * FROM x`)).toBe("OPTION_MISSING: connector 'file' needs the option 'path': where it is @ x")
    expect(await failure(`${table} INSERT INTO x SELECT symbol, quantity FROM trades`)).toBe("OPTION_MISSING: connector 'file' needs the option 'path': where it is @ x")
  })

  it('knows what connectors cannot do', async () => {
    expect(await failure("CREATE TABLE x (a INT) WITH ('connector' = 'onefile'); SELECT * FROM x"))
      .toBe("CONNECTOR_DIRECTION: connector 'onefile' cannot be read from; `x` can only be inserted into @ x")
    expect(await failure("CREATE TABLE x (a INT) WITH ('connector' = 'pipe'); INSERT INTO x SELECT small FROM trades"))
      .toBe("CONNECTOR_DIRECTION: connector 'pipe' cannot be written to; `x` can only be read @ x")
    expect(await failure('CREATE TABLE x (a INT)')).toBe("OPTION_MISSING: table `x` does not say what reads or writes it: WITH ('connector' = '…') @ x")
    expect(await failure("CREATE TABLE x (a INT) WITH ('connector' = 'carrier-pigeon')")).toBe("CONNECTOR_UNKNOWN: no connector 'carrier-pigeon' @ 'connector' = 'carrier-pigeon'")
  })
})
