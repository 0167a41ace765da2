/**
 * Compilers of schemas for Fastify. What they compile is kept for the life of the process: compiling the schemas of
 * every route takes 150 ms, and a process that builds one app after another does it once.
 */
import validatorFactory from "@fastify/ajv-compiler"
import serializerFactory from "@fastify/fast-json-stringify-compiler"

const buildValidator = validatorFactory()
const buildSerializer = serializerFactory()

/** For `schemaController` of Fastify's options. */
export const compilersFactory = { buildValidator: keeping(buildValidator), buildSerializer: keeping(buildSerializer) }

/** @param build makes the compiler for the schemas that others refer to, and options of Fastify */
function keeping<Externals, Options, Route, Compiled>(
    build: (externals: Externals, options: Options) => (route: Route) => Compiled,
) {
    const compilers = new Map<string, (route: Route) => Compiled>()
    return (externals: Externals, options: Options) =>
        kept(compilers, [externals, options], () => {
            const compile = build(externals, options)
            const results = new Map<string, Compiled>()
            return (route: Route) => kept(results, Object(route).schema, () => compile(route))
        })
}

/** What was made for the same JSON, or is made now. */
function kept<Value>(values: Map<string, Value>, key: unknown, make: () => Value): Value {
    const text = JSON.stringify(key)
    const known = values.get(text)
    if (known !== undefined) return known
    const made = make()
    values.set(text, made)
    return made
}
