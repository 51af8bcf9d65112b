import * as fc from 'fast-check'
import { init, parse } from '@guanmingchiu/sqlparser-ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import { shape } from './print.test.kit.js'

/**
 * Random expressions, printed twice: with parentheses round everything, and with only those that Postgres' precedence
 * needs. Both must give the same tree, and sqlparser-rs must give that tree for the second text as well.
 */

interface Sample {
  /** Fully parenthesised, in the form that `shape` prints. */
  readonly full: string
  /** As few parentheses as Postgres needs. */
  readonly least: string
  readonly level: number
}

const LEVELS = { or: 1, and: 2, not: 3, is: 4, comparison: 5, range: 6, other: 7, sum: 8, product: 9, sign: 10, atom: 11 } as const

const atom = fc.constantFrom('a', 'b', 'c.d', '1', '2.50', '\'x\'\'y\'', 'f(a, 1)', 'NULL', 'CAST(a AS INT)', 'count(*)', '(m)[1]').map((text): Sample => ({ full: text, least: text, level: LEVELS.atom }))

/** The operand as it may stand in a place that takes `level` or tighter. */
const inside = (operand: Sample, level: number): string => (operand.level < level ? `(${operand.least})` : operand.least)

function binary(operand: fc.Arbitrary<Sample>, level: number, ...signs: string[]): fc.Arbitrary<Sample> {
  return fc.tuple(operand, fc.constantFrom(...signs), operand).map(([left, sign, right]) => ({
    full: `(${left.full} ${sign} ${right.full})`,
    least: `${inside(left, level)} ${sign} ${inside(right, level + 1)}`,
    level,
  }))
}

const { expression } = fc.letrec<{ expression: Sample }>((tie) => {
  const operand = tie('expression')
  return {
    expression: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true, maxDepth: 5 },
      atom,
      binary(operand, LEVELS.or, 'OR'),
      binary(operand, LEVELS.and, 'AND'),
      operand.map((x): Sample => ({ full: `(NOT ${x.full})`, least: `NOT ${inside(x, LEVELS.not)}`, level: LEVELS.not })),
      fc.tuple(operand, fc.constantFrom('NULL', 'NOT NULL', 'TRUE', 'NOT FALSE')).map(([x, what]): Sample => ({
        full: `(${x.full} IS ${what})`, least: `${inside(x, LEVELS.comparison)} IS ${what}`, level: LEVELS.is,
      })),
      // Always in parentheses: sqlparser-rs 0.62 takes `a IS DISTINCT FROM b AND c` for `a IS DISTINCT FROM (b AND c)`.
      fc.tuple(operand, operand).map(([x, y]): Sample => ({
        full: `(${x.full} IS DISTINCT FROM ${y.full})`,
        least: `(${inside(x, LEVELS.comparison)} IS DISTINCT FROM ${inside(y, LEVELS.comparison)})`,
        level: LEVELS.atom,
      })),
      binary(operand, LEVELS.comparison, '=', '<>', '<', '<=', '>', '>='),
      fc.tuple(operand, fc.constantFrom('LIKE', 'NOT LIKE', 'ILIKE', 'SIMILAR TO'), operand).map(([x, sign, y]): Sample => ({
        full: `(${x.full} ${sign} ${y.full})`, least: `${inside(x, LEVELS.other)} ${sign} ${inside(y, LEVELS.other)}`, level: LEVELS.range,
      })),
      fc.tuple(operand, operand, operand, fc.constantFrom('', 'NOT ')).map(([x, y, z, not]): Sample => ({
        full: `(${x.full} ${not}BETWEEN ${y.full} AND ${z.full})`,
        least: `${inside(x, LEVELS.other)} ${not}BETWEEN ${inside(y, LEVELS.other)} AND ${inside(z, LEVELS.other)}`,
        level: LEVELS.range,
      })),
      fc.tuple(operand, operand, operand, fc.constantFrom('', 'NOT ')).map(([x, y, z, not]): Sample => ({
        full: `(${x.full} ${not}IN (${y.full}, ${z.full}))`, least: `${inside(x, LEVELS.other)} ${not}IN (${y.least}, ${z.least})`, level: LEVELS.range,
      })),
      binary(operand, LEVELS.other, '||', '->', '->>'),
      binary(operand, LEVELS.sum, '+', '-'),
      binary(operand, LEVELS.product, '*', '/', '%'),
      operand.map((x): Sample => ({ full: `(- ${x.full})`, least: `- ${inside(x, LEVELS.sign)}`, level: LEVELS.sign })),
      fc.tuple(operand, operand, operand).map(([x, y, z]): Sample => ({
        full: `CASE WHEN ${x.full} THEN ${y.full} ELSE ${z.full} END`, least: `CASE WHEN ${x.least} THEN ${y.least} ELSE ${z.least} END`, level: LEVELS.atom,
      })),
    ),
  }
})

test('the fewest parentheses give the same tree as the most', () => {
  fc.assert(fc.property(expression, ({ full, least }) => {
    expect(shape(full)).toBe(full)
    expect(shape(least)).toBe(full)
  }), { numRuns: fuzzRuns(150, 5_000) })
})

