import * as fc from 'fast-check'

// A run that is told its first seed is the same every time, property tests included; without it every run looks at other inputs.
const first = process.env['MILLRACE_FIRST_SEED']
if (first !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(first) })
