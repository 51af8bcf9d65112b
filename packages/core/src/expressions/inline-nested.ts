import { NARROW_MAX } from '../limits.js'
import { isExact } from '../types/data-type.js'
import type { Emitter, EmitterTable } from './emitter.js'
import { blankOf, representationOf } from './operand.js'

/**
 * Text for taking values out of ROWs: `home.spot.x` over a ROW column with NULLs is
 *
 * ```js
 * const t2 = (c0_nulls[i] !== 0) ? null : c0_values[i][1]
 * const t1 = t2 === null ? null : t2[0]
 * const t1_value = t1 === null ? 0 : t1
 * ```
 */
export const nestedEmitters: EmitterTable = { field: fieldOfRow }

function fieldOfRow(...[c, e]: Parameters<Emitter>): ReturnType<Emitter> {
  const [row, index] = e.args
  if (index!.kind !== 'literal' || typeof index!.value !== 'number') return null
  const operand = c.compile(row!)
  if (operand.isNull === 'true') return null
  const t = c.name()
  c.emit(`const ${t} = ${operand.isNull === 'false' ? '' : `${operand.isNull} ? null : `}${operand.value}[${index!.value}]`)
  const isNull = `(${t} === null)`
  const representation = representationOf(e.type, c.wide)
  if (representation === 'any' || representation === 'string') return { value: t, isNull, representation }
  const narrowed = isExact(e.type) && !c.wide
  if (narrowed) c.emit(`if (${t} !== null && (${t} > ${NARROW_MAX}n || ${t} < -${NARROW_MAX}n)) ${c.bail}`)
  c.emit(`const ${t}_value = ${t} === null ? ${blankOf(representation)} : ${narrowed ? `Number(${t})` : t}`)
  return { value: `${t}_value`, isNull, representation }
}