test('space and case of keywords change nothing', () => {
  fc.assert(fc.property(expression, ({ full, least }) => {
    expect(shape(least.replace(/ (?=[+*/%=<>|()])|(?<=[*/%=|()]) /g, '').toLowerCase()).toLowerCase()).toBe(full.toLowerCase())
  }), { numRuns: fuzzRuns(100, 5_000) })
})

describe('sqlparser-rs', () => {
  beforeAll(async () => {
    await init()
  })

  test('reads the same tree', () => {
    fc.assert(fc.property(expression, ({ full, least }) => {
      expect(rust(least)).toBe(full)
    }), { numRuns: fuzzRuns(200, 5_000) })
  })

  test.each([
    '1 + 2 * 3 - -4 / x % 5', 'a OR b AND NOT c = d OR e', 'a = b IS NULL', 'a = b LIKE c || d', 'a BETWEEN b AND c AND d IN (e, f)', 'NOT a IS NULL AND b',
    'a IS DISTINCT FROM b = c', '2>round(1)and 3>2', 'CASE a WHEN 1 THEN b OR c AND d END', '99999999999999.9999 + 0.10', '\'it\'\'s\' || \'\\n\'', '- a * b', '- (a + b)',
    'a->b->>c = d', 'f(a OR b, c + d * e)', 'a IS NOT TRUE OR b IS NOT FALSE', 'a < b = (c < d)', 'NOT (a) OR b',
  ])('%s', (text) => {
    expect(rust(text)).toBe(shape(text))
  })
})

/** The tree of sqlparser-rs, printed as `shape` prints ours. */
function rust(text: string): string {
  const [statement] = parse(`SELECT ${text}`, 'postgresql') as unknown as [{ Query: { body: { Select: { projection: [{ UnnamedExpr: RustNode }] } } } }]
  return printRust(statement.Query.body.Select.projection[0].UnnamedExpr)
}

type RustNode = string | { readonly [kind: string]: never }

const SIGNS: Readonly<Record<string, string>> = {
  Or: 'OR', And: 'AND', Eq: '=', NotEq: '<>', Lt: '<', LtEq: '<=', Gt: '>', GtEq: '>=', StringConcat: '||', Arrow: '->', LongArrow: '->>', Plus: '+', Minus: '-',
  Multiply: '*', Divide: '/', Modulo: '%', Not: 'NOT',
}

/* The tree of another program: not typed on our side. */
/* eslint-disable @typescript-eslint/no-explicit-any */
function printRust(node: any): string {
  const [kind] = Object.keys(node) as [string]
  const value = node[kind]
  const tests: Record<string, string> = { IsNull: 'NULL', IsNotNull: 'NOT NULL', IsTrue: 'TRUE', IsNotFalse: 'NOT FALSE', IsNotTrue: 'NOT TRUE' }
  if (tests[kind] !== undefined) return `(${printRust(value)} IS ${tests[kind]})`
  switch (kind) {
    case 'Nested': return printRust(value)
    case 'Identifier': return value.value
    case 'CompoundIdentifier': return value.map((part: any) => part.value).join('.')
    case 'Value': return printRustValue(value.value ?? value)
    case 'BinaryOp': return `(${printRust(value.left)} ${SIGNS[value.op]!} ${printRust(value.right)})`
    case 'UnaryOp': return `(${SIGNS[value.op]!} ${printRust(value.expr)})`
    case 'IsDistinctFrom': return `(${printRust(value[0])} IS DISTINCT FROM ${printRust(value[1])})`
    case 'Like': case 'ILike': case 'SimilarTo': return `(${printRust(value.expr)} ${value.negated ? 'NOT ' : ''}${{ Like: 'LIKE', ILike: 'ILIKE', SimilarTo: 'SIMILAR TO' }[kind]} ${printRust(value.pattern)})`
    case 'Between': return `(${printRust(value.expr)} ${value.negated ? 'NOT ' : ''}BETWEEN ${printRust(value.low)} AND ${printRust(value.high)})`
    case 'InList': return `(${printRust(value.expr)} ${value.negated ? 'NOT ' : ''}IN (${value.list.map(printRust).join(', ')}))`
    case 'Cast': return `CAST(${printRust(value.expr)} AS INT)`
    case 'Case': return printRustCase(value)
    case 'Function': return `${value.name[0].Identifier.value}(${value.args.List.args.map((arg: any) => (arg.Unnamed === 'Wildcard' ? '*' : printRust(arg.Unnamed.Expr))).join(', ')})`
    case 'CompoundFieldAccess': return `(${printRust(value.root)})[${printRust(value.access_chain[0].Subscript.Index.index)}]`
    default: throw new Error(`unknown to the comparison: ${JSON.stringify(node).slice(0, 200)}`)
  }
}

function printRustValue(value: any): string {
  if (value === 'Null') return 'NULL'
  if (value.Number !== undefined) return Array.isArray(value.Number) ? value.Number[0] : value.Number
  return `'${value.SingleQuotedString.replaceAll('\'', '\'\'')}'`
}

function printRustCase({ operand, conditions, else_result: otherwise }: any): string {
  const branches = conditions.map(({ condition, result }: any) => ` WHEN ${printRust(condition)} THEN ${printRust(result)}`).join('')
  return `CASE${operand === null || operand === undefined ? '' : ` ${printRust(operand)}`}${branches}${otherwise === null || otherwise === undefined ? '' : ` ELSE ${printRust(otherwise)}`} END`
}
