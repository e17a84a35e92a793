// The text of the progress bar.

import Testing

@testable import busker

@Suite struct ProgressBarTests {
    @Test(arguments: [
        (0.0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3599, "59:59"), (3600, "1:00:00"), (7325, "2:02:05"),
        (-3, "0:00"),
    ])
    func clockReadsAsPeopleDo(seconds: Double, text: String) { #expect(ProgressBar.clock(seconds) == text) }

    @Test func timeLeftFollowsFromTheShare() {
        #expect(ProgressBar.line("Work", 0.25, "", elapsed: 10).hasSuffix("25%  0:30 left"))
        #expect(ProgressBar.line("Work", 0.001, "", elapsed: 10).hasSuffix("0%"))
        #expect(ProgressBar.line("Work", nil, "0:07", elapsed: 1) == "Work  0:07 done")
    }

    @Test func theBarKeepsItsWidth() {
        for share in [0, 0.01, 0.5, 0.999, 1] {
            #expect(ProgressBar.line("", share, "", elapsed: 0).count(where: { "█░".contains($0) }) == 30)
        }
    }
}
