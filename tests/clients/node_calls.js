// The calls of a client for Node.js: `node node_calls.js netstorageapi|akamai-http-api FOLDER HOST http|https`, which prints a line of
// JSON for each call: its name and the status of the response. FOLDER is where npm installed the client.

'use strict'
const fs = require('fs')
const path = require('path')
const [name, folder, host, protocol] = process.argv.slice(2)
const client = require(path.join(folder, 'node_modules', name))
const who = { keyName: 'tester', key: 'a-key-for-tests-only', ssl: protocol === 'https' }
const place = '/123456/dir'
fs.writeFileSync('small.txt', 'hello'.repeat(100))
fs.writeFileSync('empty.txt', '')

function told (call, status) {
  if (call === 'download' && !fs.readFileSync('got.txt').equals(fs.readFileSync('small.txt'))) status = -1
  console.log(JSON.stringify([call, status]))
}

async function netstorageapi () {
  const ns = new client({ hostname: host, ...who })
  const calls = [
    ['mkdir', 'mkdir', place], ['upload', 'upload', 'small.txt', `${place}/one.txt`],
    ['upload, blank in the name', 'upload', 'small.txt', `${place}/a b.txt`],
    ['upload, letter beyond ASCII', 'upload', 'small.txt', `${place}/\u0107.txt`],
    ['upload, empty', 'upload', 'empty.txt', `${place}/empty.txt`],
    ['stat', 'stat', `${place}/one.txt`], ['dir', 'dir', { path: place, actions: { max_entries: 2 } }],
    ['list', 'list', { path: place, actions: { max_entries: 2 } }], ['du', 'du', place],
    ['download', 'download', `${place}/one.txt`, 'got.txt'], ['mtime', 'mtime', `${place}/one.txt`, 1500000000],
    ['symlink', 'symlink', `${place}/one.txt`, `${place}/link`], ['rename', 'rename', `${place}/one.txt`, `${place}/two.txt`],
    ['delete', 'delete', `${place}/link`], ['rmdir, not empty', 'rmdir', place], ['quick_delete', 'quick_delete', place],
    ['stat, gone', 'stat', `${place}/two.txt`]
  ]
  for (const [call, method, ...given] of calls) {
    await new Promise((resolve) => ns[method](...given, (error, response) => {
      told(call, error ? String(error.message) : response.statusCode)
      resolve()
    }))
  }
}

async function akamaiHttpApi () {
  client.setConfig({ host, ...who })
  const stream = (file) => fs.createReadStream(file)
  const calls = [
    ['mkdir', 'mkdir', place], ['upload', 'upload', stream('small.txt'), `${place}/one.txt`],
    ['upload, blank in the name', 'upload', stream('small.txt'), `${place}/a b.txt`],
    ['upload, blank in the name, encoded', 'upload', stream('small.txt'), `${place}/a%20b.txt`],
    ['upload, empty', 'upload', stream('empty.txt'), `${place}/empty.txt`],
    ['stat', 'stat', `${place}/one.txt`], ['dir', 'dir', place], ['du', 'du', place],
    ['download', 'download', `${place}/one.txt`, fs.createWriteStream('got.txt')],
    ['mtime', 'mtime', `${place}/one.txt`, new Date(1500000000000)],
    ['symlink', 'symlink', `${place}/one.txt`, `${place}/link`], ['rename', 'rename', `${place}/one.txt`, `${place}/two.txt`],
    ['delete', 'delete', `${place}/link`], ['rmdir, not empty', 'rmdir', place], ['stat, gone', 'stat', `${place}/one.txt`]
  ]
  for (const [call, method, ...given] of calls) {
    const [error, data] = await new Promise((resolve) => client[method](...given, (...answer) => resolve(answer)))
    const file = given[given.length - 1]
    if (method === 'download' && !file.writableFinished) await new Promise((resolve) => file.once('finish', resolve))
    told(call, error ? error.code : (data.status || 200))
  }
}

({ netstorageapi, 'akamai-http-api': akamaiHttpApi })[name]()
