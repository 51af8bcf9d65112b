import { unreachable } from '../../errors.js'
import { blankOf, type Operand } from '../../expressions/operand.js'
import type { RowCompiler } from '../../expressions/row-compiler.js'
import type { GroupTable } from '../../state/group-table.js'
import { AnyKey, DOUBLE_BITS, DoubleKey, ExactKey, IntegerKey, StringKey, type KeyColumn } from '../../state/key-column.js'

/**
 * Emits the lookup of a key in a table: `GroupTable.find`, written out for the words of the key, so that they stay in
 * registers. For a BIGINT column without NULLs and a STRING column that has some, in `utf8`:
 *
 * ```js
 * let k0_slots = k0.slots, k0_words = k0.words            // once a batch
 *
 * const t1 = ((c1_nulls[i] !== 0) ? 2 : 0)
 * const t2 = c0_values[i] | 0
 * const t3 = Math.floor(c0_values[i] / 4294967296) | 0
 * const t4 = (c1_nulls[i] !== 0) ? 0 : k1.interner.codeOf(c1_bytes, c1_starts[i], c1_ends[i])
 * let t5 = 0
 * t5 = Math.imul(t5 ^ t1, 0x9e3779b1), t5 ^= t5 >>> 15    // … and so for t2, t3, t4
 * let t6 = -1
 * for (;; t5++) {
 *   t6 = k0_slots[t5 & k0_slots.length - 1]
 *   if (t6 < 0) {
 *     k2[0] = t1, k2[1] = t2, k2[2] = t3, k2[3] = t4
 *     t6 = k0.find(), k0_slots = k0.slots, k0_words = k0.words
 *     break
 *   }
 *   if (k0_words[t6 * 4] === t1 && k0_words[t6 * 4 + 1] === t2 && …) break
 * }
 * ```
 *
 * @param operands of the table's columns; of a string column by its `column` alone
 * @returns the name of the variable that holds the group
 */
export function emitFind(code: RowCompiler, table: GroupTable, operands: readonly Operand[]): string {
  const words = [...nullWords(code, operands), ...operands.flatMap((operand, c) => emitWords(code, table.columns[c]!, operand))]
  const owner = code.constant(table)
  const [slots, held, key] = [`${owner}_slots`, `${owner}_words`, code.constant(table.key)]
  code.once(slots, `let ${slots} = ${owner}.slots, ${held} = ${owner}.words`)
  const [hash, group] = [code.name(), code.name()]
  const folded = words.slice(words.findIndex((word) => word !== '0'))
  code.emit(`let ${hash} = 0`)
  for (const word of folded) code.emit(`${hash} = Math.imul(${hash} ^ ${word}, 0x9e3779b1), ${hash} ^= ${hash} >>> 15`)
  code.emit(`let ${group} = -1`)
  code.emit(`for (;; ${hash}++) {`)
  code.emit(`${group} = ${slots}[${hash} & ${slots}.length - 1]`)
  code.emit(`if (${group} < 0) {`)
  code.emit(words.map((word, w) => `${key}[${w}] = ${word}`).join(', '))
  code.emit(`${group} = ${owner}.find(), ${slots} = ${owner}.slots, ${held} = ${owner}.words`)
  code.emit('break')
  code.emit('}')
  code.emit(`if (${words.map((word, w) => `${held}[${group} * ${words.length} + ${w}] === ${word}`).join(' && ')}) break`)
  code.emit('}')
  return group
}

/** The words that mark NULLs, 32 columns each. */
function nullWords(code: RowCompiler, operands: readonly Operand[]): string[] {
  const words: string[] = []
  for (let first = 0; first < operands.length; first += 32) {
    const marks = operands.slice(first, first + 32).flatMap(({ isNull }, c) => isNull === 'false' ? [] : [`(${isNull} ? ${1 << c} : 0)`])
    words.push(marks.length === 0 ? '0' : code.simpleText(marks.join(' | ')))
  }
  return words
}

/** Emits the words of a value and gives their names. */
function emitWords(code: RowCompiler, column: KeyColumn, operand: Operand): string[] {
  const present = wordTexts(code, column, operand.isNull === 'false' ? operand : { ...operand, value: presentValue(code, operand) })
  return present.map((text) => code.simpleText(operand.isNull === 'false' || text === '0' ? text : `${operand.isNull} ? 0 : ${text}`))
}

/** What stands beside a NULL may be of any kind; a blank of the right one is put in its place. */
function presentValue(code: RowCompiler, { value, isNull, representation }: Operand): string {
  if (value === '' || representation === 'string' || representation === 'any') return value
  return code.simpleText(`${isNull} ? ${blankOf(representation)} : ${value}`)
}

function wordTexts(code: RowCompiler, column: KeyColumn, operand: Operand): string[] {
  const { value } = operand
  if (column instanceof IntegerKey) return [column.boolean ? `(${value} ? 1 : 0)` : `(${value} | 0)`]
  if (column instanceof StringKey) return [stringCode(code, column, operand)]
  if (column instanceof DoubleKey) {
    const { double, words } = DOUBLE_BITS
    const [d, w] = [code.constant(double), code.constant(words)]
    code.emit(`${d}[0] = ${value}`)
    code.emit(`${d}[0] = ${d}[0] === ${d}[0] ? ${d}[0] + 0 : NaN`)
    return [code.simpleText(`${w}[0] | 0`), code.simpleText(`${w}[1] | 0`)]
  }
  if (column instanceof ExactKey && operand.representation === 'number') {
    const words = [`(${value} | 0)`, `(Math.floor(${value} / 4294967296) | 0)`]
    return column.long ? [...words, '0'] : words
  }
  if (column instanceof ExactKey || column instanceof AnyKey) return interned(code, column, operand)
  return unreachable(column as never)
}

/** Leaves it to the column to find the words of a value. */
function interned(code: RowCompiler, column: ExactKey | AnyKey, { value, isNull }: Operand): string[] {
  const scratch = code.constant(new Int32Array(column.stride))
  code.emit(`${isNull === 'false' ? '' : `if (!${isNull}) `}${code.constant(column)}.put(${value}, ${scratch}, 0)`)
  return Array.from({ length: column.wordCount }, (_, w) => code.simpleText(`${scratch}[${column.at + w}] | 0`))
}

/** The code of a string in the key column's interner, from the representation that it is in. */
function stringCode(code: RowCompiler, column: StringKey, operand: Operand): string {
  const owner = code.constant(column)
  const index = operand.column
  const kind = index === undefined ? 'text' : code.shapes[index]!.kind
  if (kind === 'utf8') {
    const [bytes, starts, ends] = ['bytes', 'starts', 'ends'].map((field) => code.columnArray(index!, field))
    return `${owner}.interner.codeOf(${bytes}, ${starts}[i], ${ends}[i])`
  }
  if (kind === 'dict') {
    const codes = `${owner}_c${index}_codes`
    code.once(codes, `const ${codes} = ${owner}.codesOf(columns[${index}])`)
    return `${codes}[${code.columnArray(index!, 'codes')}[i]]`
  }
  return `${owner}.interner.codeOfText(${index === undefined ? operand.value : `${code.columnArray(index, 'values')}[i]`})`
}
