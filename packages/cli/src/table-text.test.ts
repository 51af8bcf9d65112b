import { expect, test } from 'vitest'
import { TableText } from './table-text.js'

const columns = [{ name: 'k', align: 'left' }, { name: 'total', align: 'right' }] as const

test('aligns cells by what they take on a terminal', () => {
  const table = new TableText(columns)
  expect(table.rows([['日本', '1'], ['é', '123456']]) + table.end()).toBe(`\
┌──────┬────────┐
│ k    │  total │
├──────┼────────┤
│ 日本 │      1 │
│ é    │ 123456 │
└──────┴────────┘
`)
})

test('goes on with later rows, and with a new rule where they are wider', () => {
  const table = new TableText(columns)
  expect(table.rows([['a', '1']]) + table.rows([['b', '2']]) + table.rows([['ccc', '3']]) + table.end()).toBe(`\
┌───┬───────┐
│ k │ total │
├───┼───────┤
│ a │     1 │
│ b │     2 │
├─────┼───────┤
│ ccc │     3 │
└─────┴───────┘
`)
})

test('shows the head of a result without rows', () => {
  expect(new TableText(columns).end()).toBe('┌───┬───────┐\n│ k │ total │\n├───┼───────┤\n└───┴───────┘\n')
})
