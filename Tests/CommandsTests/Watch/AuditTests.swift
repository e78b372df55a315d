import Testing

@testable import Commands

@Suite struct AuditTests {
    @Test(
        "Names that hold a day and no time",
        arguments: [
            "manual-20260114.tar.gz", "backup_20260114.dump", "20260114.db", "a-2026-01-14.zip",
            "a.2026.01.14.sql.gz", "A-20260114.TGZ",
        ]
    )
    func byDay(name: String) { #expect(CopyName.isByDay(name)) }

    @Test(
        "Names that do not",
        arguments: [
            "manual-20260114-0210.tar.gz", "manual-202601140210.tar.gz", "backup-3f2a.tar.gz",
            "20261345.zip", "notes-20260114.txt", "20260114T021000.db", "v12345678.tar",
            "2026-1-14.zip", ".tar.gz", "",
        ]
    )
    func notByDay(name: String) { #expect(!CopyName.isByDay(name)) }

    @Test func originalsOfCopies() {
        #expect(CopyName.original("security.db.backup") == "security.db")
        #expect(CopyName.original("notes~") == "notes")
        #expect(CopyName.original(".bak") == nil && CopyName.original("a.db") == nil)
    }

    private func verdict(_ findings: [AuditFinding], accepted: Set<String> = []) -> Report {
        AuditReport(findings, checked: ["bytes"], accepted: accepted, stack: "demo").report
    }

    @Test func theWorstFindingIsTheVerdict() {
        let note = AuditFinding(.note, "few-verified", "n")
        let risk = AuditFinding(.risk, "same-disk", "r", next: "move it")
        let fatal = AuditFinding(.fatal, "no-backup", "f")
        #expect(verdict([]).status == .done && verdict([]).lines.last == "RECOVERABLE  demo")
        #expect(verdict([note]).status == .done && verdict([note]).warnings.count == 1)
        let risky = verdict([note, risk])
        #expect(risky.status == .stale && risky.lines.last == "AT RISK  demo: one reason")
        let lost = verdict([risk, fatal])
        #expect(lost.status == .stale && lost.failures.map(\.code) == ["no-backup", "same-disk"])
        #expect(lost.lines.last == "NOT RECOVERABLE  demo: 2 reasons")
        #expect(verdict([AuditFinding(.risk, "damage", "d")]).status == .damaged)
        let accepted = verdict([risk], accepted: ["same-disk"])
        #expect(accepted.status == .done && accepted.warnings.map(\.code) == ["same-disk"])
        let damage = AuditFinding(.risk, "damage", "d")
        #expect(verdict([damage], accepted: ["damage"]).status == .damaged)
        // What is lost is lost, whoever accepts it.
        #expect(verdict([fatal], accepted: ["no-backup"]).status == .stale)
    }
}
