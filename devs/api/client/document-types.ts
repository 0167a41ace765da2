/**
 * The types of an OpenAPI 3.1 document as TypeScript: its named schemas, and `paths` in the form that openapi-fetch
 * reads. openapi-typescript makes the same, but needs TypeScript 5.
 */

interface Schema {
    type?: string | string[]
    description?: string
    enum?: (string | number)[]
    properties?: Record<string, Schema>
    required?: string[]
    additionalProperties?: boolean | Schema
    patternProperties?: Record<string, Schema>
    items?: Schema
    anyOf?: Schema[]
    allOf?: Schema[]
    $ref?: string
}

interface Content {
    [mediaType: string]: { schema?: Schema }
}

interface Parameter {
    name: string
    in: string
    required?: boolean
    description?: string
    schema: Schema
}

interface Operation {
    summary?: string
    parameters?: Parameter[]
    requestBody?: { content: Content }
    responses: Record<string, { content?: Content }>
}

export interface ApiDocument {
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, Schema> }
}

/** Keywords that say nothing about the type. */
const ANNOTATIONS = new Set([
    "title",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "uniqueItems",
    "maxLength",
    "maxProperties",
    "propertyNames",
    "default",
])
const READ = new Set([
    "type",
    "description",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "items",
    "anyOf",
    "allOf",
    "$ref",
])

const NAMES: Record<string, string> = { integer: "number", number: "number", string: "string", boolean: "boolean" }
const INDENT = "    "

/** @throws Error for a keyword that it does not know */
export function typesOf({ paths, components }: ApiDocument): string {
    const named = Object.entries(components.schemas).map(
        ([name, schema]) => `${comment(schema.description, "")}export type ${name} = ${typeOf(schema, "")}\n`,
    )
    const routes = members(
        Object.entries(paths).map(([path, operations]) => ({ name: path, type: pathType(operations) })),
        "",
    )
    return [...named, `export interface paths ${routes}\n`].join("\n")
}

const pathType = (operations: Record<string, Operation>) => (indent: string) =>
    members(
        Object.entries(operations).map(([method, operation]) => ({
            name: method,
            description: operation.summary,
            type: operationType(operation),
        })),
        indent,
    )

const operationType = (operation: Operation) => (indent: string) =>
    members(
        [
            { name: "parameters", type: parametersType(operation.parameters ?? []) },
            ...(operation.requestBody ? [{ name: "requestBody", type: contentType(operation.requestBody) }] : []),
            {
                name: "responses",
                type: (inner: string) =>
                    members(
                        Object.entries(operation.responses).map(([status, response]) => ({
                            name: status,
                            type: contentType(response),
                        })),
                        inner,
                    ),
            },
        ],
        indent,
    )

/** By where they stand: "query", "path". */
const parametersType = (parameters: Parameter[]) => (indent: string) =>
    members(
        ["query", "path", "header", "cookie"].map(place => {
            const here = parameters.filter(parameter => parameter.in === place)
            const all = here.map(({ name, required = false, description, schema }) => ({
                name,
                isOptional: !required,
                description,
                type: (inner: string) => typeOf(schema, inner),
            }))
            const isOptional = !here.some(({ required }) => required)
            return { name: place, isOptional, type: here.length > 0 ? (inner: string) => members(all, inner) : "never" }
        }),
        indent,
    )

const contentType =
    ({ content = {} }: { content?: Content }) =>
    (indent: string) => {
        const bodies = Object.entries(content).map(([mediaType, { schema = {} }]) => ({
            name: mediaType,
            type: (inner: string) => typeOf(schema, inner),
        }))
        return members([{ name: "content", type: inner => members(bodies, inner) }], indent)
    }

function typeOf(schema: Schema, indent: string): string {
    const unknown = Object.keys(schema).find(keyword => !READ.has(keyword) && !ANNOTATIONS.has(keyword))
    if (unknown !== undefined) throw new Error(`no type is known for the keyword ${unknown}`)
    const { type, enum: values, anyOf, allOf, $ref } = schema
    if ($ref !== undefined) return $ref.split("/").at(-1) ?? "unknown"
    if (values !== undefined) return values.map(value => JSON.stringify(value)).join(" | ")
    if (anyOf !== undefined) return anyOf.map(each => typeOf(each, indent)).join(" | ")
    const own = [type ?? []].flat().map(each => (each === "null" ? "null" : nameOf(each, schema, indent)))
    if (allOf !== undefined) return [...allOf.map(each => typeOf(each, indent)), own.join(" | ")].join(" & ")
    return own.length > 0 ? own.join(" | ") : "unknown"
}

function nameOf(type: string, { items = {}, ...schema }: Schema, indent: string): string {
    if (type === "array") return `(${typeOf(items, indent)})[]`
    if (type === "object") return objectType(schema, indent)
    const name = NAMES[type]
    if (name === undefined) throw new Error(`no type is known for ${type}`)
    return name
}

function objectType(
    { properties = {}, required = [], additionalProperties, patternProperties = {} }: Schema,
    indent: string,
): string {
    const own = Object.entries(properties).map(([name, schema]) => ({
        name,
        isOptional: !required.includes(name),
        description: schema.description,
        type: (inner: string) => typeOf(schema, inner),
    }))
    const others = [
        typeof additionalProperties === "object" ? additionalProperties : [],
        Object.values(patternProperties),
    ]
    const byAnyName = others.flat().map(schema => ({
        name: "[name: string]",
        description: undefined,
        isOptional: false,
        type: (inner: string) => typeOf(schema, inner),
    }))
    return members([...own, ...byAnyName], indent)
}

interface Member {
    name: string
    isOptional?: boolean
    description?: string | undefined
    type: string | ((indent: string) => string)
}

function members(all: Member[], indent: string): string {
    if (all.length === 0) return "Record<string, never>"
    const inner = indent + INDENT
    const lines = all.map(({ name, isOptional = false, description, type }) => {
        const key = /^(\w+|\[name: string\])$/.test(name) ? name : JSON.stringify(name)
        const text = typeof type === "string" ? type : type(inner)
        return `${comment(description, inner)}${inner}${key}${isOptional ? "?" : ""}: ${text}\n`
    })
    return `{\n${lines.join("")}${indent}}`
}

function comment(text: string | undefined, indent: string): string {
    return text === undefined ? "" : `${indent}/** ${text.replaceAll("*/", "* /")} */\n`
}
