import { describe, expect, it } from 'vitest'
import { CalcKernel } from '../../expressions/calc-kernel.js'
import { columnOf, literalOf, type Expression } from '../../expressions/expression.js'
import { InterpretedCalc } from '../../expressions/interpreted-calc.js'
import { batchOf, type Batch } from '../../types/batch.js'
import { BIGINT, STRING, type DataType, type Schema, type Value } from '../../types/data-type.js'
import { Dictionary } from '../../types/dictionary.js'
import { rowValues } from '../../types/vector-access.js'
import { batchFromRows } from '../../types/vector-builder.js'
import { callNameOf, type UserScalarFunction } from './user-function.js'

const TEXTS: Schema = [{ name: 'text', type: STRING, nullable: true }]

function call(f: (...args: any[]) => unknown, argTypes: readonly DataType[], returns: DataType, facts: Partial<UserScalarFunction> = {}) {
  const user: UserScalarFunction = {
    kind: 'scalar', name: 'f', url: 'f.js', exportName: 'f', argTypes, returns, nulls: 'strict', deterministic: false, ...facts,
  }
  const context = { nowMicros: () => 0, random: () => 0, timeZone: 'UTC', functionExport: () => f }
  return (schema: Schema, batch: Batch, args: readonly Expression[]): (Value | string)[][] => {
    const e: Expression = { kind: 'call', name: callNameOf(user), args, type: returns, nullable: true, user }
    return [CalcKernel, InterpretedCalc].map((Implementation) => {
      const failed: string[] = []
      const result = new Implementation(null, [e], schema, [returns], context, (error) => void failed.push(error.code)).run(batch)
      const field = { name: 'f', type: returns, nullable: true }
      return [...Array.from({ length: result?.length ?? 0 }, (_, i) => rowValues(result!, [field], i)[0]!), ...failed]
    })
  }
}

function dictionaryBatch(texts: readonly (string | null)[]): Batch {
  const dictionary = new Dictionary()
  const codes = Int32Array.from(texts, (text) => {
    const bytes = new TextEncoder().encode(text ?? 'b')
    return dictionary.codeOf(bytes, 0, bytes.length)
  })
  return batchOf([{ kind: 'dict', codes, dictionary, nulls: Uint8Array.from(texts, (text) => (text === null ? 1 : 0)) }], texts.length)
}

describe('calls of user functions', () => {
  it('are remembered for every text of a dictionary, if they are deterministic', () => {
    const texts = ['abc', 'b', 'abc', null, 'b', 'abc']
    for (const deterministic of [true, false]) {
      let calls = 0
      const run = call((text: string, character: string) => (calls++, text.split(character).length - 1), [STRING, STRING], BIGINT, { deterministic })
      const [compiled, interpreted] = run(TEXTS, dictionaryBatch(texts), [columnOf(0, TEXTS[0]!), literalOf('b', STRING)])
      expect(compiled).toEqual([1n, 1n, 1n, null, 1n, 1n])
      expect(interpreted).toEqual(compiled)
      expect(calls).toBe(deterministic ? 2 + 5 : 5 + 5)
    }
  })

  it('give BIGINTs of any size, from numbers and bigints', () => {
    const schema: Schema = [{ name: 'n', type: BIGINT, nullable: true }]
    const batch = batchFromRows([[1n], [2n], [null], [3n], [4n], [5n], [6n]], schema)
    const given = [7, 2n ** 62n, -0, 2n ** 64n, '8', 2 ** 60]
    const run = call((n: bigint) => given[Number(n) - 1], [BIGINT], BIGINT)
    const [compiled, interpreted] = run(schema, batch, [columnOf(0, schema[0]!)])
    expect(compiled).toEqual([7n, 2n ** 62n, null, 0n, 'FUNCTION_RESULT', 'FUNCTION_RESULT', 'FUNCTION_RESULT'])
    expect(interpreted).toEqual(compiled)
  })
})
