import { testConformance } from './conformance.js'

testConformance(1)
