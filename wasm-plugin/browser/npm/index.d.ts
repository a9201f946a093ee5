export * from './gatepost.js'
