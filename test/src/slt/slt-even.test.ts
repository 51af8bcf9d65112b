import { testConformance } from './conformance.js'

testConformance(0)
