import { MillraceError } from '../errors.js'
import type { TypeSyntax } from '../sql/ast.js'
import {
  array, BIGINT, BOOLEAN, BYTES, DATE, decimal, DECIMAL_PRECISION_MAX, DOUBLE, FLOAT, INT, INTERVAL_MONTH, INTERVAL_SECOND, map, row,
  SMALLINT, STRING, time, timestamp, timestampLtz, TINYINT, varchar, type DataType,
} from '../types/data-type.js'
import { unknownName } from './unknown-name.js'
import { lookup } from '../lookup.js'

const SIMPLE: Readonly<Record<string, DataType>> = lookup({
  BOOLEAN, BOOL: BOOLEAN, TINYINT, SMALLINT, INT, INTEGER: INT, BIGINT, FLOAT, REAL: FLOAT, DOUBLE, 'DOUBLE PRECISION': DOUBLE,
  STRING, TEXT: STRING, DATE, BYTES, BYTEA: BYTES, BINARY: BYTES, VARBINARY: BYTES,
  INT2: SMALLINT, INT4: INT, INT8: BIGINT, FLOAT4: FLOAT, FLOAT8: DOUBLE,
})

const PARAMETRIC = [
  'DECIMAL', 'NUMERIC', 'DEC', 'CHAR', 'CHARACTER', 'VARCHAR', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ', 'INTERVAL', 'ARRAY', 'MAP', 'ROW',
]

/**
 * The data type that a type's text means.
 *
 * @throws MillraceError SQL_TYPE_UNKNOWN (with the nearest name), SQL_TYPE for impossible lengths and precisions
 */
export function bindType(syntax: TypeSyntax): DataType {
  const name = syntax.name.toUpperCase()
  if (Object.hasOwn(SIMPLE, name)) return SIMPLE[name]!
  switch (name) {
    case 'DECIMAL': case 'NUMERIC': case 'DEC': return bindDecimal(syntax)
    case 'CHAR': case 'CHARACTER': return varchar(bounded(syntax, 0, 1, 1, 2_147_483_647))
    case 'VARCHAR': return syntax.numbers.length === 0 ? STRING : varchar(bounded(syntax, 0, 1, 1, 2_147_483_647))
    case 'TIME': return time(bounded(syntax, 0, 0, 0, 6))
    case 'TIMESTAMP': return timestamp(bounded(syntax, 0, 6, 0, 6))
    case 'TIMESTAMP_LTZ': case 'TIMESTAMPTZ': return timestampLtz(bounded(syntax, 0, 6, 0, 6))
    case 'ARRAY': return array(bindType(argument(syntax, 0)))
    case 'MAP': return map(bindType(argument(syntax, 0)), bindType(argument(syntax, 1)))
    case 'ROW': return row(syntax.args.map((arg, i) => ({ name: arg.name?.text ?? `f${i}`, type: bindType(arg.type) })))
    case 'MULTISET': throw new MillraceError('SQL_UNSUPPORTED', 'MULTISET is not supported; use ARRAY', { span: syntax.span })
  }
  if (name.startsWith('INTERVAL')) return /YEAR|MONTH/.test(name) ? INTERVAL_MONTH : INTERVAL_SECOND
  const alternatives = [...Object.keys(SIMPLE), ...PARAMETRIC].sort()
  throw unknownName('SQL_TYPE_UNKNOWN', `no data type \`${syntax.name}\``, { text: name, span: syntax.span }, alternatives, 'types')
}

function bindDecimal(syntax: TypeSyntax): DataType {
  const precision = bounded(syntax, 0, 10, 1, DECIMAL_PRECISION_MAX)
  const scale = bounded(syntax, 1, 0, 0, DECIMAL_PRECISION_MAX)
  if (scale > precision) {
    throw new MillraceError(
      'SQL_TYPE', `the scale of DECIMAL(${precision}, ${scale}) is larger than its precision`, { span: syntax.span },
    )
  }
  return decimal(precision, scale)
}

function bounded(syntax: TypeSyntax, at: number, otherwise: number, minimum: number, maximum: number): number {
  const value = syntax.numbers[at] ?? otherwise
  if (value < minimum || value > maximum) {
    throw new MillraceError(
      'SQL_TYPE', `${syntax.name}(${syntax.numbers.join(', ')}): ${value} is not within ${minimum} … ${maximum}`, { span: syntax.span },
    )
  }
  return value
}

function argument(syntax: TypeSyntax, at: number): TypeSyntax {
  const arg = syntax.args[at]
  if (arg === undefined) {
    throw new MillraceError(
      'SQL_TYPE', `${syntax.name} needs its element types: ${syntax.name}<…>`, { span: syntax.span },
    )
  }
  return arg.type
}
