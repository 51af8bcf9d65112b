import { typeName, type DataType, type Field } from '../../types/data-type.js'
import type { FunctionContext } from '../function.js'
import { resolveSpec, signatureOf, type OverloadSpec } from '../signature.js'
import type { ResolvedTable, TableCall, TableOverload } from './table-function.js'

export interface TableSpec extends Pick<OverloadSpec, 'args' | 'optional' | 'unify'> {
  /** The columns, by the accepted types; `null`: the overload does not fit after all. */
  readonly columns: readonly Field[] | ((args: readonly DataType[]) => readonly Field[] | null)
  /** In print, where the columns are computed. */
  readonly columnsLabel?: string
  readonly mayFail?: boolean
  readonly make: (types: ResolvedTable, context: FunctionContext) => TableCall
}

/** Builds an overload, its printed signature and its resolution from a list of parameters. */
export function tableOverload(spec: TableSpec): TableOverload {
  const { columns } = spec
  const label = typeof columns === 'function' ? spec.columnsLabel ?? '…' : columns.map((c) => `${c.name} ${typeName(c.type)}`).join(', ')
  const columnsOf = typeof columns === 'function' ? columns : (): readonly Field[] => columns
  return {
    signature: `${signatureOf({ ...spec, returns: null! })} → TABLE(${label})`,
    resolve(args) {
      const resolved = resolveSpec({ ...spec, returns: (types) => types[0]! }, args)
      const given = resolved === null ? null : columnsOf(resolved.args)
      return given === null ? null : { args: resolved!.args, columns: given }
    },
    nulls: 'strict',
    mayFail: spec.mayFail ?? false,
    implement: spec.make,
  }
}
