import type { WriteMeter, Writer } from '../connector.js'
import type { PhysicalNode, SinkNode } from '../plan/physical.js'
import type { RowPlacement } from '../plan/row-placement.js'
import type { ExchangeSendOperator } from './exchange.js'
import type { Gate, Intake } from './intake.js'
import type { OperatorMeter } from './operator.js'
import type { ScanSource } from './scan.js'
import type { OperatorState } from './state.js'
import type { ValuesSource } from './values.js'

/** One worker's operators, ready to run, as the pipeline drives them: by their ends. */
export interface OperatorGraph {
  /** In the order of polling: exchanges nearest to the sinks first, so that what is in flight goes before what is new. */
  readonly intakes: readonly GatedIntake[]
  readonly gates: readonly GateState[]
  readonly senders: readonly ExchangeSendOperator[]
  readonly sinks: readonly OpenSink[]
  readonly scans: readonly ScanSource[]
  readonly values: readonly SourceOfValues[]
  /** What remembers something. */
  readonly states: readonly StatefulNode[]
  readonly meters: readonly MeteredNode[]
  /** Where the rows of one node go to several: each counts the copies that it makes. */
  readonly fanOuts: readonly CopyingNode[]
  /** Lets go of everything, in spite of failures on the way; then throws the first of them. */
  close(): Promise<void>
}

/** An intake, and the ways out that its rows may take before they meet the next exchange. */
export interface GatedIntake {
  readonly intake: Intake
  readonly gates: readonly GateState[]
}

export interface GateState {
  readonly gate: Gate
  /** What `flush` said last: no more is put in front of a closed gate. */
  isOpen: boolean
}

export interface OpenSink {
  readonly node: SinkNode
  readonly writer: Writer
  readonly write: WriteMeter
  readonly meter: OperatorMeter
  /** True for a table of failed rows: what goes there does not count as rows out. */
  readonly takesDeadLetters: boolean
  /** Scans whose positions it commits with its rows; null where it commits rows alone. */
  readonly holdsPositionsOf: ReadonlySet<number> | null
}

export interface MeteredNode {
  readonly node: PhysicalNode
  readonly meter: OperatorMeter
}

export interface StatefulNode {
  readonly node: PhysicalNode
  readonly state: OperatorState
  readonly placement: RowPlacement
}

export interface SourceOfValues {
  readonly node: PhysicalNode
  readonly source: ValuesSource
}

/** A node whose rows go to several. */
export interface CopyingNode {
  readonly node: PhysicalNode
  readonly fanOut: { rowsCopied: number }
}
