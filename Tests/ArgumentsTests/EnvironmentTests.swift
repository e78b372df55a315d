import Arguments
import Testing

@Suite struct EnvironmentTests {
    @Test func standsInForAnAbsentOption() throws {
        let variables = ["SHELF_YEAR": "1999", "SHELF_CONFIG": "x.yaml", "YEAR": "1"]
        let absent = try invocation("add One", environment: variables)
        #expect(absent.string("year") == "1999")
        #expect(absent.origin("year") == .environment("SHELF_YEAR"))
        #expect(absent.string("config") == "x.yaml")
        let given = try invocation("add One --year 2000", environment: variables)
        #expect(given.string("year") == "2000")
        #expect(given.origin("year") == .commandLine)
        #expect(given.origin("output") == nil)
    }

    @Test(
        "A flag is set by a word for yes",
        arguments: [
            ("1", true), ("true", true), ("YES", true), ("on", true), ("0", false),
            ("false", false), ("no", false), ("Off", false), ("", false),
        ]
    )
    func flag(text: String, isSet: Bool) throws {
        let found = try invocation("list", environment: ["SHELF_QUIET": text])
        #expect(found.flag("quiet") == isSet)
        #expect(found.origin("quiet") == (isSet ? .environment("SHELF_QUIET") : nil))
    }

    @Test func emptyIsNotSet() throws {
        #expect(try invocation("add x", environment: ["SHELF_YEAR": ""]).string("year") == nil)
    }

    @Test func commandLineBeatsWhatItExcludes() throws {
        let found = try invocation(
            "lend one --days 3 --person Bo",
            environment: ["SHELF_UNTIL": "monday"]
        )
        #expect(found.string("days") == "3")
        #expect(found.string("until") == nil)
        let mirrored = try invocation(
            "lend one --person Bo",
            environment: ["SHELF_UNTIL": "monday"]
        )
        #expect(mirrored.string("until") == "monday")
    }

    @Test func faultsNameTheVariable() throws {
        let both = ["SHELF_UNTIL": "monday", "SHELF_DAYS": "3"]
        let excluded = try #require(
            #expect(throws: ArgumentsError.self) {
                try parse("lend one --person Bo", environment: both)
            }
        )
        #expect(excluded.code == .excludedCombination)
        #expect(excluded.cause == "SHELF_UNTIL, SHELF_DAYS in the environment")
        let odd = try #require(
            #expect(throws: ArgumentsError.self) {
                try parse("list", environment: ["SHELF_QUIET": "perhaps"])
            }
        )
        #expect(odd.code == .badChoice)
        #expect(
            odd.description
                == "'perhaps' neither sets nor unsets '--quiet' (1, 0); run: shelf help list"
                + " (SHELF_QUIET in the environment)"
        )
    }
}
