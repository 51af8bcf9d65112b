import type { Name, WindowSyntax } from './ast.js'
import type { Parsing } from './parsing.js'
import { readDuration } from './window-duration.js'
import { lookup } from '../lookup.js'

const KINDS: Readonly<Record<string, WindowSyntax['kind']>> = lookup({ TUMBLING: 'tumble', HOPPING: 'hop', SLIDING: 'hop', SESSION: 'session' })

/** Whether `WINDOW` starts the short form and not `WINDOW w AS (…)`. */
export function atShortWindow(p: Parsing): boolean {
  return p.cursor.at('WINDOW') && p.cursor.peek(2).key === '('
}

/**
 * `WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 5 SECONDS)`, `HOPPING (SIZE …, ADVANCE BY …)`, `SESSION (30 SECONDS)`;
 * also positional, `TUMBLING(1m)` and `HOPPING(5m, 1m)`, and with the time column in front, `TUMBLING(ts, 1m)`.
 */
export function readShortWindow(p: Parsing): WindowSyntax {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('WINDOW')
  const kind = KINDS[cursor.token.key] ?? cursor.fail('TUMBLING, HOPPING or SESSION', ['TUMBLING', 'HOPPING', 'SESSION'])
  cursor.next()
  const parts = cursor.parenthesised(() => readParts(p, kind))
  const { time, size, slide, grace } = parts
  const span = cursor.spanFrom(start)
  if (size === null) {
    const message = kind === 'session' ? 'a session window needs its gap: SESSION (30 SECONDS)' : 'the window needs a size: (SIZE 1 MINUTE)'
    return cursor.refuse(message, span, 'SQL_WINDOW')
  }
  if (kind === 'hop' && slide === null) {
    cursor.refuse('a hopping window needs its step: (SIZE 10 MINUTES, ADVANCE BY 1 MINUTE)', span, 'SQL_WINDOW')
  }
  if (slide !== null && slide > size) {
    cursor.refuse('the step is longer than the window: rows between windows would be lost', span, 'SQL_WINDOW')
  }
  return { kind, time, sizeMicros: size, slideMicros: slide, offsetMicros: 0, graceMicros: grace, partitionBy: [], span }
}

interface Parts {
  time: Name | null
  size: number | null
  slide: number | null
  grace: number | null
}

function readParts(p: Parsing, kind: WindowSyntax['kind']): Parts {
  const { cursor } = p
  const parts: Parts = { time: null, size: null, slide: null, grace: null }
  if ((cursor.token.kind === 'quoted' || cursor.token.kind === 'word') && cursor.peek(1).key === ',') {
    parts.time = cursor.name('the time column')
    cursor.next()
  }
  cursor.list(() => {
    const { token } = cursor
    if (cursor.take('GRACE', 'PERIOD')) set('grace', 'a grace period')
    else if (cursor.take('SIZE') || cursor.take('GAP')) set('size', 'a size')
    else if (cursor.take('ADVANCE', 'BY') || cursor.take('SLIDE')) set('slide', 'a step')
    else if (cursor.at('RETENTION')) cursor.refuse('RETENTION is not supported: GRACE PERIOD says how long a window waits for late rows')
    else set(parts.size === null ? 'size' : 'slide', parts.size === null ? (kind === 'session' ? 'a gap' : 'a size') : 'a step')
    function set(part: 'size' | 'slide' | 'grace', what: string): void {
      if (parts[part] !== null) cursor.refuse(`${what} is given twice`, token, 'SQL_WINDOW')
      if (part === 'slide' && kind !== 'hop') cursor.refuse('only a hopping window has a step', token, 'SQL_WINDOW')
      parts[part] = readDuration(cursor, what, part === 'grace' ? 0 : 1)
    }
  })
  return parts
}
