/** The parts of WebAssembly that TypeScript declares for browsers only (`lib.dom.d.ts`). */
declare namespace WebAssembly {
    class Instance {
        constructor(module: Module, imports: object)
        readonly exports: object
    }
    function compile(bytes: Uint8Array): Promise<Module>
}
