// Arrows between rooms go down only: who may import whom.

import Testing

@Suite struct ImportTests {
    /// What each target of `Sources/` may import, ours and others'.
    static let allowed: [String: Set<String>] = [
        "BuskerAudio": [
            "CBuskerDSP", "CBuskerNeural", "CMPG123", "CVorbis", "CSndfile", "Darwin", "Dispatch", "Glibc",
            "Synchronization",
        ],
        "BuskerCore": ["Darwin", "Glibc", "Synchronization"],
        "BuskerDatabase": ["BuskerCore", "Darwin", "Dispatch", "GRDB", "GRDBSQLite", "Glibc", "Synchronization"],
        "BuskerPostgres": [
            "BuskerCore", "BuskerDatabase", "CPostgres", "Darwin", "Dispatch", "Glibc", "Synchronization",
        ],
        "BuskerHTTP": ["BuskerCore", "Darwin", "Glibc", "HTTPTypes", "Synchronization"],
        "BuskerHTTPClient": [
            "AsyncHTTPClient", "BuskerCore", "BuskerHTTP", "BuskerJobs", "Darwin", "Glibc", "HTTPTypes", "NIOCore",
            "NIOHTTP1", "NIOPosix", "NIOSSL", "Synchronization",
        ],
        "BuskerPayments": [
            "BuskerCore", "BuskerDatabase", "BuskerHTTP", "Crypto", "CryptoExtras", "HTTPTypes", "SwiftASN1",
            "Synchronization",
        ],
        "BuskerStorage": [
            "BuskerCore", "BuskerDatabase", "BuskerHTTP", "Crypto", "CryptoExtras", "Darwin", "Dispatch", "Glibc",
            "HTTPTypes", "Synchronization",
        ],
        "BuskerRetention": ["BuskerCore", "BuskerDatabase", "BuskerStorage", "Crypto", "Synchronization"],
        "BuskerProcess": ["BuskerCore", "CBuskerChild", "Darwin", "Glibc", "Synchronization"],
        "BuskerJobs": ["BuskerCore", "BuskerDatabase", "BuskerHTTP", "Crypto", "HTTPTypes", "Synchronization"],
        "BuskerAccounts": [
            "BuskerCore", "BuskerDatabase", "CCrypt", "Crypto", "Darwin", "Glibc", "Synchronization",
        ],
        "BuskerMail": ["BuskerCore", "BuskerDatabase", "CCurl", "Darwin", "Glibc", "Synchronization"],
        "Busker": [
            "BuskerAudio", "BuskerCore", "BuskerDatabase", "BuskerHTTP", "BuskerJobs", "BuskerLedger",
            "BuskerPayments", "BuskerProcess", "BuskerStorage", "Crypto", "Darwin", "Glibc", "HTTPTypes", "Logging",
            "Synchronization",
        ],
        "BuskerTesting": [
            "Busker", "BuskerCore", "BuskerHTTP", "BuskerPayments", "BuskerStorage", "Crypto", "CryptoExtras",
            "HTTPTypes",
            "NIOCore", "NIOHTTP1", "NIOPosix", "Synchronization",
        ],
        "BuskerLedger": ["BuskerCore", "BuskerDatabase", "Crypto", "Synchronization"],
    ]

    /// C modules that only the audio room may see.
    static let signal: Set<String> = [
        "CBuskerDSP", "CBuskerNeural", "CFFTW", "CSndfile", "CSamplerate", "CEBUR128", "CMPG123", "CVorbis",
    ]

    @Test func treeIsRead() {
        #expect(Tree.library.contains { $0.isSwift })
        #expect(Tree.library.contains { $0.isC })
    }

    @Test(arguments: Tree.library.filter(\.isSwift))
    func libraryImportsOnlyWhatThePlanAllows(file: SourceFile) throws {
        let allowed = try #require(Self.allowed[file.target], "\(file.target) is not in the plan's table")
        for module in Self.imports(of: file) {
            #expect(allowed.contains(module), "\(file) imports \(module)")
        }
    }

    @Test(arguments: Tree.sources.filter { $0.path.hasPrefix("Examples/") && $0.isSwift })
    func hostsImportProductsOnly(file: SourceFile) {
        for module in Self.imports(of: file) {
            #expect(!Self.signal.contains(module), "\(file) imports \(module)")
        }
    }

    @Test func theCoreIncludesOnlyItselfAndItsLibraries() {
        let known = [
            "<fftw3.h>", "<samplerate.h>", "<ebur128.h>", "<sndfile.h>", "<mpg123.h>", "<vorbis/codec.h>",
            "<immintrin.h>", "<ptrcheck.h>", "<libpq-fe.h>",
            "<lifetimebound.h>", "<crypt.h>", "<curl/curl.h>",
        ]
        let standard = [
            "math", "errno", "fcntl", "pthread", "signal", "stdatomic", "stdbool", "stddef", "stdint", "stdlib",
            "string", "float", "limits", "stdarg", "stdio", "sys/mman", "sys/prctl",
            "sys/resource", "sys/stat", "sys/wait", "unistd",
        ]
        let allowed = Set(known + standard.map { "<\($0).h>" })
        for file in Tree.library where file.isC {
            for line in file.lines where line.hasPrefix("#include <") {
                let header = String(line.dropFirst("#include ".count))
                #expect(allowed.contains(header), "\(file) includes \(header)")
            }
        }
    }

    static func imports(of file: SourceFile) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count, !line.hasPrefix("//") else {
                return nil
            }
            guard words[..<at].allSatisfy({ $0.hasPrefix("@") || ["public", "package", "internal"].contains($0) })
            else {
                return nil
            }
            let kinds: Set<Substring> = ["struct", "class", "enum", "func", "protocol", "typealias"]
            let named = kinds.contains(words[at + 1]) && at + 2 < words.count ? words[at + 2] : words[at + 1]
            return String(named.prefix { $0 != "." })
        }
    }
}
