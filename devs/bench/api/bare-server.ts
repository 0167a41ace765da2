/**
 * What `airpin serve` is compared with: the least that stores readings durably and idempotently over HTTPS with the
 * same SQLite binding. It checks nothing, knows no tokens, and keeps no means.
 *
 *     node --import tsx devs/bench/api/bare-server.ts DATABASE CERT KEY
 */
import { readFileSync } from "node:fs"
import { createServer } from "node:https"
import { DatabaseSync } from "@photostructure/sqlite"

const [file = "", cert = "", key = ""] = process.argv.slice(2)

const database = new DatabaseSync(file)
database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE readings (
        boot TEXT, seq INTEGER, time INTEGER, co2Ppm REAL, temperatureC REAL, humidityRh REAL, PRIMARY KEY (boot, seq)
    );
`)
const insert = database.prepare("INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?, ?)")

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    const chunks: Buffer[] = []
    request.on("data", chunk => chunks.push(chunk))
    request.on("end", () => {
        const { boot, seq, time, step, co2Ppm, temperatureC, humidityRh } = JSON.parse(Buffer.concat(chunks).toString())
        database.exec("BEGIN IMMEDIATE")
        for (let at = 0; at < co2Ppm.length; at++)
            insert.run(boot, seq + at, time + at * step, co2Ppm[at], temperatureC[at], humidityRh[at])
        database.exec("COMMIT")
        const body = `{"ack":${seq + co2Ppm.length - 1}}`
        response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body)
    })
})
server.keepAliveTimeout = 600_000
server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    if (address !== null && typeof address === "object") console.log(`https://localhost:${address.port}`)
})
