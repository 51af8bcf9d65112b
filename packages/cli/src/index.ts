/** `@millrace/cli`: the command as a function, for those who embed it. */
export { main } from './main.js'
