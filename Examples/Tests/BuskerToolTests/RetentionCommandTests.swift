// busker retention, as a process.

import BuskerCore
import BuskerDatabase
import BuskerStorage
import Foundation
import Testing

@testable import busker

@Suite struct RetentionCommandTests {
    /// A runner with a policy, a database with old and young files, and their bytes in a store.
    private func opened(percent: Int = 100) async throws -> (runner: Runner, place: [String], store: [String]) {
        let runner = try Runner()
        let policy = """
            {"id": "test", "version": 1, "guards": {"maxPercentObjects": \(percent), "maxPercentBytes": 100, \
            "minPopulation": 1, "maxPercentPerOwner": 100}, "rules": [{"id": "old", "reason": "Time is up.", \
            "when": {"prefix": "temp/"}, "effect": {"deleteAt": {"anchor": "created", "after": {"days": 30, \
            "zone": "Asia/Seoul"}}}}]}
            """
        try Data(policy.utf8).write(to: URL(filePath: runner.path("policy.json")))
        try FileManager.default.createDirectory(atPath: runner.path("store"), withIntermediateDirectories: false)
        let store = ["--store", "file:\(runner.path("store"))"]
        #expect(try runner.run(["storage", "create"] + store).exit == 0)
        try Data("data".utf8).write(to: URL(filePath: runner.path("in")))
        let database = try SQLiteDatabase(path: runner.path("files.sqlite"))
        try await database.migrate(StorageSchema.migrations)
        let ids = IDGenerator()
        for (name, days) in [("old", 40), ("young", 10)] {
            var times = FileTimes(created: SystemClock().now.advanced(by: .seconds(-days * 86_400)))
            times.received = times.created
            let row = FileRecord(
                id: ids.make(), owner: "ann", kind: "upload", subject: "job", name: name, contentType: "audio/wav",
                key: try ObjectKey("temp/\(name)"), size: 4, sha256: ContentHash(of: Array("data".utf8)),
                state: .accepted, near: .present, times: times)
            try await database.write { tx in try FileStore.insert(row, in: tx) }
            #expect(try runner.run(["storage", "put"] + store + [runner.path("in"), "temp/\(name)"]).exit == 0)
        }
        await database.close()
        return (runner, ["--policy", runner.path("policy.json"), "--database", runner.path("files.sqlite")], store)
    }

    @Test func aPlanIsMadeCarriedOutAndUndone() async throws {
        let (runner, place, store) = try await opened()
        let why = try runner.run(["retention", "explain", "temp/old"] + place)
        #expect(why.exit == 0 && why.text.hasPrefix("Now: delete it"))
        let young = try runner.run(["retention", "explain", "temp/young", "--json"] + place).json()
        #expect((young["steps"] as? [String])?.isEmpty == true && young["goes"] is String)
        let file = runner.path("plan.jsonl")
        let plan = try runner.run(["retention", "plan", "-o", file, "--json"] + place).json()
        #expect(plan["dry"] as? Bool == true && plan["ends"] as? Int == 1)
        let apply = ["retention", "apply", file, "--json"] + place + store
        #expect(try runner.run(apply).json()["state"] as? String == "dry")
        #expect(try runner.run(apply).exit == 10)
        #expect(try runner.run(["retention", "plan", "-o", file] + place).text.contains("to delete"))
        let done = try runner.run(apply).json()
        #expect(done["state"] as? String == "applied" && done["deleted"] as? Int == 1)
        let id = try #require(done["plan"] as? String)
        let undo = ["retention", "undo", id, "--json", "--hold", "asked"] + place.suffix(2)
        #expect(try runner.run(undo).json()["restored"] as? Int == 1)
        #expect(try runner.run(["retention", "explain", "temp/old"] + place).text.contains("legal hold"))
    }

    @Test func theBrakeIsReleasedByDigestAndNumberOnly() async throws {
        let (runner, place, store) = try await opened(percent: 5)
        let file = runner.path("plan.jsonl")
        #expect(try runner.run(["retention", "plan", "-o", file] + place).exit == 0)
        let apply = ["retention", "apply", file, "--json"] + place + store
        #expect(try runner.run(apply).json()["state"] as? String == "dry")
        let plan = try runner.run(["retention", "plan", "-o", file, "--json"] + place).json()
        let digest = try #require(plan["digest"] as? String)
        #expect((plan["brakes"] as? [String])?.isEmpty == false)
        let refused = try runner.run(apply)
        #expect(refused.exit == 10 && refused.errors.contains("\"brake\""))
        #expect(try runner.run(apply + ["--release", "\(digest):2"]).exit == 10)
        #expect(try runner.run(apply + ["--release", "\(digest):1"]).json()["deleted"] as? Int == 1)
    }

    @Test func documentsArePrintedAndFaultsNamed() async throws {
        let runner = try Runner()
        for service in ["songs", "posters", "invoices", "stems", "dubs"] {
            let policy = try runner.run(["retention", "policy", service, "--zone", "Europe/Berlin"])
            #expect(policy.exit == 0)
            try policy.output.write(to: URL(filePath: runner.path("policy.json")))
            let bucket = try runner.run(["retention", "s3-lifecycle", "--policy", runner.path("policy.json")])
            #expect(bucket.exit == 0 && bucket.text.contains("<LifecycleConfiguration"))
            #expect(bucket.errors.contains("lost: "))
        }
        #expect(try runner.run(["retention", "policy", "songs", "--zone", "../etc/passwd"]).exit == 64)
        try Data(#"{"id": "p", "version": 1, "rules": [{"id": "a"}]}"#.utf8)
            .write(to: URL(filePath: runner.path("bad.json")))
        let bad = try runner.run(["retention", "s3-lifecycle", "--policy", runner.path("bad.json"), "--json"])
        #expect(bad.exit == 65 && bad.errors.contains("rules[0]"))
        let none = ["--policy", runner.path("policy.json"), "--database", runner.path("none.sqlite")]
        #expect(try runner.run(["retention", "explain", "a"] + none).exit == 66)
    }
}
