// busker retention: what is kept, until when, and who says so, by hand.

import ArgumentParser

/// Everything that can be asked of a policy.
struct RetentionTool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: "Keep files as long as a policy says: look, plan, carry out, undo.",
        discussion: """
            A policy is a document of JSON, named with --policy; 'busker retention policy songs' prints one to begin with. The \
            database is a file or a PostgreSQL server, named with --database or in BUSKER_DATABASE, with the rows of files.

            'plan' changes nothing and writes what is to be done into a file; 'apply' carries that file out within an hour. The \
            first apply of a new edition of a policy only rehearses. A plan that deletes more than is usual is refused until \
            --release names its digest and exactly how many files go.

            Exit codes beside those of busker: 10 refused, such as by the brake, 65 a policy or plan is wrong, 66 there is no \
            such database, file or plan, 69 the database or store cannot be reached, 75 try again.
            """,
        subcommands: [
            RetentionExplain.self, RetentionMakePlan.self, RetentionApply.self, RetentionUndo.self,
            RetentionLifecycle.self, RetentionReady.self,
        ])
}
