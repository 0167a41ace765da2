import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { openOrCreateLocalCa } from "../../../certs/local-ca.ts"
import { connectTo } from "../../../devs/api/client/client.ts"
import { API_TYPES_FILE, currentTypes } from "../../../devs/api/client/current-types.ts"
import { typesOf } from "../../../devs/api/client/document-types.ts"
import { type Serving, serve } from "../../../devs/api/server.ts"
import { NOW_S, openWorld, type World } from "../support/world.ts"

describe("the types of the client", () => {
    it("are those of the document of today (npm run client makes them)", async () => {
        assert.equal(await readFile(API_TYPES_FILE, "utf8"), await currentTypes())
    })

    const typeOf = (schema: object) => typesOf({ paths: {}, components: { schemas: { It: schema } } }).split("\n\n")[0]

    const types: [schema: object, type: string][] = [
        [{ type: "integer" }, "number"],
        [{ type: ["string", "null"] }, "string | null"],
        [{ type: "array", items: { type: ["number", "null"] } }, "(number | null)[]"],
        [{ enum: ["a", "b"] }, '"a" | "b"'],
        [{ anyOf: [{ $ref: "#/components/schemas/Device" }, { type: "null" }] }, "Device | null"],
        [{ type: "object", additionalProperties: { type: "integer" } }, "{\n    [name: string]: number\n}"],
        [
            { type: "object", required: ["a"], properties: { a: {}, "b-c": { type: "boolean" } } },
            '{\n    a: unknown\n    "b-c"?: boolean\n}',
        ],
    ]
    for (const [schema, type] of types)
        it(`are ${type.replaceAll(/\s+/g, " ")} for ${JSON.stringify(schema)}`, () => {
            assert.equal(typeOf(schema), `export type It = ${type}`)
        })

    it("are refused for a keyword that might change the type", () => {
        assert.throws(() => typeOf({ type: "object", dependentRequired: {} }), /keyword dependentRequired/)
        assert.throws(() => typeOf({ type: "float" }), /float/)
    })
})

describe("the client", () => {
    let world: World
    let serving: Serving
    let rootPem: string

    before(async () => {
        world = await openWorld()
        const authority = await openOrCreateLocalCa(join(world.directory, "ca"))
        const { keyPem, chainPem: certPem } = authority.server
        rootPem = authority.rootPem
        serving = await serve({ app: world.app, port: 0, keyPem, certPem })
        await world.post({ boot: "b1", seq: 1, time: NOW_S - 60, step: 60, co2Ppm: [721] })
    })
    after(async () => {
        await serving.close()
        await world.end()
    })

    const id = "kitchen"

    it("asks a server over TLS, by its own CA", async () => {
        const client = connectTo({ url: `${serving.url}/`, rootPem })
        const { data } = await client.GET("/api/v1/devices/{id}/latest", { params: { path: { id } } })
        assert.equal(data?.latest?.co2Ppm, 721)
    })

    it("posts with a token", async () => {
        const client = connectTo({ url: serving.url, rootPem, token: world.token })
        const body = { boot: "b1", seq: 2, time: NOW_S, step: 60, co2Ppm: [722, null] }
        const { data } = await client.POST("/api/v1/readings", { body })
        assert.deepEqual(data, { ack: 3 })
    })

    it("returns the error of the API as it is declared", async () => {
        const client = connectTo({ url: serving.url, rootPem })
        const { error } = await client.GET("/api/v1/devices/{id}", { params: { path: { id: "none" } } })
        assert.deepEqual([error?.code, error?.status], ["DEVICE_UNKNOWN", 404])
    })

    it("refuses a server of another CA", async () => {
        await assert.rejects(connectTo({ url: serving.url }).GET("/health"), /certificate/)
    })
})
