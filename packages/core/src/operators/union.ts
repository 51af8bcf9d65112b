import { assert, unreachable } from '../errors.js'
import type { UnionNode } from '../plan/physical.js'
import { END } from '../types/element.js'
import type { Element } from '../types/element.js'
import type { Operator, OperatorContext } from './operator.js'

/** UNION ALL: passes every batch on; its watermark is the least of its inputs', its barrier and End the last of theirs. */
export class UnionOperator implements Operator {
  readonly #context: OperatorContext
  readonly #watermarks: number[]
  readonly #ended: boolean[]
  #watermark = -Infinity
  #barriers = 0

  constructor(_node: UnionNode, inputCount: number, context: OperatorContext) {
    assert(inputCount > 0, 'a union has inputs')
    this.#context = context
    this.#watermarks = Array.from({ length: inputCount }, () => -Infinity)
    this.#ended = Array.from({ length: inputCount }, () => false)
  }

  push(element: Element, input: number): void {
    const { meter, output } = this.#context
    switch (element.kind) {
      case 'batch':
        meter.rowsIn += element.length
        meter.rowsOut += element.length
        return output.push(element)
      case 'watermark':
        this.#watermarks[input] = Math.max(this.#watermarks[input]!, element.micros)
        return this.#advance()
      case 'barrier':
        if (++this.#barriers < this.#ended.filter((ended) => !ended).length) return
        this.#barriers = 0
        return output.push(element)
      case 'end':
        this.#ended[input] = true
        this.#watermarks[input] = Infinity
        this.#advance()
        if (this.#ended.every(Boolean)) output.push(END)
        return
      default: return unreachable(element)
    }
  }

  #advance(): void {
    const least = Math.min(...this.#watermarks)
    if (least <= this.#watermark) return
    this.#watermark = least
    this.#context.output.push({ kind: 'watermark', micros: least })
  }
}
