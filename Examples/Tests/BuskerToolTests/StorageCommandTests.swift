// busker storage, as a process.

import Foundation
import Testing

@testable import busker

@Suite struct StorageCommandTests {
    static let file = Runner.root.appending(path: "Tests/BuskerStorageTests/Vectors/vectors.json")

    static func lines(_ outcome: Outcome) throws -> [[String: Any]] {
        try outcome.text.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func everyVectorHasItsLine() throws {
        let outcome = try Runner().run(["storage", "sign-vectors", "--vectors", Self.file.path])
        let lines = try Self.lines(outcome)
        #expect(outcome.exit == 0 && lines.count >= 210)
        #expect(lines.allSatisfy { $0["group"] is String && $0["name"] is String && $0["result"] != nil })
        let vectors = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: Self.file)) as? [String: Any])
        for (group, member) in [("presigned", "url"), ("signed_headers", "signature")] {
            let expected = (vectors[group] as? [[String: Any]] ?? []).map { $0[member] as? String }
            #expect(lines.filter { $0["group"] as? String == group }.map { $0["result"] as? String } == expected)
        }
    }

    @Test func strangeVectorsHaveAReasonAndDoNotEndTheRun() throws {
        let runner = try Runner()
        let text = """
            {"presigned": [{"name": "a"}, 5, {"name": "b", "op": "get_object", "method": "GET", "expires": 604801,
            "params": {"Bucket": "bkt", "Key": "k"}}, {"name": "c", "op": "x"}], "odd": [null], "uri_encoding": [{"key": "é "}],
            "chunked": "x", "cloudfront": {"canned": [{}], "custom": 3}}
            """
        try Data(text.utf8).write(to: URL(filePath: runner.path("v.json")))
        let outcome = try runner.run(["storage", "sign-vectors", "--vectors", runner.path("v.json")])
        let lines = try Self.lines(outcome)
        #expect(outcome.exit == 0 && lines.count >= 7)
        let results = lines.compactMap { $0["result"] as? String }
        #expect(results == ["%C3%A9%20"])
        #expect(lines.allSatisfy { $0["result"] is String || $0["reason"] is String })
    }

    @Test func filesThatAreNoneAreTold() throws {
        let runner = try Runner()
        #expect(try runner.run(["storage", "sign-vectors", "--vectors", runner.path("none")]).exit == 66)
        try Data("{".utf8).write(to: URL(filePath: runner.path("half.json")))
        #expect(try runner.run(["storage", "sign-vectors", "--vectors", runner.path("half.json")]).exit == 65)
    }
}
