import type { CallExpression, CastExpression } from './expression.js'
import type { Operand } from './operand.js'
import type { RowCompiler } from './row-compiler.js'

/** Writes the text of a call, or gives `null` where it has none for these types: then the function is called. */
export type Emitter = (c: RowCompiler, e: CallExpression) => Operand | null

export type CastEmitter = (c: RowCompiler, e: CastExpression) => Operand | null

export type EmitterTable = Readonly<Record<string, Emitter>>
