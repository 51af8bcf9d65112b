import { describe, expect, it } from 'vitest'
import { compile } from './shop.test.data.js'

const SQL = "SELECT symbol, count(*) FROM trades WHERE symbol <> 'a\"<b>' GROUP BY symbol"

describe('EXPLAIN', () => {
  it('draws the plan as dot', async () => {
    const text = (await compile(SQL)).jobs[0]!.explain('dot')
    expect(`\n${text}\n`).toMatchInlineSnapshot(`
      "
      digraph plan {
        rankdir = BT
        node [shape = box]
        n4select [label = "Select\\n4 workers"]
        n3aggregate [label = "Aggregate final  key=symbol\\nmerge: \`symbol\` is not the split key of trades"]
        n2exchange [label = "Exchange hash(symbol)  partial aggregates only"]
        n1aggregate [label = "Aggregate partial  count(*)\\nlocal"]
        n0filter [label = "Filter symbol <> 'a\\"<b>'\\nlocal, in the reader"]
        n0read [label = "Read trades (file, 12 byte ranges)  columns=symbol"]
        n0read -> n0filter
        n0filter -> n1aggregate
        n1aggregate -> n2exchange
        n2exchange -> n3aggregate
        n3aggregate -> n4select
      }
      "
    `)
  })

  it('says what leaves memory where there is a limit', async () => {
    const text = (await compile(`SET 'state.memory-limit' = '64mb'; ${SQL}`)).jobs[0]!.explain()
    expect(text).toContain('Aggregate final  key=symbol  spills')
    expect(text).not.toMatch(/partial.*spills/)
    expect((await compile(SQL)).jobs[0]!.explain()).not.toContain('spills')
    await expect(compile(`SET 'state.memory-limit' = '10'; ${SQL}`)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })

  it('draws the plan as mermaid', async () => {
    const text = (await compile(SQL)).jobs[0]!.explain('mermaid')
    expect(`\n${text}\n`).toMatchInlineSnapshot(`
      "
      flowchart BT
        n4select["Select<br/>4 workers"]
        n3aggregate["Aggregate final  key=symbol<br/>merge: \`symbol\` is not the split key of trades"]
        n2exchange["Exchange hash(symbol)  partial aggregates only"]
        n1aggregate["Aggregate partial  count(*)<br/>local"]
        n0filter["Filter symbol &lt;&gt; 'a&quot;&lt;b&gt;'<br/>local, in the reader"]
        n0read["Read trades (file, 12 byte ranges)  columns=symbol"]
        n0read --> n0filter
        n0filter --> n1aggregate
        n1aggregate --> n2exchange
        n2exchange --> n3aggregate
        n3aggregate --> n4select
      "
    `)
  })

  it('gives the plan as JSON', async () => {
    const plan = JSON.parse((await compile(SQL)).jobs[0]!.explain('json')) as { workerCount: number; plans: { operator: string; inputs: { operator: string; note: string }[] }[] }
    expect(plan.workerCount).toBe(4)
    expect(plan.plans[0]!.operator).toBe('Select')
    expect(plan.plans[0]!.inputs[0]).toMatchObject({ operator: 'Aggregate final', note: 'merge: `symbol` is not the split key of trades' })
  })

  it('shows what is shared once in a drawing', async () => {
    const text = (await compile('INSERT INTO out SELECT symbol, quantity FROM trades; INSERT INTO changes SELECT symbol, quantity FROM trades')).jobs[0]!.explain('dot')
    expect(text.match(/n0read \[/g)).toHaveLength(1)
    expect(text.match(/n0read ->/g)).toHaveLength(2)
  })

  it.each(['text', 'json', 'dot', 'mermaid'] as const)('prints no option of a table as %s', async (format) => {
    const { jobs } = await compile("CREATE TABLE s (a INT) WITH ('connector' = 'file', 'path' = 'x', 'password' = '12345678'); SELECT a FROM s")
    expect(jobs[0]!.explain(format)).not.toContain('12345678')
  })
})
