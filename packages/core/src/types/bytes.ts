/** Bytes as text and back. What is decoded is always a fresh array of its own. */

export function bytesToHex(bytes: Uint8Array): string {
  return viewOf(bytes).toString('hex')
}

/** `null` where the text is not an even number of hex digits. */
export function hexToBytes(text: string): Uint8Array | null {
  return text.length % 2 === 0 && /^[0-9a-fA-F]*$/.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : null
}

export function bytesToBase64(bytes: Uint8Array): string {
  return viewOf(bytes).toString('base64')
}

/** `null` where the text is no base64; padding may be absent, white space is skipped. */
export function base64ToBytes(text: string): Uint8Array | null {
  const compact = text.replace(/\s+/g, '').replace(/={1,2}$/, '')
  return /^[A-Za-z0-9+/]*$/.test(compact) && compact.length % 4 !== 1 ? new Uint8Array(Buffer.from(compact, 'base64')) : null
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b)
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
