import Calendars
import Files
import Testing

@testable import Scheduling

@Suite struct ScheduleTimeTests {
    private let seoul = Zone("Asia/Seoul") ?? .utc

    private func moment(_ text: String) throws -> Moment { try #require(Moment(rfc3339: text)) }

    @Test(
        "What is a time",
        arguments: [
            ("02:00", "0 2 * * *", "*-*-* 02:00:00"),
            ("Sun 04:30", "30 4 * * 0", "Sun *-*-* 04:30:00"),
            ("1 05:00", "0 5 1 * *", "*-*-01 05:00:00"),
            ("28 23:59", "59 23 28 * *", "*-*-28 23:59:00"),
        ]
    )
    func forms(text: String, cron: String, calendar: String) throws {
        let time = try #require(ScheduleTime(text))
        #expect(time.text == text && time.cronFields == cron && time.onCalendar == calendar)
        #expect(text.wholeMatch(of: try Regex(ScheduleTime.pattern)) != nil)
    }

    @Test(
        "What is none",
        arguments: [
            "", "2:00", "24:00", "02:60", "0 02:00", "29 02:00", "01 02:00", "sun 02:00",
            "Sun  02:00", "02:00 ", "-1:00", "０2:00",
        ]
    )
    func refused(text: String) throws {
        #expect(ScheduleTime(text) == nil)
        #expect(text.wholeMatch(of: try Regex(ScheduleTime.pattern)) == nil)
    }

    @Test func theLastAndTheNextTime() throws {
        let daily = try #require(ScheduleTime("02:00"))
        let now = try moment("2026-01-14T02:00:00+09:00")
        #expect(daily.last(before: now, in: seoul) == now)
        #expect(try daily.next(after: now, in: seoul) == moment("2026-01-15T02:00:00+09:00"))
        let earlier = try moment("2026-01-14T01:59:59+09:00")
        #expect(try daily.last(before: earlier, in: seoul) == moment("2026-01-13T02:00:00+09:00"))
        let weekly = try #require(ScheduleTime("Sun 04:00"))
        #expect(try weekly.next(after: now, in: seoul) == moment("2026-01-18T04:00:00+09:00"))
        #expect(try weekly.last(before: now, in: seoul) == moment("2026-01-11T04:00:00+09:00"))
        let monthly = try #require(ScheduleTime("28 05:00"))
        let march = try moment("2026-03-01T00:00:00+09:00")
        #expect(try monthly.last(before: march, in: seoul) == moment("2026-02-28T05:00:00+09:00"))
        #expect(try monthly.next(after: march, in: seoul) == moment("2026-03-28T05:00:00+09:00"))
    }

    @Test func everyNightHasItsRunAlsoWhereClocksAreMoved() throws {
        let zone = try #require(Zone("Europe/Berlin"))
        let time = try #require(ScheduleTime("02:30"))
        var now = try moment("2026-03-01T00:00:00+01:00")
        var seen: [Moment] = []
        while now < (try moment("2026-11-30T00:00:00+01:00")) {
            now = time.next(after: now, in: zone)
            seen.append(now)
        }
        // No night without a run and none with two, in spring and in autumn.
        for (one, next) in zip(seen, seen.dropFirst()) {
            let hours = (next.secondsSince1970 - one.secondsSince1970) / 3600
            #expect((23...25).contains(hours))
        }
        #expect(seen.count == 275)
    }

    @Test func sharesAreSteady() {
        #expect(Jitter.share("a b", of: 600) == Jitter.share("a b", of: 600))
        #expect((0..<600).contains(Jitter.share("host demo", of: 600)))
        #expect(Jitter.share("x", of: 0) == 0)
    }
}

@Suite struct ScheduleFileTests {
    private var setting = ScheduleSetting(
        stack: "ai.suite",
        program: "/usr/bin/recover",
        configuration: "/srv/it's 100% mine/recover.yaml",
        jitterSeconds: 600,
        user: "root",
        writablePaths: ["/srv/recover/ai suite", "/var/lib/recover"],
        hasHooks: false
    )
    private let jobs = [
        ScheduledJob(name: "backup", time: ScheduleTime("02:00"), help: "takes a snapshot"),
        ScheduledJob(name: "watch", time: nil, help: "looks"),
    ]

    @Test func cronHasALineForEachJob() {
        let file = CronTable(setting, jobs).file(below: "/x")
        #expect(file.path == "/x/etc/cron.d/recover-ai-suite")
        #expect(file.text.hasPrefix(setting.mark + "\n"))
        let call =
            #"root /usr/bin/recover -q -c '/srv/it'\''s 100\% mine/recover.yaml' schedule run"#
        #expect(file.text.contains("\n0 2 * * * \(call) backup --jitter\n"))
        let minute = Jitter.share("ai.suite", of: 60)
        #expect(file.text.contains("\n\(minute) * * * * \(call) watch\n"))
    }

    @Test func systemdHasAServiceAndATimerForEachJob() {
        let files = SystemdUnits(setting, jobs).files(below: "")
        #expect(
            files.map(\.path) == [
                "/etc/systemd/system/recover-ai.suite-backup.service",
                "/etc/systemd/system/recover-ai.suite-backup.timer",
                "/etc/systemd/system/recover-ai.suite-watch.service",
                "/etc/systemd/system/recover-ai.suite-watch.timer",
            ]
        )
        let service = files[0].text
        for line in [
            #"ExecStart=/usr/bin/recover -q -c "/srv/it's 100%% mine/recover.yaml" schedule run backup"#,
            "ProtectSystem=strict", #"ReadWritePaths="-/srv/recover/ai suite""#,
            "ReadWritePaths=-/var/lib/recover", "NoNewPrivileges=true", "PrivateTmp=true",
            "SystemCallFilter=@system-service", "SuccessExitStatus=75",
        ] {
            #expect(service.contains("\n\(line)\n"), "\(line)")
        }
        for line in [
            "OnCalendar=*-*-* 02:00:00", "Persistent=true", "RandomizedDelaySec=600s",
            "FixedRandomDelay=true", "WantedBy=timers.target",
        ] {
            #expect(files[1].text.contains("\n\(line)\n"), "\(line)")
        }
        #expect(files[3].text.contains("\nOnCalendar=hourly\n"))
    }

    @Test func whatNobodyKnowsIsNotForbidden() {
        var setting = setting
        setting.hasHooks = true
        setting.writablePaths = ["/tmp/trial"]
        let service = SystemdUnits(setting, jobs).files(below: "")[0].text
        #expect(!service.contains("SystemCallFilter") && !service.contains("CapabilityBounding"))
        #expect(service.contains("\nPrivateTmp=false\n"))
    }
}
