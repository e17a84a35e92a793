// busker storage on a folder, and its addresses, as a process.

import Foundation
import Testing

@testable import busker

@Suite struct StorageStoreTests {
    /// A runner with an empty store in a folder, and the words that name it.
    private func opened() throws -> (runner: Runner, place: [String]) {
        let runner = try Runner()
        let folder = runner.path("store")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let place = ["--store", "file:\(folder)"]
        #expect(try runner.run(["storage", "create"] + place).exit == 0)
        return (runner, place)
    }

    @Test func whatIsPutIsGotAndListed() throws {
        let (runner, place) = try opened()
        let bytes = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        try bytes.write(to: URL(filePath: runner.path("in")))
        let words = ["songs/한 a.wav", "--type", "audio/wav", "--attribute", "plan=pro", "--create", "--json"]
        let put = try runner.run(["storage", "put"] + place + [runner.path("in")] + words)
        #expect(put.exit == 0 && try put.json()["size"] as? Int == 300_000)
        #expect(try runner.run(["storage", "put"] + place + [runner.path("in")] + words).exit == 11)
        let get = try runner.run(["storage", "get"] + place + ["songs/한 a.wav", runner.path("out"), "--json"])
        #expect(try Data(contentsOf: URL(filePath: runner.path("out"))) == bytes)
        let sum = try #require(try put.json()["sha256"] as? String)
        #expect(try get.json()["sha256"] as? String == sum && sum.count == 64)
        let part = try runner.run(["storage", "get"] + place + ["songs/한 a.wav", "-", "--range", "10-19"])
        #expect(part.output == bytes[10..<20])
        let head = try runner.run(["storage", "head"] + place + ["songs/한 a.wav"])
        #expect(head.text.contains("audio/wav") && head.text.contains("plan"))
        let list = try runner.run(["storage", "list"] + place + ["--folders"])
        #expect(list.text.contains("songs/"))
        let du = try runner.run(["storage", "du"] + place + ["--json"]).json()
        #expect((du["total"] as? [String: Any])?["bytes"] as? Int == 300_000)
    }

    @Test func whatIsNotThereIsTold() throws {
        let (runner, place) = try opened()
        let head = try runner.run(["storage", "head"] + place + ["nothing", "--json"])
        #expect(head.exit == 66 && head.errors.contains("\"absent\""))
        let get = try runner.run(["storage", "get"] + place + ["nothing", runner.path("out")])
        #expect(get.exit == 66 && !FileManager.default.fileExists(atPath: runner.path("out")))
        #expect(try runner.run(["storage", "put"] + place + [runner.path("none"), "k"]).exit == 66)
        #expect(try runner.run(["storage", "head"] + place + ["../k"]).exit == 64)
    }

    @Test(arguments: [
        "ftp:/x", "file:", "s3:https://host/bucket", "s3:host/bucket?region=a", "s3:https://host/bucket?region=a&x=1",
        "s3:https://host/B?region=a", "s3:https://host/bucket?region=a&part=4", "file:/x?id=A",
    ])
    func aPlaceThatIsNoneIsRefused(place: String) throws {
        let keys = ["AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hunter2"]
        let outcome = try Runner().run(["storage", "head", "--store", place, "k"], environment: keys)
        #expect(outcome.exit == 64 && !outcome.errors.contains("hunter2"))
    }

    @Test func anAddressIsSignedWithoutSending() throws {
        let keys = ["AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "hunter2"]
        let words = ["storage", "presign", "--store", "s3://songs?region=eu-north-1", "--json"]
        let outcome = try Runner().run(
            words + ["put", "a b.wav", "--length", "5", "--type", "audio/wav", "--expires", "60"], environment: keys)
        let url = try #require(try outcome.json()["url"] as? String)
        #expect(url.hasPrefix("https://songs.s3.eu-north-1.amazonaws.com/a%20b.wav?X-Amz-Algorithm="))
        #expect(url.contains("X-Amz-Expires=60") && !url.contains("hunter2"))
        #expect(try runner(words + ["get", "k", "--expires", "604801"], keys).exit == 64)
        let without = ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""]
        #expect(try runner(words + ["get", "k"], without).exit == 10)
    }

    private func runner(_ words: [String], _ environment: [String: String]) throws -> Outcome {
        try Runner().run(words, environment: environment)
    }
}
