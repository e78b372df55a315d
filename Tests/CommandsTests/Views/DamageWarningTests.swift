import Testing

@testable import Commands

/// What cannot be read or is known to be damaged is said, in lines and in JSON, and mended.
@Suite struct DamageWarningTests {
    /// Two snapshots of one TAG; the document of one of them is then cut short.
    private func stack(damaging number: Int) throws -> (place: Workplace, ids: [String]) {
        let place = try Workplace()
        try DemoStack.fill(place)
        #expect(try place.recover("backup", "--tag", "2026.01.13").status == 0)
        let ids = try DemoStack.ids(place)
        let cut = try place.shell("truncate -s 100 repository/snapshots/\(ids[number]).json")
        #expect(cut.status == 0)
        return (place, ids)
    }

    @Test(arguments: [["--tag", "2026.01.13"], ["--at", "2040-01-01T00:00:00+00:00"]])
    func unreadableSnapshotsAreNotPassedOverQuietly(choice: [String]) throws {
        let (place, ids) = try stack(damaging: 1)
        let run = try place.recover(["restore", "--to", "out", "--json"] + choice)
        #expect(run.status == 0)
        let json = try run.json()
        #expect(json["data.snapshot"]?.string == ids[0])
        #expect(json["warnings.0.code"]?.string == "damage")
        #expect(json["warnings.0.message"]?.string?.contains(ids[1]) == true)
        #expect(run.errors.contains("[damage]"))
    }

    @Test func aBackupSaysThatItCouldNotFollow() throws {
        let (place, ids) = try stack(damaging: 1)
        let json = try place.recover("backup", "--json").json()
        #expect(json["ok"] == .boolean(true))
        #expect(json["warnings.0.code"]?.string == "damage")
        #expect(json["warnings.0.message"]?.string?.contains(ids[1]) == true)
    }

    @Test func aBackupSaysThatTheManifestBeforeIsDamaged() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let lost = try place.shell("rm -r repository/meta/*")
        #expect(lost.status == 0)
        let json = try place.recover("backup", "--json").json()
        let texts = json["warnings"]?.items.compactMap { $0["message"]?.string } ?? []
        #expect(texts.contains { $0.contains("the manifest of the snapshot before is damaged") })
    }

    /// One bit in a pack: found, then mended from the live files, old snapshots included.
    @Test func repairMendsFromLiveFiles() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let noise = try place.shell(
            "head -c 300000 /dev/urandom > memory/noise && recover backup"
        )
        #expect(noise.status == 0, "\(noise.errors)")
        let flipped = try place.shell(
            "f=$(ls -S repository/packs/*/*.tar | head -1) && "
                + "printf '\\252\\125\\252' | dd of=\"$f\" bs=1 seek=150000 conv=notrunc"
        )
        #expect(flipped.status == 0, "\(flipped.errors)")
        #expect(try place.recover("verify", "--all", "--level", "deep").status == 20)
        let plan = try place.recover("repair", "--dry-run", "--json")
        #expect(plan.status == 20)
        #expect(try plan.json()["data.recovered_chunks"] == .number(1))
        let repair = try place.recover("repair", "--yes", "--json")
        #expect(repair.status == 0, "\(repair.errors)")
        #expect(try repair.json()["data.damage"]?.items.isEmpty == true)
        #expect(try place.recover("verify", "--all", "--level", "deep").status == 0)
        #expect(try place.recover("repair").lines.last == "OK nothing is to be repaired")
    }

    @Test func repairNamesWhatIsLost() throws {
        let place = try Workplace()
        try DemoStack.fill(place)
        let lost = try place.shell("rm -r repository/packs/* && rm -r memory security.db")
        #expect(lost.status == 0)
        let run = try place.recover("repair", "--yes", "--json")
        #expect(run.status == 20)
        let touches = try run.json()["data.damage"]?.items.flatMap { $0["touches"]?.items ?? [] }
        let paths = Set((touches ?? []).compactMap { $0["path"]?.string })
        #expect(paths.contains("notes/a.txt"))
        // Never quietly: whoever takes the newest is told.
        let restore = try place.recover("restore", "--snapshot", "latest", "--to", "out", "--json")
        #expect(restore.status == 20)
        #expect(try restore.json()["warnings.0.code"]?.string == "damage")
        #expect(try place.recover("restore", "--tag", "2026.01.13", "--to", "out2").status == 25)
    }
}
