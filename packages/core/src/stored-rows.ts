import { STATE_BATCH_ROWS } from './limits.js'
import { bytesOf } from './pipeline-snapshot.js'
import type { StateBytes, TablePart } from './pipeline-snapshot.js'
import { slotsOfBytes } from './stored-slot-numbers.js'
import { BatchBuffer } from './types/batch-buffer.js'
import { decodeBatch } from './types/batch-codec.js'
import type { Batch } from './types/batch.js'
import type { Schema } from './types/data-type.js'

/** Slots whose rows are put in order at a time. */
const SPAN = 65_536

/**
 * The rows of a stored table: of each slot the last one, without those that were removed, in the order of slots.
 *
 * @param take gets batches that are valid until it returns
 */
export function eachStoredBatch(parts: readonly TablePart[], schema: Schema, take: (batch: Batch) => void): void {
  const batches = parts.flatMap((part) => part.batches.map((bytes) => decodeBatch(bytesOf(bytes), 0, schema)))
  const slots = parts.flatMap((part) => (part.slots ?? []).map(slotsOf))
  if (slots.length === 0 || (parts.every(({ removed }) => removed === null) && isAscending(slots))) {
    for (const batch of batches) take(batch)
    return
  }
  const newest = newestBatches(parts, slots)
  const rows = new Int32Array(SPAN)
  const [lowest, highest] = [slots.map((ofBatch) => ofBatch.reduce(lower, Infinity)), slots.map((ofBatch) => ofBatch.reduce(higher, -1))]
  for (let from = 0; from < newest.length; from += SPAN) {
    const span = newest.subarray(from, from + SPAN)
    const held = new BatchBuffer(schema, span.length)
    /** By slot of the span: its place in `held`, or −1. */
    const places = new Int32Array(span.length).fill(-1)
    slots.forEach((ofBatch, b) => {
      if (highest[b]! < from || lowest[b]! >= from + span.length) return
      let count = 0
      for (let i = 0; i < ofBatch.length; i++) {
        const at = ofBatch[i]! - from
        if (at < 0 || at >= span.length || span[at] !== b) continue
        places[at] = held.length + count
        rows[count++] = i
      }
      if (count > 0) held.append(batches[b]!, rows, 0, count)
    })
    inOrder(held, places, schema, take)
  }
}

const lower = (a: number, b: number): number => (b < a ? b : a)
const higher = (a: number, b: number): number => (b > a ? b : a)

/** How many rows {@link eachStoredBatch} gives. */
export function storedRowCount(parts: readonly TablePart[]): number {
  if (parts.length === 1) return parts[0]!.rows
  return newestBatches(parts, parts.flatMap((part) => (part.slots ?? []).map(slotsOf))).reduce((count, batch) => count + (batch < 0 ? 0 : 1), 0)
}

function inOrder(held: BatchBuffer, places: Int32Array, schema: Schema, take: (batch: Batch) => void): void {
  const order = places.filter((place) => place >= 0)
  const piece = new BatchBuffer(schema, Math.min(STATE_BATCH_ROWS, order.length))
  for (let from = 0; from < order.length; from += piece.capacity) {
    piece.reset()
    piece.append(held.batch(), order, from, Math.min(from + piece.capacity, order.length))
    take(piece.batch())
  }
}

/** By slot: which batch has its newest row, −1 where it was removed or never was. */
function newestBatches(parts: readonly TablePart[], slots: readonly Int32Array[]): Int32Array {
  const newest = new Int32Array(slots.reduce((most, ofBatch) => ofBatch.reduce((a, slot) => (slot > a ? slot : a), most), -1) + 1).fill(-1)
  let b = 0
  for (const { slots: ofPart, removed } of parts) {
    for (const slot of removed === null ? [] : slotsOf(removed)) if (slot < newest.length) newest[slot] = -1
    for (const _ of ofPart ?? []) {
      for (const slot of slots[b]!) newest[slot] = b
      b++
    }
  }
  return newest
}

function isAscending(slots: readonly Int32Array[]): boolean {
  let last = -1
  return slots.every((ofBatch) => ofBatch.every((slot) => {
    const follows = slot > last
    last = slot
    return follows
  }))
}

function slotsOf(stored: StateBytes): Int32Array {
  return slotsOfBytes(bytesOf(stored))
}
